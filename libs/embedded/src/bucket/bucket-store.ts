import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CHECKSUM_ALGORITHMS } from './checksums.js';
import {
  cloneFile,
  freshBlobName,
  isMissing,
  makeDirectory,
  removeFile,
  replaceFile,
  writeNewFile,
} from './durable-files.js';
import { compareUtf8 } from './listing.js';
import { Turns } from './turns.js';

export const checksumSchema = z.object({
  algorithm: z.enum(CHECKSUM_ALGORITHMS),
  value: z.string(),
  type: z.enum(['FULL_OBJECT', 'COMPOSITE']),
});
export const descriptionSchema = z.object({
  /** content-type and the other standard headers that are given back as they came */
  headers: z.record(z.string(), z.string()),
  /** x-amz-meta-*, without the prefix */
  metadata: z.record(z.string(), z.string()),
});
const objectSchema = descriptionSchema.extend({
  key: z.string(),
  blob: z.string(),
  size: z.number(),
  /** without quotes */
  etag: z.string(),
  lastModified: z.iso.datetime().transform((text) => new Date(text)),
  checksum: checksumSchema.optional(),
});
export type StoredObject = Readonly<z.output<typeof objectSchema>>;
export type NewObject = Omit<StoredObject, 'key'>;

/**
 * One bucket on disk. Content lies in immutable files under `blobs/` with random names; `objects/` holds one small file per key,
 * named by the key's hash, which is replaced atomically and says where the content is. No part of a key becomes a path.
 * An index of all keys is held in memory; content never is.
 */
export class BucketStore {
  private readonly objects = new Map<string, StoredObject>();
  private readonly turns = new Turns();
  private sortedKeys: string[] | undefined;

  private constructor(readonly directory: string) {}

  /** Opens or creates a bucket and clears away what a crash left unfinished. */
  static async open(directory: string): Promise<BucketStore> {
    const store = new BucketStore(directory);
    await makeDirectory(join(directory, 'objects'));
    await makeDirectory(join(directory, 'blobs'));
    await store.load();
    return store;
  }

  find(key: string): StoredObject | undefined {
    return this.objects.get(key);
  }

  /** All keys in the order of their UTF-8 bytes. */
  keys(): readonly string[] {
    return (this.sortedKeys ??= [...this.objects.keys()].sort(compareUtf8));
  }

  /** Streams content to disk under a name that nothing refers to yet. */
  async receive(source: AsyncIterable<Uint8Array>): Promise<string> {
    const blob = freshBlobName();
    await writeNewFile(this.blobPath(blob), source);
    return blob;
  }

  /** A second name for content that another object, perhaps of another bucket, has. @throws ENOENT */
  async adopt(from: BucketStore, blob: string): Promise<string> {
    const copy = freshBlobName();
    await cloneFile(from.blobPath(blob), this.blobPath(copy));
    return copy;
  }

  /**
   * Makes received content the object of a key, in one step. `allow` sees what is there now and may throw to refuse;
   * then the content is dropped.
   */
  async publish(
    key: string,
    object: NewObject,
    allow: (current: StoredObject | undefined) => void,
  ): Promise<StoredObject> {
    return this.turns.take(key, async () => {
      const before = this.objects.get(key);
      const next: StoredObject = { ...object, key };
      try {
        allow(before);
        await replaceFile(this.objectPath(key), JSON.stringify(next));
      } catch (error) {
        await this.discard(object.blob);
        throw error;
      }
      this.objects.set(key, next);
      if (!before) this.sortedKeys = undefined;
      if (before && before.blob !== next.blob) await this.discard(before.blob);
      return next;
    });
  }

  /** Removes a key, if it is there. `allow` may throw to refuse. */
  async remove(key: string, allow: (current: StoredObject | undefined) => void = () => undefined): Promise<void> {
    await this.turns.take(key, async () => {
      const before = this.objects.get(key);
      allow(before);
      if (!before) return;
      await removeFile(this.objectPath(key));
      this.objects.delete(key);
      this.sortedKeys = undefined;
      await this.discard(before.blob);
    });
  }

  /** Opens an object's content together with the description that belongs to it, even while it is being replaced. */
  async openContent(key: string): Promise<{ object: StoredObject; file: FileHandle } | undefined> {
    for (;;) {
      const object = this.objects.get(key);
      if (!object) return undefined;
      try {
        return { object, file: await open(this.blobPath(object.blob), 'r') };
      } catch (error) {
        // replaced between the look and the opening: look again
        if (!isMissing(error) || this.objects.get(key) === object) throw error;
      }
    }
  }

  /** Drops content that nothing refers to any more. One that cannot be removed now is swept at the next start. */
  async discard(blob: string): Promise<void> {
    await rm(this.blobPath(blob), { force: true }).catch(() => undefined);
  }

  blobPath(blob: string): string {
    return join(this.directory, 'blobs', blob);
  }

  private objectPath(key: string): string {
    const name = createHash('sha256').update(key).digest('hex');
    return join(this.directory, 'objects', name.slice(0, 2), `${name}.json`);
  }

  private async load() {
    const used = new Set<string>();
    for (const path of await filesBelow(join(this.directory, 'objects'))) {
      if (path.endsWith('.tmp')) {
        await rm(path, { force: true });
        continue;
      }
      const object = objectSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      this.objects.set(object.key, object);
      used.add(this.blobPath(object.blob));
    }
    for (const path of await filesBelow(join(this.directory, 'blobs'))) {
      if (!used.has(path)) await rm(path, { force: true });
    }
  }
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
