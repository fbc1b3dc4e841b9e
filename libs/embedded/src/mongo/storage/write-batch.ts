import { CommandError } from '../errors.js';
import { type Doc, encode, maxDocumentBytes } from '../values/document.js';
import { Collection, StoredDoc } from './collection.js';
import type { Engine } from './engine.js';
import { type Entry, entryKinds, frame } from './frames.js';
import type { RetryableWrite } from './retries.js';
import { noteEntry } from './snapshot.js';

const nothing = Buffer.alloc(0);

/** Changes that take effect in memory at once and become safe together; if the disk refuses they are taken back. */
export class WriteBatch {
  private readonly entries: Entry[] = [];
  private readonly undos: (() => void)[] = [];
  private readonly touched = new Set<Collection>();

  constructor(private readonly engine: Engine) {}

  /** Throws 11000, 121 or 10334 and changes nothing then. */
  insert(collection: Collection, doc: Doc, bytes = encode(doc)): StoredDoc {
    refuseTooLarge(bytes);
    collection.refuse(doc, undefined);
    const stored = new StoredDoc(collection.nextRecord, bytes, doc);
    collection.put(stored);
    this.touched.add(collection);
    this.done({ kind: entryKinds.put, collection: collection.id, record: stored.id, content: bytes }, () =>
      collection.remove(stored.id),
    );
    return stored;
  }

  /** The next version; the old one itself when not a byte differs. Throws like `insert`. */
  replace(collection: Collection, before: StoredDoc, doc: Doc): StoredDoc {
    const bytes = encode(doc);
    if (bytes.equals(before.bytes)) return before;
    refuseTooLarge(bytes);
    collection.refuse(doc, before.id);
    const stored = new StoredDoc(before.id, bytes, doc);
    collection.put(stored);
    this.touched.add(collection);
    this.done({ kind: entryKinds.put, collection: collection.id, record: stored.id, content: bytes }, () =>
      collection.put(before),
    );
    return stored;
  }

  remove(collection: Collection, { id }: StoredDoc): void {
    const before = collection.remove(id);
    if (!before) return;
    this.touched.add(collection);
    this.done({ kind: entryKinds.remove, collection: collection.id, record: id, content: nothing }, () =>
      collection.put(before),
    );
  }

  create(database: string, name: string, options: Doc = {}): Collection {
    const collection = new Collection(this.engine.newCollectionId(), database, name, options);
    this.engine.add(collection);
    const { id, uuid } = collection;
    this.note({ op: 'create', id, db: database, name, options, uuid }, () => this.engine.forget(collection));
    return collection;
  }

  drop(collection: Collection): void {
    this.engine.forget(collection);
    this.note({ op: 'drop', id: collection.id }, () => this.engine.add(collection));
  }

  /** The same documents and indexes under another name or with other options. */
  recreate(collection: Collection, database: string, name: string, options: Doc): Collection {
    this.drop(collection);
    const next = this.create(database, name, options);
    for (const { doc, bytes } of collection.records.values()) this.insert(next, doc, bytes);
    for (const definition of collection.definitions)
      if (definition['name'] !== '_id_') this.createIndex(next, definition);
    return next;
  }

  createIndex(collection: Collection, definition: Doc): void {
    collection.addIndex(definition);
    this.note({ op: 'index', id: collection.id, definition }, () => collection.removeIndex(String(definition['name'])));
  }

  dropIndex(collection: Collection, name: string): void {
    const definition = collection.removeIndex(name);
    if (definition) this.note({ op: 'unindex', id: collection.id, name }, () => collection.addIndex(definition));
  }

  recordRetry(write: RetryableWrite, results: ReadonlyMap<number, Doc>): void {
    const { note, undo } = this.engine.retries.record(write, results);
    this.note(note, undo);
  }

  get empty(): boolean {
    return this.entries.length === 0;
  }

  /** Takes everything in this batch back. */
  rollBack(): void {
    for (const undo of this.undos.splice(0).toReversed()) undo();
    this.entries.length = 0;
  }

  /**
   * Resolves when the changes are safe. Without changes it waits for those of others: an answer such as "duplicate key"
   * or "nothing to do" rests on what they wrote, and must not outlive it.
   */
  commit(): Promise<void> {
    if (this.entries.length === 0) return this.engine.settled();
    const undos = this.undos.toReversed();
    const safe = this.engine.append(frame(this.entries), () => undos.forEach((undo) => undo()));
    for (const collection of this.touched) collection.becomesSafe(safe);
    return safe;
  }

  private note(note: Doc, undo: () => unknown): void {
    this.done(noteEntry(note), undo);
  }

  private done(entry: Entry, undo: () => unknown): void {
    this.entries.push(entry);
    this.undos.push(() => void undo());
  }
}

function refuseTooLarge(bytes: Buffer): void {
  if (bytes.length > maxDocumentBytes)
    throw new CommandError(
      10334,
      `BSONObj size: ${bytes.length} (0x${bytes.length.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${maxDocumentBytes}(16MB)`,
    );
}
