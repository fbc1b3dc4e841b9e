import { UUID } from 'bson';
import { CommandError } from '../errors.js';
import type { Predicate } from '../query/predicate.js';
import { compileFilter } from '../query/filter.js';
import { TextIndex } from '../text/text-index.js';
import { decode, type Doc, isDoc, maxDocumentBytes } from '../values/document.js';
import { Claims } from './claims.js';
import { CollectionIndex } from './collection-index.js';

/** One version of a stored document. It never changes; an update makes another with the same id. */
export class StoredDoc {
  private decoded: Doc | undefined;
  constructor(
    /** The place in the collection: grows with every insert, gives natural order. */
    readonly id: number,
    readonly bytes: Buffer,
    decoded?: Doc,
  ) {
    this.decoded = decoded;
  }

  get doc(): Doc {
    return (this.decoded ??= decode(this.bytes));
  }
}

/** The documents of one collection and its indexes, in memory. Changes are made through the engine, which logs them. */
export class Collection {
  readonly records = new Map<number, StoredDoc>();
  readonly indexes = new Map<string, CollectionIndex>();
  readonly claims = new Claims();
  text: TextIndex | undefined;
  nextRecord = 1;
  dataBytes = 0;
  private readonly valid: Predicate | undefined;

  constructor(
    /** Its number in the log. */
    readonly id: number,
    readonly database: string,
    readonly name: string,
    readonly options: Doc,
    readonly uuid: UUID = new UUID(),
  ) {
    const { validator } = options;
    this.valid = isDoc(validator) && options['validationLevel'] !== 'off' ? compileFilter(validator) : undefined;
    this.indexes.set('_id_', new CollectionIndex({ v: 2, key: { _id: 1 }, name: '_id_' }));
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  /** All index definitions, the text index included. */
  get definitions(): Doc[] {
    return [...this.indexes.values(), ...(this.text ? [this.text] : [])].map(({ definition }) => definition);
  }

  /** Set while a visible change is not safe yet; resolves when it is, rejects when it was taken back. */
  unsafe: Promise<void> | undefined;

  becomesSafe(safe: Promise<void>): void {
    this.unsafe = safe;
    const forget = () => {
      if (this.unsafe === safe) this.unsafe = undefined;
    };
    safe.then(forget, forget);
  }

  /** Throws what would stop this version from being stored: 121 for the validator, 11000 for a unique index. */
  refuse(doc: Doc, record: number | undefined): void {
    this.refuseInvalid(doc);
    for (const index of this.indexes.values()) index.refuseDuplicate(doc, record, this.namespace);
  }

  refuseInvalid(doc: Doc): void {
    if (this.valid && this.options['validationAction'] !== 'warn' && !this.valid(doc))
      throw new CommandError(121, 'Document failed validation', { errInfo: { failingDocumentId: doc['_id'] } });
  }

  *documents(): Generator<StoredDoc> {
    yield* this.records.values();
  }

  /** Stores a version (new or next) and keeps the indexes right; gives the version before. */
  put(next: StoredDoc): StoredDoc | undefined {
    const before = this.records.get(next.id);
    // all keys are made before anything is changed: a document that cannot be indexed changes nothing
    for (const index of this.indexes.values()) index.keysOf(next.doc);
    for (const index of this.indexes.values()) index.put(before?.doc, next.doc, next.id);
    if (before) this.text?.remove(before.id);
    this.text?.add(next.doc, next.id);
    this.putUnindexed(next);
    return before;
  }

  remove(record: number): StoredDoc | undefined {
    const before = this.records.get(record);
    if (!before) return undefined;
    this.unindex(before);
    this.removeUnindexed(record);
    return before;
  }

  putUnindexed(next: StoredDoc): void {
    const before = this.records.get(next.id);
    this.dataBytes += next.bytes.length - (before?.bytes.length ?? 0);
    this.records.set(next.id, next);
    if (next.id >= this.nextRecord) this.nextRecord = next.id + 1;
  }

  removeUnindexed(record: number): void {
    const before = this.records.get(record);
    if (!before) return;
    this.dataBytes -= before.bytes.length;
    this.records.delete(record);
  }

  private unindex(version: StoredDoc): void {
    for (const index of this.indexes.values()) index.remove(version.doc, version.id);
    this.text?.remove(version.id);
  }

  /** Builds an index over what is there; throws 11000 and leaves everything as it was. */
  addIndex(definition: Doc): void {
    if (isDoc(definition['key']) && '_fts' in definition['key']) {
      const text = new TextIndex(definition);
      for (const { id, doc } of this.records.values()) text.add(doc, id);
      this.text = text;
      return;
    }
    const index = new CollectionIndex(definition);
    index.build(this.records.values(), this.namespace);
    this.indexes.set(index.name, index);
  }

  /** During recovery: the index is built later. */
  declareIndex(definition: Doc): void {
    if (isDoc(definition['key']) && '_fts' in definition['key']) this.text = new TextIndex(definition);
    else this.indexes.set(String(definition['name']), new CollectionIndex(definition));
  }

  removeIndex(name: string): Doc | undefined {
    if (this.text?.name === name) {
      const { definition } = this.text;
      this.text = undefined;
      return definition;
    }
    const index = this.indexes.get(name);
    this.indexes.delete(name);
    return index?.definition;
  }

  /** After a start: all indexes from the records. */
  rebuildIndexes(): void {
    for (const definition of this.definitions) this.addIndex(definition);
  }
}

/** Throws 10334 for a document that is larger than MongoDB allows. */
export function refuseTooLarge(bytes: Buffer): void {
  if (bytes.length > maxDocumentBytes)
    throw new CommandError(
      10334,
      `BSONObj size: ${bytes.length} (0x${bytes.length.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${maxDocumentBytes}(16MB)`,
    );
}
