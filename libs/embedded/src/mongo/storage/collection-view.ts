import { CommandError } from '../errors.js';
import { type Doc, encode } from '../values/document.js';
import { type Owner, writeConflict } from './claims.js';
import { Collection, refuseTooLarge, StoredDoc } from './collection.js';

/** What others have changed in a collection since a snapshot was taken, as it was before. */
export class Past {
  /** `undefined` for a record that was not there yet. */
  readonly versions = new Map<number, StoredDoc | undefined>();
  private unindexed: StoredDoc[] = [];

  /** Keeps the version that a snapshot sees; later changes of the same record do not matter. Gives the bytes now held. */
  keep(record: number, before: StoredDoc | undefined): number {
    if (this.versions.has(record)) return 0;
    this.versions.set(record, before);
    if (!before) return 0;
    this.unindexed.push(before);
    return before.bytes.length;
  }

  takeUnindexed(): StoredDoc[] {
    return this.unindexed.splice(0);
  }
}

/** What a transaction sees of a collection: the snapshot of its beginning with its own changes, which nobody else sees. */
export class CollectionView {
  private readonly own = new Map<number, StoredDoc | undefined>();
  private readonly claimedKeys: string[] = [];
  /** The visible versions that are not (or not any more) in the collection, with indexes like the collection's. */
  private readonly differing: Collection;

  constructor(
    readonly base: Collection,
    private readonly past: Past,
    private readonly owner: Owner & { hold(bytes: number): void },
    /** The transaction has made the collection; it exists nowhere else. */
    readonly isNew: boolean,
  ) {
    this.differing = new Collection(base.id, base.database, base.name, base.options, base.uuid);
    for (const definition of base.definitions) if (definition['name'] !== '_id_') this.differing.addIndex(definition);
  }

  /** The collection itself where that is what the transaction sees. */
  get plain(): Collection | undefined {
    return this.own.size === 0 && this.past.versions.size === 0 ? this.base : undefined;
  }

  /** Whether a record of the collection is not visible, or not as it is there. */
  readonly hides = (record: number): boolean => this.own.has(record) || this.past.versions.has(record);

  get differences(): Collection {
    for (const stored of this.past.takeUnindexed()) this.differing.put(stored);
    return this.differing;
  }

  *documents(): Generator<StoredDoc> {
    for (const stored of this.base.records.values()) if (!this.hides(stored.id)) yield stored;
    yield* this.differences.records.values();
  }

  /** Throws like a collection's, and 112 when another transaction stands in the way. */
  insert(doc: Doc, bytes = encode(doc)): StoredDoc {
    refuseTooLarge(bytes);
    this.owner.hold(bytes.length);
    this.base.refuseInvalid(doc);
    this.refuseTaken(doc, undefined);
    const stored = new StoredDoc(this.base.nextRecord++, bytes, doc);
    this.base.claims.claim(stored.id, this.owner);
    this.change(stored.id, stored);
    return stored;
  }

  replace(before: StoredDoc, doc: Doc): StoredDoc {
    const bytes = encode(doc);
    if (bytes.equals(before.bytes)) return before;
    refuseTooLarge(bytes);
    this.owner.hold(bytes.length);
    this.claim(before);
    this.base.refuseInvalid(doc);
    this.refuseTaken(doc, before.id);
    const stored = new StoredDoc(before.id, bytes, doc);
    this.change(stored.id, stored);
    return stored;
  }

  remove(before: StoredDoc): void {
    this.owner.hold(0);
    this.claim(before);
    this.change(before.id, undefined);
  }

  /** For a collection that the transaction has made itself. */
  createIndex(definition: Doc): void {
    if (!this.isNew || this.differences.records.size > 0)
      throw new CommandError(
        263,
        `Cannot create new indexes on ${this.isNew ? 'non-empty' : 'existing'} collection ${this.base.namespace} in a multi-document transaction.`,
      );
    this.base.addIndex(definition);
    this.differing.addIndex(definition);
  }

  /** The net changes; `undefined` for a record that is deleted. */
  get changes(): ReadonlyMap<number, StoredDoc | undefined> {
    return this.own;
  }

  release(): void {
    this.base.claims.release(this.own.keys(), this.claimedKeys);
  }

  private claim(before: StoredDoc): void {
    if (this.own.has(before.id)) return;
    if (this.past.versions.has(before.id) || this.base.claims.ownerOf(before.id)) throw writeConflict();
    this.base.claims.claim(before.id, this.owner);
    this.own.set(before.id, before);
    // the keys that a removal or change would free stay taken until it is committed
    this.claimKeys(before.doc);
  }

  private change(record: number, stored: StoredDoc | undefined): void {
    this.own.set(record, stored);
    const { differences } = this;
    if (!stored) {
      differences.remove(record);
      return;
    }
    this.claimKeys(stored.doc);
    differences.put(stored);
  }

  private claimKeys(doc: Doc): void {
    this.claimedKeys.push(...this.base.claims.claimKeys(this.base.indexes.values(), doc, this.owner));
  }

  /** Throws 11000 for a key that another visible document has, 112 for one that is only being given or taken away. */
  private refuseTaken(doc: Doc, record: number | undefined): void {
    const { base, differences } = this;
    if (base.claims.ownerOfKeys(base.indexes.values(), doc, this.owner)) throw writeConflict();
    for (const index of base.indexes.values()) {
      if (!index.unique) continue;
      const mine = differences.indexes.get(index.name);
      for (const key of index.keysOf(doc)?.keys ?? []) {
        for (const other of index.entries.equal(key)) {
          if (other === record || this.own.has(other)) continue;
          if (this.past.versions.has(other)) throw writeConflict();
          throw index.duplicate(doc, base.namespace);
        }
        for (const other of mine?.entries.equal(key) ?? []) {
          if (other === record) continue;
          if (!this.own.has(other)) throw writeConflict();
          throw index.duplicate(doc, base.namespace);
        }
      }
    }
  }
}
