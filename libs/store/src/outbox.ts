import mongoose from 'mongoose';
import type { Lease, Native, OutboxEntry } from './shape.js';

/** A document whose events are ours to publish until the lease ends. */
export interface Claimed {
  readonly id: string;
  readonly owner: string;
  readonly entries: readonly OutboxEntry[];
  /** Older events of it wait in the event log. */
  readonly overflow: boolean;
  /** How many times in a row they could not be published. */
  readonly rests: number;
  /** In ms; grows while we show signs of life. */
  until: number;
}

/** A document whose lease came with the write that left the events. */
export const claimedByWrite = (id: string, { owner, until }: Lease, entries: readonly OutboxEntry[]): Claimed => ({
  id,
  owner,
  entries,
  overflow: false,
  rests: 0,
  until: until.getTime(),
});

/** What of a claimed document's outbox has been confirmed by the broker. */
export interface Sent {
  readonly document: Claimed;
  readonly count: number;
}

const pending = { pendingSince: { $exists: true } };
const projection = { outbox: 1, lease: 1, overflow: 1 } as const;

/** The outboxes in the documents of one collection. */
export class Outbox {
  constructor(
    readonly name: string,
    private readonly documents: Native,
  ) {}

  /** Ids of documents that somebody has to look after: those that have waited longest, in an order of chance. */
  async waiting(limit: number): Promise<string[]> {
    const found = await this.documents
      .find({ ...pending, 'lease.until': { $not: { $gt: new Date() } } }, { projection: { _id: 1 } })
      .sort({ pendingSince: 1 })
      .limit(limit)
      .toArray();
    // several instances sweep: each begins somewhere else
    return shuffled(found.map(({ _id }) => _id));
  }

  async hasPending(): Promise<boolean> {
    return (await this.documents.findOne(pending, { projection: { _id: 1 } })) !== null;
  }

  async count(): Promise<{ pending: number; unroutable: number; oldest: Date | undefined }> {
    const oldest = await this.documents.findOne(pending, {
      projection: { pendingSince: 1 },
      sort: { pendingSince: 1 },
    });
    if (!oldest) return { pending: 0, unroutable: 0, oldest: undefined };
    const [all, unroutable] = await Promise.all([
      this.documents.countDocuments(pending),
      this.documents.countDocuments({ ...pending, 'lease.unroutable': true }),
    ]);
    return { pending: all, unroutable, oldest: oldest.pendingSince };
  }

  /** Those of the documents that nobody else is at; they are ours for `leaseMs`. */
  async claim(ids: readonly string[], owner: string, leaseMs: number): Promise<Claimed[]> {
    const now = Date.now();
    const until = now + leaseMs;
    const { matchedCount } = await this.documents.updateMany(
      { _id: { $in: [...ids] }, ...pending, 'lease.until': { $not: { $gt: new Date(now) } } },
      { $set: { 'lease.owner': owner, 'lease.until': new Date(until) } },
    );
    return matchedCount > 0 ? this.heldBy([owner], ids, until) : [];
  }

  /** A sign of life. True when all are still ours. */
  async extend(held: readonly Claimed[], until: number): Promise<boolean> {
    const { matchedCount } = await this.documents.updateMany(
      { _id: { $in: held.map(({ id }) => id) }, 'lease.owner': { $in: ownersOf(held) } },
      { $set: { 'lease.until': new Date(until) } },
    );
    return matchedCount === held.length;
  }

  /**
   * Takes what was sent out of the documents and gives back those that are empty then.
   * @returns those with more in them, still ours
   */
  async clear(sent: readonly Sent[], begun: Date, leaseMs: number): Promise<Claimed[]> {
    if ((await this.empty(sent)) === sent.length) return [];
    const until = Date.now() + leaseMs;
    // those that were emptied have no lease any more
    await this.documents.bulkWrite(
      sent.map(({ document: { id, owner, entries }, count }) => ({
        updateOne: {
          filter: { _id: id, 'lease.owner': owner },
          update: {
            $pull: { outbox: { id: { $in: entries.slice(0, count).map((entry) => entry.id) } } },
            $set: { 'lease.owner': owner, 'lease.until': new Date(until), pendingSince: begun },
            $unset: { 'lease.rests': '', 'lease.unroutable': '' },
          },
        },
      })),
      { ordered: false },
    );
    const held = sent.map(({ document }) => document);
    return this.heldBy(
      ownersOf(held),
      held.map(({ id }) => id),
      until,
    );
  }

  /** Most documents hold nothing but what was sent. Says how many of them did, and are given back with that. */
  private async empty(sent: readonly Sent[]): Promise<number> {
    const bySize = Map.groupBy(sent, ({ count }) => count);
    const emptied = [...bySize].map(([count, alike]) => {
      const held = alike.map(({ document }) => document);
      // one statement for all, which the driver does not repeat: again, it finds only what is still there
      const update = () =>
        this.documents.updateMany(
          { _id: { $in: held.map(({ id }) => id) }, 'lease.owner': { $in: ownersOf(held) }, outbox: { $size: count } },
          { $set: { outbox: [] }, $unset: { lease: '', pendingSince: '' } },
        );
      return update().catch((error: unknown) => (isConnectionLost(error) ? update() : Promise.reject(error)));
    });
    return (await Promise.all(emptied)).reduce((sum, { matchedCount }) => sum + matchedCount, 0);
  }

  /** Nothing of the document waits in the event log any more. */
  async overflowSent({ id, owner }: Claimed): Promise<void> {
    await this.documents.updateOne({ _id: id, 'lease.owner': owner }, { $unset: { overflow: '' } });
  }

  /** Leaves a document alone for a while. */
  async rest({ id, owner }: Claimed, until: Date, after: { rests: number; unroutable: boolean }): Promise<void> {
    await this.documents.updateOne(
      { _id: id, 'lease.owner': owner },
      { $set: { lease: { owner: '', until, ...after } } },
    );
  }

  /** Leaves documents to whoever comes next, not before `until`; what they went through before is kept. */
  async release(held: readonly Claimed[], until: Date): Promise<void> {
    await this.documents.updateMany(
      { _id: { $in: held.map(({ id }) => id) }, 'lease.owner': { $in: ownersOf(held) } },
      { $set: { 'lease.owner': '', 'lease.until': until } },
    );
  }

  /**
   * Takes a document whose outbox is too long, also one that rests. Undefined when somebody is publishing from it.
   * @returns what it held, with the lease as it was before
   */
  async claimForSpill(
    id: string,
    owner: string,
    until: Date,
  ): Promise<{ entries: readonly OutboxEntry[]; before: Lease | undefined } | undefined> {
    const free = [{ 'lease.until': { $not: { $gt: new Date() } } }, { 'lease.owner': '' }];
    const found = await this.documents.findOneAndUpdate(
      { _id: id, ...pending, $or: free },
      // overflow first: should we die on the way, whoever publishes next looks into the log
      { $set: { 'lease.owner': owner, 'lease.until': until, overflow: true } },
      { returnDocument: 'before', projection },
    );
    return found ? { entries: found.outbox ?? [], before: found.lease } : undefined;
  }

  /** The entries are safe in the event log and leave the document. False when it was not ours any more. */
  async spilled(
    id: string,
    owner: string,
    entries: readonly OutboxEntry[],
    before: Lease | undefined,
  ): Promise<boolean> {
    const lease: Lease = { until: new Date(), ...before, owner: '' };
    const { matchedCount } = await this.documents.updateOne(
      { _id: id, 'lease.owner': owner },
      { $pull: { outbox: { id: { $in: entries.map((entry) => entry.id) } } }, $set: { lease } },
    );
    return matchedCount === 1;
  }

  private async heldBy(owners: readonly string[], ids: readonly string[], until: number): Promise<Claimed[]> {
    const found = await this.documents
      .find({ _id: { $in: [...ids] }, 'lease.owner': { $in: [...owners] } }, { projection })
      .toArray();
    return found.map(({ _id, outbox, lease, overflow }) => ({
      id: _id,
      owner: lease?.owner ?? '',
      entries: outbox ?? [],
      overflow: overflow ?? false,
      rests: lease?.rests ?? 0,
      until,
    }));
  }
}

const isConnectionLost = (error: unknown): boolean => error instanceof mongoose.mongo.MongoNetworkError;
const ownersOf = (held: readonly Claimed[]): string[] => [...new Set(held.map(({ owner }) => owner))];

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, at: Math.random() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
