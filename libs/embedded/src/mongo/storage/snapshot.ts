import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Doc, encode } from '../values/document.js';
import type { Collection, StoredDoc } from './collection.js';
import { syncDirectory } from './files.js';
import { type Entry, entryKinds, frame, magic } from './frames.js';

/** What was alive at one moment. */
export interface State {
  readonly collections: readonly {
    readonly collection: Collection;
    readonly records: readonly StoredDoc[];
    readonly definitions: readonly Doc[];
    readonly nextRecord: number;
  }[];
  readonly retries: readonly Doc[];
}

const frameBytes = 1024 * 1024;

export const noteEntry = (note: Doc): Entry => ({
  kind: entryKinds.note,
  collection: 0,
  record: 0,
  content: encode(note),
});

function* entries({ collections, retries }: State): Generator<Entry> {
  for (const { collection, records, definitions, nextRecord } of collections) {
    const { id, database, name, options, uuid } = collection;
    yield noteEntry({ op: 'create', id, db: database, name, options, uuid });
    for (const definition of definitions)
      if (definition['name'] !== '_id_') yield noteEntry({ op: 'index', id, definition });
    yield noteEntry({ op: 'next', id, record: nextRecord });
    for (const { id: record, bytes } of records) yield { kind: entryKinds.put, collection: id, record, content: bytes };
  }
  for (const note of retries) yield noteEntry(note);
}

/** Writes a snapshot so that it is there completely or not at all. Gives its size in bytes; throws when there is no room. */
export async function writeSnapshot(directory: string, name: string, state: State): Promise<number> {
  const file = join(directory, name);
  const unfinished = `${file}.tmp`;
  const handle = await open(unfinished, 'w');
  try {
    let at = 0;
    const write = async (bytes: Buffer) => {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at + written);
        written += bytesWritten;
      }
      at += bytes.length;
    };
    await write(magic);
    let group: Entry[] = [];
    let size = 0;
    for (const entry of entries(state)) {
      group.push(entry);
      size += entry.content.length;
      if (size >= frameBytes) {
        await write(frame(group));
        group = [];
        size = 0;
      }
    }
    if (group.length > 0) await write(frame(group));
    await handle.sync();
    await handle.close();
    await rename(unfinished, file);
    await syncDirectory(directory);
    return at;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}
