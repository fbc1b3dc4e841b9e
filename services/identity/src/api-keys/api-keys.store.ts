import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, where } from '@lyceum/store';
import type { ApiKeys } from './api-key.js';

@Injectable()
export class ApiKeysStore extends Aggregates<ApiKeys> {
  constructor(database: Database) {
    super(database, {
      collection: 'api_keys',
      fields: {
        keys: [
          {
            _id: false,
            id: String,
            name: String,
            secretHash: String,
            lastFour: String,
            scopes: [String],
            onlyRoles: { type: [String], default: undefined },
            createdAt: Date,
            expiresAt: Date,
            lastUse: { type: { _id: false, at: Date, network: String }, default: undefined },
            cutOffs: Number,
            state: { status: { type: String, enum: ['active', 'revoked'] }, warnedAt: Date, at: Date, because: String },
          },
        ],
        endedAt: Date,
        forgetAt: Date,
      },
      indexes: [
        { keys: { 'keys.id': 1 } },
        { keys: { endedAt: 1, _id: 1 } },
        { keys: { forgetAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  /** Those of the account that has a key of that id. */
  byKey(keyId: string): Promise<ApiKeys | undefined> {
    return this.findOne({ 'keys.id': keyId });
  }

  /** Accounts of which tokens of keys were made void at `since` or later, in the order of that. */
  endedSince(since: Date, page: { limit: number; after?: string | undefined }): Promise<Page<ApiKeys>> {
    return this.page({ endedAt: where({ $gte: since }) }, { ...page, sort: 'endedAt' });
  }
}
