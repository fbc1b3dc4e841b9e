import { nobodysName } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import { type ActivePasskey, MOST_PASSKEYS, type Passkey, isActive } from './passkey.js';

@Injectable()
export class PasskeysStore extends Aggregates<Passkey> {
  constructor(database: Database) {
    super(database, {
      collection: 'passkeys',
      fields: {
        accountId: { type: String, required: true },
        name: { type: String, required: true },
        addedAt: { type: Date, required: true },
        state: {
          status: { type: String, required: true, enum: ['active', 'removed'] },
          credential: {
            type: { _id: false, id: String, publicKey: String, transports: [String], kind: String },
            default: undefined,
          },
          counter: Number,
          lastUsedAt: Date,
          suspectedAt: Date,
          at: Date,
        },
      },
      personal: { owner: 'accountId', fields: { name: nobodysName } },
      indexes: [{ keys: { accountId: 1, addedAt: 1 } }, { keys: { 'state.at': 1 }, expireAfterSeconds: 30 * 86_400 }],
    });
  }

  /** Also of those that were removed. */
  async idsOf(accountId: string): Promise<string[]> {
    return (await this.find({ accountId })).map(({ id }) => id);
  }

  /** The account's, the oldest first. */
  async of(accountId: string): Promise<ActivePasskey[]> {
    const active = { accountId, 'state.status': 'active' };
    return (await this.find(active, { sort: ['addedAt'], limit: MOST_PASSKEYS })).filter(isActive);
  }
}
