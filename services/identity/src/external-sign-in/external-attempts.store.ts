import { Injectable } from '@nestjs/common';
import { Aggregates, Database, where } from '@lyceum/store';
import type { ExternalAttempt } from './external-attempt.js';

@Injectable()
export class ExternalAttemptsStore extends Aggregates<ExternalAttempt> {
  constructor(database: Database) {
    super(database, {
      collection: 'external_attempts',
      fields: {
        provider: { type: String, required: true },
        purpose: {
          kind: { type: String, required: true, enum: ['sign-in', 'link'] },
          accountId: String,
          sessionId: String,
        },
        browserHash: { type: String, required: true },
        returnTo: String,
        reauthenticate: { type: Boolean, required: true },
        expiresAt: { type: Date, required: true },
        standing: {
          status: { type: String, required: true, enum: ['open', 'answered', 'proven', 'redeemed'] },
          codeHash: String,
          until: Date,
          identityId: String,
          accountId: String,
          authentication: { type: { _id: false, at: Date, methods: [String] }, default: undefined },
        },
      },
      indexes: [
        { keys: { 'standing.codeHash': 1 }, unique: true, where: { 'standing.codeHash': { $exists: true } } },
        { keys: { expiresAt: 1 }, expireAfterSeconds: 3_600 },
      ],
    });
  }

  byCode(codeHash: string): Promise<ExternalAttempt | undefined> {
    return this.findOne({ 'standing.codeHash': codeHash });
  }

  /** Removes ways to a provider that nobody can come back on. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ expiresAt: where({ $lte: now }) }, limit);
  }
}
