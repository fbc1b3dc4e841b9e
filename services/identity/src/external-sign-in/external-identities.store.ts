import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import { type ExternalIdentity, type LinkedIdentity, isLinked } from './external-identity.js';

@Injectable()
export class ExternalIdentitiesStore extends Aggregates<ExternalIdentity> {
  constructor(database: Database) {
    super(database, {
      collection: 'external_identities',
      fields: {
        provider: { type: String, required: true },
        issuer: { type: String, required: true },
        accountId: { type: String, required: true },
        state: {
          status: { type: String, required: true, enum: ['opening', 'linked', 'unlinked'] },
          since: Date,
          lastUsedAt: Date,
          at: Date,
        },
      },
      indexes: [{ keys: { accountId: 1 } }, { keys: { 'state.at': 1 }, expireAfterSeconds: 30 * 86_400 }],
    });
  }

  /** Also of those that were taken away. */
  async idsOf(accountId: string): Promise<string[]> {
    return (await this.find({ accountId })).map(({ id }) => id);
  }

  /** Those that sign in to the account, the oldest first. */
  async of(accountId: string): Promise<LinkedIdentity[]> {
    return (await this.find({ accountId, 'state.status': 'linked' }, { sort: ['state.since'] })).filter(isLinked);
  }
}
