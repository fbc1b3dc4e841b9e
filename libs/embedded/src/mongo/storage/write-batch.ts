import { type Doc, encode } from '../values/document.js';
import { Blocked } from './claims.js';
import { Collection, refuseTooLarge, StoredDoc } from './collection.js';
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

  /** Throws 11000, 121 or 10334, or Blocked when a transaction is in the way; changes nothing then. */
  insert(collection: Collection, doc: Doc, bytes = encode(doc)): StoredDoc {
    refuseTooLarge(bytes);
    refuseClaimed(collection, doc);
    collection.refuse(doc, undefined);
    const stored = new StoredDoc(collection.nextRecord, bytes, doc);
    this.put(collection, stored);
    return stored;
  }

  /** The next version; the old one itself when not a byte differs. Throws like `insert`. */
  replace(collection: Collection, before: StoredDoc, doc: Doc): StoredDoc {
    const bytes = encode(doc);
    if (bytes.equals(before.bytes)) return before;
    refuseTooLarge(bytes);
    refuseClaimed(collection, doc, before.id);
    collection.refuse(doc, before.id);
    const stored = new StoredDoc(before.id, bytes, doc);
    this.put(collection, stored);
    return stored;
  }

  remove(collection: Collection, { id, doc }: StoredDoc): void {
    refuseClaimed(collection, doc, id);
    this.erase(collection, id);
  }

  /** Stores a version that nothing can stand in the way of. */
  put(collection: Collection, stored: StoredDoc): void {
    const before = collection.put(stored);
    this.engine.transactions.changed(collection, stored.id, before);
    this.touched.add(collection);
    this.done({ kind: entryKinds.put, collection: collection.id, record: stored.id, content: stored.bytes }, () =>
      before ? collection.put(before) : collection.remove(stored.id),
    );
  }

  erase(collection: Collection, record: number): void {
    const before = collection.remove(record);
    if (!before) return;
    this.engine.transactions.changed(collection, record, before);
    this.touched.add(collection);
    this.done({ kind: entryKinds.remove, collection: collection.id, record, content: nothing }, () =>
      collection.put(before),
    );
  }

  /** Throws Blocked while a transaction makes a collection of this name. */
  create(database: string, name: string, options: Doc = {}): Collection {
    const maker = this.engine.transactions.nameOwner(`${database}.${name}`);
    if (maker) throw new Blocked(maker.ended);
    const collection = new Collection(this.engine.newCollectionId(), database, name, options);
    this.adopt(collection);
    return collection;
  }

  /** Makes a collection that was prepared apart, with its indexes, a real one. */
  adopt(collection: Collection): void {
    this.engine.transactions.nameChanged(collection.namespace);
    this.engine.add(collection);
    const { id, uuid, database, name, options } = collection;
    this.note({ op: 'create', id, db: database, name, options, uuid }, () => this.engine.forget(collection));
    for (const definition of collection.definitions)
      if (definition['name'] !== '_id_') this.note({ op: 'index', id, definition }, () => undefined);
  }

  drop(collection: Collection): void {
    this.engine.transactions.nameChanged(collection.namespace);
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

  recordCommit(write: RetryableWrite): void {
    const { note, undo } = this.engine.retries.recordCommit(write);
    this.note(note, undo);
  }

  get empty(): boolean {
    return this.entries.length === 0;
  }

  /** How many changes there are so far. */
  get length(): number {
    return this.entries.length;
  }

  /** Takes back what came after the first `length` changes. */
  rollBack(length = 0): void {
    for (const undo of this.undos.splice(length).toReversed()) undo();
    this.entries.length = length;
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

/** While a transaction has changed a record or a unique key, nobody else may. */
function refuseClaimed({ claims, indexes }: Collection, doc: Doc, record?: number): void {
  if (claims.none) return;
  const owner =
    (record === undefined ? undefined : claims.ownerOf(record)) ?? claims.ownerOfKeys(indexes.values(), doc);
  if (owner) throw new Blocked(owner.ended);
}
