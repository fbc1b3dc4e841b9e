import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, where } from '@lyceum/store';
import type { Session } from './session.js';

@Injectable()
export class SessionsStore extends Aggregates<Session> {
  constructor(database: Database) {
    super(database, {
      collection: 'sessions',
      fields: {
        accountId: { type: String, required: true },
        device: { userAgent: String, address: String },
        startedAt: { type: Date, required: true },
        lastSeenAt: { type: Date, required: true },
        expiresAt: { type: Date, required: true },
        endsAt: { type: Date, required: true },
        state: {
          status: { type: String, required: true, enum: ['active', 'ended'] },
          tokenHash: String,
          spent: { type: { _id: false, hash: String, at: Date, successor: String }, default: undefined },
          at: Date,
          because: String,
        },
      },
      indexes: [
        { keys: { accountId: 1, lastSeenAt: -1, _id: -1 } },
        { keys: { accountId: 1, 'device.address': 1 } },
        { keys: { 'state.at': 1, _id: 1 } },
        { keys: { endsAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  /** Those that can still be used, the latest used first. */
  active(accountId: string, now: Date, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    const filter = { accountId, 'state.status': 'active', expiresAt: where({ $gt: now }) };
    return this.page(filter, { ...page, sort: '-lastSeenAt' });
  }

  /** Those that were ended at `since` or later, in the order of that. */
  endedSince(since: Date, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    return this.page({ 'state.at': where({ $gte: since }) }, { ...page, sort: 'state.at' });
  }

  /** Whether the account has been signed in to from an address lately. */
  async knows(accountId: string, address: string): Promise<boolean> {
    return (await this.findOne({ accountId, 'device.address': address })) !== undefined;
  }
}
