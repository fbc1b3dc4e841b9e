import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Filter, where } from '@lyceum/store';
import type { TwoFactor } from './two-factor.js';

@Injectable()
export class TwoFactorStore extends Aggregates<TwoFactor> {
  constructor(database: Database) {
    super(database, {
      collection: 'two_factor',
      fields: {
        state: {
          status: { type: String, required: true, enum: ['off', 'pending', 'on'] },
          since: Date,
          secret: String,
          expiresAt: Date,
          lastStep: Number,
          recoveryHashes: { type: [String], default: undefined },
        },
      },
      indexes: [],
    });
  }

  /** Those whose secret does not match, in the order of their ids. */
  unlike(secret: RegExp, { after, limit }: { after: string; limit: number }): Promise<TwoFactor[]> {
    return this.find({ ...secretUnlike(secret), id: where({ $gt: after }) }, { sort: ['id'], limit });
  }

  /** Removes secrets that were shown and never confirmed. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ 'state.status': 'pending', 'state.expiresAt': where({ $lte: now }) }, limit);
  }

  countUnlike(secret: RegExp): Promise<number> {
    return this.count(secretUnlike(secret));
  }
}

const secretUnlike = (secret: RegExp): Filter => ({ 'state.secret': where({ $exists: true, $not: secret }) });
