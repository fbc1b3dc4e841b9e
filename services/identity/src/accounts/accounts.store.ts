import { Injectable } from '@nestjs/common';
import { type Role, nobodysAddress, nobodysName } from '@lyceum/contracts';
import type { Change } from '@lyceum/kernel';
import { Aggregates, type ChangeOptions, Database, type Loose, type Page, type Versioned, where } from '@lyceum/store';
import type { Account, AccountState } from './account.js';
import { searchWordsOf, soughtWordsOf } from './search-words.js';

/** Accounts as administrators look for them; what is not said does not count. */
export interface Search {
  readonly text?: string | undefined;
  readonly role?: Role | undefined;
  readonly status?: AccountState['status'] | undefined;
  readonly verified?: boolean | undefined;
}

/** With what the store itself makes of each state that it writes. */
type Indexed = Account & { readonly searchWords?: readonly string[] };

@Injectable()
export class AccountsStore extends Aggregates<Indexed> {
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
        state: {
          status: { type: String, required: true, enum: ['active', 'suspended'] },
          since: Date,
          until: Date,
          adminId: String,
          reason: String,
        },
        searchWords: { type: [String], required: true },
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
      shape: 2,
      // until then nobody could be suspended, or looked for
      upgrades: {
        2: (stored) => ({ ...stored, state: { status: 'active' }, searchWords: searchWordsOf(nameIn(stored)) }),
      },
      personal: {
        owner: 'id',
        fields: {
          email: (id: string) => `${id}@erased.invalid`,
          firstName: nobodysName,
          lastName: nobodysName,
          profile: undefined,
          'verification.email': nobodysAddress,
          'state.reason': nobodysName,
          searchWords: [],
        },
        lookUps: { email: 'whole', searchWords: 'beginnings' },
      },
      indexes: [
        { keys: { email: 1 }, unique: true },
        { keys: { searchWords: 1, _id: 1 } },
        { keys: { roles: 1, _id: 1 } },
        { keys: { 'state.status': 1, _id: 1 } },
        { keys: { 'verification.status': 1, _id: 1 } },
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

  search(
    { text, role, status, verified }: Search,
    page: { limit: number; after?: string | undefined },
  ): Promise<Page<Account>> {
    const words = soughtWordsOf(text ?? '');
    return this.page(
      {
        ...(words.length > 0 ? { searchWords: words } : {}),
        ...(role ? { roles: role } : {}),
        ...(status ? { 'state.status': status } : {}),
        ...(verified === undefined ? {} : { 'verification.status': verified ? 'verified' : 'pending' }),
      },
      page,
    );
  }

  async activeAdministrators(): Promise<{ accountId: string; version: number }[]> {
    const found = this.native.find({ roles: 'ADMIN', 'state.status': 'active' }, { projection: { version: 1 } });
    return (await found.toArray()).map(({ _id, version }) => ({ accountId: _id, version }));
  }

  /** Each state is written with the words by which it is found. */
  override changeWithVersion(
    id: string,
    decide: (current: Account | undefined) => Change<Account>,
    options?: ChangeOptions,
  ): Promise<Versioned<Indexed>> {
    return super.changeWithVersion(id, (current) => findable(decide(current)), options);
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

function findable(change: Change<Account>): Change<Indexed> {
  if (!change.changed) return change;
  return { ...change, state: { ...change.state, searchWords: searchWordsOf(change.state) } };
}

const nameIn = ({ firstName, lastName, email }: Loose) => ({
  firstName: String(firstName),
  lastName: String(lastName),
  email: String(email),
});
