import { Injectable } from '@nestjs/common';
import { type Role, nobodysAddress, nobodysName } from '@lyceum/contracts';
import { type Change, unchanged } from '@lyceum/kernel';
import {
  Aggregates,
  type ChangeOptions,
  Database,
  type Filter,
  type Loose,
  type Page,
  type Versioned,
  where,
} from '@lyceum/store';
import { refusals } from '../refusals.js';
import type { Account, AccountState, ErasedAccount } from './account.js';
import { searchWordsOf, soughtWordsOf } from './search-words.js';

/** Accounts as administrators look for them; what is not said does not count. */
export interface Search {
  readonly text?: string | undefined;
  readonly role?: Role | undefined;
  readonly status?: AccountState['status'] | undefined;
  readonly verified?: boolean | undefined;
}

/** With what the store itself makes of each state that it writes. */
type StoredAccount = (Account & { readonly searchWords?: readonly string[] }) | ErasedAccount;

/** Of an account that was erased nothing is there but its id. */
function whileItIsThere(this: { status?: unknown }): boolean {
  return this.status !== 'erased';
}
const needed = { required: whileItIsThere };
const isThere = (stored: StoredAccount): stored is Account => !('status' in stored);

/** Accounts that were erased are not there for readers, and no decision brings one back. */
@Injectable()
export class AccountsStore extends Aggregates<StoredAccount> {
  constructor(database: Database) {
    super(database, {
      collection: 'accounts',
      fields: {
        email: { type: String, ...needed },
        firstName: { type: String, ...needed },
        lastName: { type: String, ...needed },
        profile: {
          type: { _id: false, locale: String, timeZone: String, bio: String, avatarMediaId: String },
          default: undefined,
        },
        roles: { type: [String], ...needed },
        passwordHash: String,
        passwordChangedAt: Date,
        registeredAt: { type: Date, ...needed },
        state: {
          type: {
            _id: false,
            status: { type: String, required: true, enum: ['active', 'suspended'] },
            since: Date,
            until: Date,
            adminId: String,
            reason: String,
          },
          default: undefined,
        },
        searchWords: { type: [String], ...needed },
        verification: {
          type: {
            _id: false,
            status: { type: String, required: true, enum: ['pending', 'verified'] },
            tokenHash: String,
            email: String,
            expiresAt: Date,
            at: Date,
          },
          default: undefined,
        },
        lastSeenAt: Date,
        remindedAt: Date,
        mails: { type: { _id: false, verification: [Date], repetition: [Date] }, default: undefined },
        erasure: {
          type: {
            _id: false,
            erasureId: String,
            by: String,
            adminId: String,
            reason: String,
            scheduledAt: Date,
            dueAt: Date,
          },
          default: undefined,
        },
        status: { type: String, enum: ['erased'] },
        erasedAt: Date,
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
        { keys: { email: 1 }, unique: true, where: { email: { $exists: true } } },
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

  override async get(id: string): Promise<Account | undefined> {
    const stored = await super.get(id);
    return stored && isThere(stored) ? stored : undefined;
  }

  override async getWithVersion(id: string): Promise<Versioned<Account> | undefined> {
    const stored = await super.getWithVersion(id);
    return stored && isThere(stored.state) ? { ...stored, state: stored.state } : undefined;
  }

  /**
   * Each state is written with the words by which it is found. Throws `identity.account-not-found` for an account that was erased,
   * whatever `decide` would make of it.
   */
  override async changeWithVersion(
    id: string,
    decide: (current: Account | undefined) => Change<Account>,
    options?: ChangeOptions,
  ): Promise<Versioned<Account>> {
    const decideWhileThere = (current: StoredAccount | undefined): Change<StoredAccount> => {
      if (current && !isThere(current)) throw refusals.accountNotFound();
      return findable(decide(current));
    };
    const { state, version } = await super.changeWithVersion(id, decideWhileThere, options);
    if (!isThere(state)) throw refusals.accountNotFound();
    return { state, version };
  }

  override async change(
    id: string,
    decide: (current: Account | undefined) => Change<Account>,
    options?: ChangeOptions,
  ): Promise<Account> {
    return (await this.changeWithVersion(id, decide, options)).state;
  }

  /** Takes everything of an account away, if `decide` says so of what it is now. One that was erased before stays so. */
  async erase(id: string, decide: (account: Account) => Change<ErasedAccount> | undefined): Promise<void> {
    await super.changeWithVersion(id, (current): Change<StoredAccount> => {
      if (!current) throw refusals.accountNotFound();
      return (isThere(current) ? decide(current) : undefined) ?? unchanged(current);
    });
  }

  byEmail(email: string): Promise<Account | undefined> {
    return this.theOne({ email });
  }

  byProof(tokenHash: string): Promise<Account | undefined> {
    return this.theOne({ 'verification.tokenHash': tokenHash });
  }

  /** Whether somebody else is an active administrator, and does not leave. */
  async hasOtherAdministrator(id: string): Promise<boolean> {
    const active = { roles: 'ADMIN', 'state.status': 'active' };
    return (await this.theOne({ ...active, id: where({ $ne: id }), erasure: where({ $exists: false }) })) !== undefined;
  }

  protected override filterOf(filter: Filter): Loose {
    return { ...super.filterOf(filter), status: where({ $exists: false }) };
  }

  private async theOne(filter: Filter): Promise<Account | undefined> {
    const found = await this.findOne(filter);
    return found && isThere(found) ? found : undefined;
  }

  async search(
    { text, role, status, verified }: Search,
    page: { limit: number; after?: string | undefined },
  ): Promise<Page<Account>> {
    const words = soughtWordsOf(text ?? '');
    const { items, ...rest } = await this.page(
      {
        ...(words.length > 0 ? { searchWords: words } : {}),
        ...(role ? { roles: role } : {}),
        ...(status ? { 'state.status': status } : {}),
        ...(verified === undefined ? {} : { 'verification.status': verified ? 'verified' : 'pending' }),
      },
      page,
    );
    return { ...rest, items: items.filter(isThere) };
  }

  async activeAdministrators(): Promise<{ accountId: string; version: number }[]> {
    const found = this.native.find({ roles: 'ADMIN', 'state.status': 'active' }, { projection: { version: 1 } });
    return (await found.toArray()).map(({ _id, version }) => ({ accountId: _id, version }));
  }

  /** Those that may have been out of use since a time and were not reminded, in the order of their ids. */
  async unusedSince(time: Date, { after, limit }: { after: string; limit: number }): Promise<Account[]> {
    const found = await this.find(
      {
        'verification.status': 'verified',
        registeredAt: where({ $lte: time }),
        lastSeenAt: where({ $not: { $gt: time } }),
        remindedAt: where({ $exists: false }),
        id: where({ $gt: after }),
      },
      { sort: ['id'], limit },
    );
    return found.filter(isThere);
  }
}

function findable(change: Change<Account>): Change<StoredAccount> {
  if (!change.changed) return change;
  return { ...change, state: { ...change.state, searchWords: searchWordsOf(change.state) } };
}

const nameIn = ({ firstName, lastName, email }: Loose) => ({
  firstName: String(firstName),
  lastName: String(lastName),
  email: String(email),
});
