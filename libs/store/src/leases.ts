import { randomUUID } from 'node:crypto';
import type { Log } from '@lyceum/telemetry';
import type mongoose from 'mongoose';
import { isTaken } from './errors.js';
import type { IndexSpec } from './shape.js';

interface HeldLease {
  _id: string;
  owner: string;
  until: Date;
}

/** Work that only one instance of the whole fleet may do at a time. */
export class Leases {
  static readonly collection = 'leases';
  static readonly indexes: readonly IndexSpec[] = [{ keys: { until: 1 }, expireAfterSeconds: 86_400 }];
  private readonly instance = randomUUID();
  private count = 0;

  constructor(
    private readonly connection: mongoose.Connection,
    private readonly log: Log,
  ) {}

  /**
   * Does the work if nobody else holds the lease; it is extended until the work ends, and lost at the latest `ttlMs` after a crash.
   * For work that must happen once for each day or month use {@link Inbox.once} with the day in the key: instances' clocks differ.
   * @param work gets a signal that aborts when the lease was lost (the process was held up for longer than `ttlMs`)
   * @returns false when somebody else holds it; throws what the work throws
   */
  async hold(name: string, ttlMs: number, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    this.count += 1;
    const mine = { _id: name, owner: `${this.instance}:${this.count}` };
    if (!(await this.acquire(mine, ttlMs))) return false;
    const lost = new AbortController();
    let until = Date.now() + ttlMs;
    const alive = setInterval(() => {
      const longer = Date.now() + ttlMs;
      this.native.updateOne(mine, { $set: { until: new Date(longer) } }).then(
        ({ matchedCount }) => (matchedCount === 1 ? (until = longer) : lost.abort()),
        () => Date.now() >= until && lost.abort(),
      );
    }, ttlMs / 3).unref();
    try {
      await work(lost.signal);
      if (lost.signal.aborted) this.log.warn('a lease was lost during its work', { lease: name });
      return true;
    } finally {
      clearInterval(alive);
      await this.native.deleteOne(mine).catch(() => undefined); // then it runs out
    }
  }

  private async acquire({ _id, owner }: { _id: string; owner: string }, ttlMs: number): Promise<boolean> {
    const now = Date.now();
    try {
      // finds one that has run out, or inserts; one that is held is neither found nor insertable
      await this.native.updateOne(
        { _id, until: { $lte: new Date(now) } },
        { $set: { owner, until: new Date(now + ttlMs) } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  private get native(): mongoose.mongo.Collection<HeldLease> {
    return this.connection.getClient().db(this.connection.name).collection<HeldLease>(Leases.collection);
  }
}
