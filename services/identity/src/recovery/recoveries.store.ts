import { nobodysAddress } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database, where } from '@lyceum/store';
import type { Recovery } from './recovery.js';

@Injectable()
export class RecoveriesStore extends Aggregates<Recovery> {
  constructor(database: Database) {
    super(database, {
      collection: 'recoveries',
      fields: {
        standing: {
          status: { type: String, required: true, enum: ['asked', 'spent'] },
          tokenHash: String,
          email: String,
          at: { type: Date, required: true },
        },
        sent: { type: [Date], required: true },
        forgetAt: { type: Date, required: true },
      },
      personal: { owner: 'id', fields: { 'standing.email': nobodysAddress } },
      indexes: [
        {
          keys: { 'standing.tokenHash': 1 },
          unique: true,
          where: { 'standing.tokenHash': { $exists: true } },
        },
        { keys: { forgetAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  byToken(tokenHash: string): Promise<Recovery | undefined> {
    return this.findOne({ 'standing.tokenHash': tokenHash });
  }

  /** Removes what is left of links that work no longer. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ forgetAt: where({ $lte: now }) }, limit);
  }
}
