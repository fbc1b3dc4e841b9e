import { Injectable } from '@nestjs/common';
import { Aggregates, Database, where } from '@lyceum/store';
import type { Account } from './account.js';

@Injectable()
export class AccountsStore extends Aggregates<Account> {
  constructor(database: Database) {
    super(database, {
      collection: 'accounts',
      fields: {
        email: { type: String, required: true },
        firstName: { type: String, required: true },
        lastName: { type: String, required: true },
        profile: {
          type: { _id: false, locale: String, timeZone: String, bio: String, avatarMediaId: String },
          default: undefined,
        },
        roles: { type: [String], required: true },
        passwordHash: String,
        passwordChangedAt: Date,
        registeredAt: { type: Date, required: true },
        verification: {
          status: { type: String, required: true, enum: ['pending', 'verified'] },
          tokenHash: String,
          email: String,
          expiresAt: Date,
          at: Date,
        },
        lastSeenAt: Date,
        remindedAt: Date,
        mails: { verification: [Date], repetition: [Date] },
      },
      indexes: [
        { keys: { email: 1 }, unique: true },
        {
          keys: { 'verification.tokenHash': 1 },
          unique: true,
          where: { 'verification.tokenHash': { $exists: true } },
        },
      ],
    });
  }

  byEmail(email: string): Promise<Account | undefined> {
    return this.findOne({ email });
  }

  byProof(tokenHash: string): Promise<Account | undefined> {
    return this.findOne({ 'verification.tokenHash': tokenHash });
  }

  /** Those that may have been out of use since a time and were not reminded, in the order of their ids. */
  unusedSince(time: Date, { after, limit }: { after: string; limit: number }): Promise<Account[]> {
    return this.find(
      {
        'verification.status': 'verified',
        registeredAt: where({ $lte: time }),
        lastSeenAt: where({ $not: { $gt: time } }),
        remindedAt: where({ $exists: false }),
        id: where({ $gt: after }),
      },
      { sort: ['id'], limit },
    );
  }
}
