import { CommandError, noSuchTransaction, transient } from '../errors.js';
import type { Doc } from '../values/document.js';
import { type Owner, writeConflict } from './claims.js';
import { Collection, type StoredDoc } from './collection.js';
import { CollectionView, Past } from './collection-view.js';
import type { RetryableWrite } from './retries.js';
import type { Transactions } from './transactions.js';
import type { WriteBatch } from './write-batch.js';

/**
 * A transaction from its first operation to its end. The data stay as they are: it holds the versions that others have
 * replaced since, and its own changes, until they are applied together.
 */
export class Transaction implements Owner {
  readonly ended: Promise<void>;
  state: 'open' | 'committed' | 'aborted' = 'open';
  /** Bytes that only this transaction keeps in memory. */
  heldBytes = 0;
  committing: Promise<void> | undefined;
  private readonly views = new Map<string, CollectionView>();
  private readonly pasts = new Map<Collection, Past>();
  private readonly changedNames = new Set<string>();
  private resolveEnded: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly all: Transactions,
    readonly write: RetryableWrite,
    /** Resolves when everything in the snapshot is safe on the disk; rejects when it was taken back. */
    readonly safe: Promise<void>,
  ) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  expireAfter(ms: number, expired: () => void): void {
    this.timer = setTimeout(expired, ms).unref();
  }

  /** Throws 246 for a collection that was made, dropped or renamed since the snapshot, 24 for one about to be. */
  view(database: string, name: string): CollectionView | undefined {
    const namespace = `${database}.${name}`;
    const known = this.views.get(namespace);
    if (known) return known;
    if (this.changedNames.has(namespace))
      throw new CommandError(
        246,
        `Unable to read from a snapshot due to pending collection catalog changes to collection '${namespace}'; please retry the operation.`,
        {},
        [transient],
      );
    const collection = this.all.engine.collection(database, name);
    if (!collection) return undefined;
    if (this.all.isWaitedFor(collection))
      throw new CommandError(24, `Unable to acquire lock on '${namespace}' within 5ms.`, {}, [transient]);
    return this.add(namespace, new CollectionView(collection, this.pastOf(collection), this, false));
  }

  /** A collection that becomes real when the transaction is committed. */
  create(database: string, name: string, options: Doc = {}): CollectionView {
    const namespace = `${database}.${name}`;
    if (this.all.claimName(namespace, this) !== this) throw writeConflict();
    const collection = new Collection(this.all.engine.newCollectionId(), database, name, options);
    return this.add(namespace, new CollectionView(collection, new Past(), this, true));
  }

  uses(collection: Collection): boolean {
    return this.views.get(collection.namespace)?.base === collection;
  }

  /** Counts memory that a change is about to take. Throws 251 when the transaction is ended, perhaps for this very reason. */
  hold(bytes: number): void {
    this.heldBytes += bytes;
    this.all.boundMemory();
    if (this.state !== 'open') throw noSuchTransaction(`${this.name} has been aborted.`);
  }

  get name(): string {
    return `Transaction with { txnNumber: ${this.write.number.toString()} }`;
  }

  /** Told before somebody else's change of a record becomes visible. */
  keep(collection: Collection, record: number, before: StoredDoc | undefined): void {
    this.heldBytes += this.pastOf(collection).keep(record, before);
  }

  nameChanged(namespace: string): void {
    this.changedNames.add(namespace);
  }

  /** Puts its changes into a batch. From then on it claims nothing. */
  apply(batch: WriteBatch): void {
    for (const view of this.views.values()) view.release();
    for (const { base, isNew, changes } of this.views.values()) {
      if (isNew) batch.adopt(base);
      for (const [record, stored] of changes) {
        if (stored) batch.put(base, stored);
        else batch.erase(base, record);
      }
    }
  }

  end(state: 'committed' | 'aborted'): void {
    if (this.state !== 'open') return;
    this.state = state;
    clearTimeout(this.timer);
    for (const view of this.views.values()) view.release();
    this.views.clear();
    this.pasts.clear();
    this.resolveEnded();
  }

  private add(namespace: string, view: CollectionView): CollectionView {
    this.views.set(namespace, view);
    return view;
  }

  private pastOf(collection: Collection): Past {
    let past = this.pasts.get(collection);
    if (!past) this.pasts.set(collection, (past = new Past()));
    return past;
  }
}
