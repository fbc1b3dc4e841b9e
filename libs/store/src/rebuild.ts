import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type mongoose from 'mongoose';
import type { Database } from './database.js';
import { Busy, isTaken } from './errors.js';

/** Says to every instance that a projection is being rebuilt, and where. */
interface Notice {
  _id: string;
  owner: string;
  shadow: string;
  until: Date;
  /** Counts the rebuilds. */
  generation: number;
}

export interface Seen {
  readonly generation: number;
  /** The collection that is being filled, while there is one. */
  readonly shadow: string | undefined;
}

const lookAgainMs = 1_000;
const leaseMs = 30_000;

/** The rebuild of one projection: at most one at a time in the whole fleet, known to all who write to it. */
export class Rebuild {
  /** After that long every write knows of a rebuild that has begun. */
  static readonly noticedWithinMs = 2_000;
  private seen: Seen = { generation: 0, shadow: undefined };
  private lookedAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly collection: string,
  ) {}

  /** What this instance knows of rebuilds, at most a second old. */
  async current(): Promise<Seen> {
    return performance.now() - this.lookedAt > lookAgainMs ? this.look() : this.seen;
  }

  /** What is known of rebuilds now. */
  async look(): Promise<Seen> {
    const now = performance.now();
    const notice = await this.notices.findOne({ _id: this.collection });
    const shadow = notice && notice.until.getTime() > Date.now() ? notice.shadow : undefined;
    this.seen = { generation: notice?.generation ?? 0, shadow };
    this.lookedAt = now;
    return this.seen;
  }

  /**
   * Lets `fill` fill a new collection, which then takes the projection's place.
   * The signal aborts when the notice has run out: from then on others may have written to the old rows only.
   */
  async run(settleMs: number, fill: (shadow: string, alive: AbortSignal) => Promise<void>): Promise<void> {
    const mine = { _id: this.collection, owner: randomUUID() };
    const shadow = `${this.collection}.rebuilt.${mine.owner.slice(0, 8)}`;
    await this.announce(mine, shadow);
    const lost = new AbortController();
    const extend = async (): Promise<void> => {
      const until = new Date(Date.now() + leaseMs);
      const extended = await this.notices.updateOne({ ...mine, until: { $gt: new Date() } }, { $set: { until } });
      if (extended.matchedCount === 0)
        lost.abort(new Busy(`The rebuild of ${this.collection} was held up for too long`));
    };
    const timer = setInterval(() => void extend().catch(() => undefined), leaseMs / 6); // at last the notice runs out
    let renamed = false;
    try {
      this.lookedAt = -Infinity;
      await pause(settleMs);
      await this.db.createCollection(shadow);
      await fill(shadow, lost.signal);
      await extend();
      lost.signal.throwIfAborted();
      await this.database.native(shadow).rename(this.collection, { dropTarget: true });
      renamed = true;
    } finally {
      clearInterval(timer);
      await this.notices.updateOne(mine, { $set: { until: new Date(0) } });
      this.lookedAt = -Infinity;
      // who has not noticed the end yet still writes there
      if (renamed) await pause(settleMs);
      await this.database
        .native(shadow)
        .drop()
        .catch(() => false);
    }
  }

  private async announce({ _id, owner }: { _id: string; owner: string }, shadow: string): Promise<void> {
    const now = Date.now();
    const previous = await this.notices.findOne({ _id });
    try {
      await this.notices.updateOne(
        { _id, until: { $lte: new Date(now) } },
        { $set: { owner, shadow, until: new Date(now + leaseMs) }, $inc: { generation: 1 } },
        { upsert: true },
      );
    } catch (error) {
      if (isTaken(error)) throw new Busy(`${this.collection} is being rebuilt already`);
      throw error;
    }
    if (previous)
      await this.database
        .native(previous.shadow)
        .drop()
        .catch(() => false); // what a crash has left
  }

  private get notices(): mongoose.mongo.Collection<Notice> {
    return this.db.collection<Notice>('rebuilds');
  }

  private get db(): mongoose.mongo.Db {
    const { connection } = this.database;
    return connection.getClient().db(connection.name);
  }
}
