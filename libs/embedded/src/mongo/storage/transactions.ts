import { noSuchTransaction, transactionCommitted } from '../errors.js';
import type { Collection, StoredDoc } from './collection.js';
import type { Engine } from './engine.js';
import type { RetryableWrite } from './retries.js';
import { Transaction } from './transaction.js';

export interface TransactionLimits {
  /** A transaction that takes longer is aborted. */
  readonly lifetimeMs: number;
  /** What all open transactions may hold in memory together; above it the oldest is aborted. */
  readonly heldBytes: number;
}

/** The open transactions, one for each session at most. */
export class Transactions {
  /** In the order of their beginning. */
  private readonly open = new Map<string, Transaction>();
  private readonly names = new Map<string, Transaction>();
  private readonly waitedFor = new Map<Collection, number>();

  constructor(
    readonly engine: Engine,
    private readonly limits: TransactionLimits,
  ) {}

  get size(): number {
    return this.open.size;
  }

  /** Begins one with a snapshot of this moment. Throws 225 for a number that is too low and 50911 for one in use. */
  begin(write: RetryableWrite): Transaction {
    this.supersede(write);
    this.engine.retries.beginTransaction(write);
    const safe = this.engine.settled();
    safe.catch(() => undefined);
    const transaction = new Transaction(this, write, safe);
    this.open.set(write.session, transaction);
    transaction.expireAfter(this.limits.lifetimeMs, () => this.abort(transaction));
    return transaction;
  }

  /** The one that an operation belongs to. Throws 225, 251 or 256 when it is not (or no longer) open. */
  continue(write: RetryableWrite): Transaction {
    const { session, number } = write;
    const known = this.engine.retries.latest(session);
    if (known && number.lessThan(known.number)) throw this.engine.retries.tooOld(write, known.number);
    const transaction = this.open.get(session);
    if (transaction?.write.number.equals(number)) return transaction;
    if (known?.number.equals(number) && known.outcome === 'committed')
      throw transactionCommitted(`Transaction with { txnNumber: ${number.toString()} } has been committed.`);
    if (known?.number.equals(number) && known.outcome !== undefined)
      throw noSuchTransaction(`Transaction with { txnNumber: ${number.toString()} } has been aborted.`);
    throw noSuchTransaction(
      `Given transaction number ${number.toString()} does not match any in-progress transactions. The active transaction number is ${known?.number.toString() ?? '-1'}`,
    );
  }

  /** A higher number on a session ends what the session had open. */
  supersede({ session, number }: RetryableWrite): void {
    const transaction = this.open.get(session);
    if (transaction && number.greaterThan(transaction.write.number)) this.abort(transaction);
  }

  /** Resolves when everything that the transaction did is safe on the disk, and visible. If it rejects, nothing was done. */
  commit(transaction: Transaction): Promise<void> {
    return (transaction.committing ??= this.apply(transaction));
  }

  abort(transaction: Transaction): void {
    if (transaction.state !== 'open') return;
    this.forget(transaction);
    transaction.end('aborted');
    this.engine.retries.endTransaction(transaction.write, 'aborted');
  }

  abortSession(session: string): void {
    const transaction = this.open.get(session);
    if (transaction) this.abort(transaction);
  }

  abortAll(): void {
    for (const transaction of this.open.values()) this.abort(transaction);
  }

  /** Must be told of every change of a record before others can see it. */
  changed(collection: Collection, record: number, before: StoredDoc | undefined): void {
    if (this.open.size === 0) return;
    for (const transaction of this.open.values()) transaction.keep(collection, record, before);
    this.boundMemory();
  }

  nameChanged(namespace: string): void {
    for (const transaction of this.open.values()) transaction.nameChanged(namespace);
  }

  /** Who makes a collection of this name: the given one, if nobody else was first. */
  claimName(namespace: string, transaction: Transaction): Transaction {
    const owner = this.names.get(namespace) ?? transaction;
    this.names.set(namespace, owner);
    return owner;
  }

  nameOwner(namespace: string): Transaction | undefined {
    return this.names.get(namespace);
  }

  /** Somebody waits to have the collection for himself, so nobody else may begin to use it. */
  isWaitedFor(collection: Collection): boolean {
    return this.waitedFor.has(collection);
  }

  /**
   * Resolves when no open transaction uses what `wanted` finds or makes a collection of this name. Until the caller's next
   * `await` none begins to, so that a change of the catalogue may be made.
   */
  async unused(wanted: () => readonly Collection[], namespace?: string): Promise<void> {
    for (;;) {
      await this.engine.writable();
      const collections = wanted();
      this.waitFor(collections, 1);
      // lets others in again when the caller has done what it waited for
      setImmediate(() => this.waitFor(collections, -1));
      const maker = namespace === undefined ? undefined : this.names.get(namespace);
      const users = [...this.open.values()].filter((one) => one === maker || collections.some((it) => one.uses(it)));
      if (users.length === 0) return;
      this.waitFor(collections, 1);
      await Promise.all(users.map(({ ended }) => ended));
      this.waitFor(collections, -1);
    }
  }

  private waitFor(collections: readonly Collection[], change: 1 | -1): void {
    for (const collection of collections) {
      const waiting = (this.waitedFor.get(collection) ?? 0) + change;
      if (waiting > 0) this.waitedFor.set(collection, waiting);
      else this.waitedFor.delete(collection);
    }
  }

  boundMemory(): void {
    let held = 0;
    for (const { heldBytes } of this.open.values()) held += heldBytes;
    while (held > this.limits.heldBytes) {
      const [oldest] = this.open.values();
      if (!oldest) return;
      held -= oldest.heldBytes;
      this.abort(oldest);
    }
  }

  private async apply(transaction: Transaction): Promise<void> {
    try {
      await transaction.safe;
      await this.engine.writable();
    } catch (error) {
      this.abort(transaction);
      throw error;
    }
    if (transaction.state !== 'open') throw noSuchTransaction(`${transaction.name} has been aborted.`);
    this.forget(transaction);
    const batch = this.engine.batch();
    transaction.apply(batch);
    if (batch.empty) this.engine.retries.endTransaction(transaction.write, 'committed');
    else batch.recordCommit(transaction.write);
    const safe = batch.commit();
    transaction.end('committed');
    await safe;
  }

  private forget(transaction: Transaction): void {
    this.open.delete(transaction.write.session);
    for (const [namespace, owner] of this.names) if (owner === transaction) this.names.delete(namespace);
  }
}
