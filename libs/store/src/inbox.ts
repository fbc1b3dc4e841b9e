import { randomUUID } from 'node:crypto';
import type { Log } from '@lyceum/telemetry';
import type mongoose from 'mongoose';
import { Busy, isTaken } from './errors.js';
import type { IndexSpec } from './shape.js';

interface Entry {
  _id: string;
  at: Date;
  owner: string;
  /** Claimed until then; absent once the work is done. */
  until?: Date;
  doneAt?: Date;
}

/** Remembers for 30 days what was done, for work that would do harm when done again (a mail, a call to a provider). */
export class Inbox {
  static readonly collection = 'inbox';
  static readonly indexes: readonly IndexSpec[] = [{ keys: { at: 1 }, expireAfterSeconds: 30 * 86_400 }];
  private readonly instance = randomUUID();
  private count = 0;

  constructor(
    private readonly connection: mongoose.Connection,
    private readonly log: Log,
    private readonly leaseMs = 60_000,
  ) {}

  /**
   * Does the work unless it was done before. A handler whose writes are idempotent by themselves does not need it.
   * Between the end of the work and the note of it lies a moment in which a crash makes the work happen again.
   * @param key the event's id, with the reaction's name when several reactions of a service listen to it
   * @returns false when it was done before
   * Throws {@link Busy} while another instance is at it (let the message be delivered again), and what the work throws: it then
   * counts as not done.
   */
  async once(key: string, work: () => Promise<void>): Promise<boolean> {
    this.count += 1;
    const mine = { _id: key, owner: `${this.instance}:${this.count}` };
    if (!(await this.claim(mine))) return false;
    const alive = setInterval(() => {
      this.native.updateOne(mine, { $set: { until: this.leaseEnd() } }).catch(() => undefined);
    }, this.leaseMs / 3).unref();
    try {
      await work();
    } catch (error) {
      clearInterval(alive);
      await this.native.deleteOne({ ...mine, doneAt: { $exists: false } }).catch(() => undefined);
      throw error;
    }
    clearInterval(alive);
    const noted = await this.native.updateOne(mine, { $set: { doneAt: new Date() }, $unset: { until: '' } });
    if (noted.matchedCount === 0) this.log.warn('work of the inbox took longer than its lease', { key });
    return true;
  }

  private async claim({ _id, owner }: { _id: string; owner: string }): Promise<boolean> {
    try {
      await this.native.updateOne(
        { _id, doneAt: { $exists: false }, until: { $lte: new Date() } },
        { $set: { owner, until: this.leaseEnd(), at: new Date() } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const present = await this.native.findOne({ _id });
    if (present?.doneAt) return false;
    throw new Busy(`${_id} is being worked on`);
  }

  private leaseEnd(): Date {
    return new Date(Date.now() + this.leaseMs);
  }

  private get native(): mongoose.mongo.Collection<Entry> {
    return this.connection.getClient().db(this.connection.name).collection<Entry>(Inbox.collection);
  }
}
