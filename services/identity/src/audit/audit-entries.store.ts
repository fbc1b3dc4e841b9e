import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Contention, Database, type Page, Records, where } from '@lyceum/store';
import { BEGINNING, type Content, type Entry, type Link, chained } from './audit-chain.js';

export interface AuditSearch {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

const ATTEMPTS = 100;

/** The entries of the audit log. They are appended and read: nothing here changes or deletes one. */
@Injectable()
export class AuditEntriesStore extends Records<Entry> {
  constructor(database: Database) {
    super(database, {
      collection: 'audit_entries',
      fields: {
        seq: { type: Number, required: true },
        at: { type: Date, required: true },
        action: { type: String, required: true },
        actor: { type: String, required: true },
        target: String,
        reason: String,
        facts: { type: Object, required: true },
        prevHash: { type: String, required: true },
        hash: { type: String, required: true },
      },
      indexes: [
        { keys: { seq: 1 }, unique: true },
        { keys: { prevHash: 1 } },
        { keys: { at: -1, _id: -1 } },
        { keys: { actor: 1, at: -1, _id: -1 } },
        { keys: { target: 1, at: -1, _id: -1 } },
        { keys: { action: 1, at: -1, _id: -1 } },
      ],
    });
  }

  /**
   * Appends what is not there yet. Instances append at once: whoever finds the next number taken looks at the new end and
   * tries again, so there are neither gaps nor forks.
   */
  async append(contents: readonly Content[]): Promise<void> {
    let left = contents;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const there = new Set((await this.getAll(left.map(({ id }) => id))).map(({ id }) => id));
      left = left.filter(({ id }) => !there.has(id));
      if (left.length === 0 || (await this.insertInOrder(chained(await this.head(), left)))) return;
      await pause(Math.random() * Math.min(200, 4 * attempt));
    }
    throw new Contention(this.collection, left[0]?.id ?? '', ATTEMPTS);
  }

  /** The newest entry's place; {@link BEGINNING} while there is none. */
  async head(): Promise<Link> {
    const [newest] = await this.find({}, { sort: ['-seq'], limit: 1 });
    return newest ? { seq: newest.seq, hash: newest.hash } : BEGINNING;
  }

  at(seq: number): Promise<Entry | undefined> {
    return this.findOne({ seq });
  }

  /** The next entries in the order of their numbers. */
  after(seq: number, limit: number): Promise<Entry[]> {
    return this.find({ seq: where({ $gt: seq }) }, { sort: ['seq'], limit });
  }

  successorOf({ hash }: Link): Promise<Entry | undefined> {
    return this.findOne({ prevHash: hash });
  }

  /** The latest first. */
  search(
    { from, to, ...equal }: AuditSearch,
    page: { limit: number; after?: string | undefined },
  ): Promise<Page<Entry>> {
    const bounds = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) };
    const filter = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined));
    return this.page({ ...filter, ...(from || to ? { at: where(bounds) } : {}) }, { ...page, sort: '-at' });
  }
}
