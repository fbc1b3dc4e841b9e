import { Injectable } from '@nestjs/common';
import { type Change, unchanged } from '@lyceum/kernel';
import { Aggregates, type ChangeOptions, Database, type Filter, where } from '@lyceum/store';
import { refusals } from '../refusals.js';
import type { Account, ErasedAccount } from './account.js';

type StoredAccount = Account | ErasedAccount;

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
        passwordHash: { type: String, ...needed },
        passwordChangedAt: Date,
        registeredAt: { type: Date, ...needed },
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
      indexes: [
        { keys: { email: 1 }, unique: true, where: { email: { $exists: true } } },
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

  /** Throws `identity.account-not-found` for an account that was erased, whatever `decide` would make of it. */
  override async change(
    id: string,
    decide: (current: Account | undefined) => Change<Account>,
    options?: ChangeOptions,
  ): Promise<Account> {
    const stored = await super.change(
      id,
      (current): Change<StoredAccount> => {
        if (current && !isThere(current)) throw refusals.accountNotFound();
        return decide(current);
      },
      options,
    );
    if (!isThere(stored)) throw refusals.accountNotFound();
    return stored;
  }

  /** Takes everything of an account away, if `decide` says so of what it is now. One that was erased before stays so. */
  async erase(id: string, decide: (account: Account) => Change<ErasedAccount> | undefined): Promise<void> {
    await super.change(id, (current): Change<StoredAccount> => {
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

  /** Whether somebody else is an administrator, and does not leave. */
  async hasOtherAdministrator(id: string): Promise<boolean> {
    const others = { roles: 'ADMIN', id: where({ $ne: id }), erasure: where({ $exists: false }) };
    return (await this.theOne(others)) !== undefined;
  }

  private async theOne(filter: Filter): Promise<Account | undefined> {
    const found = await this.findOne(filter);
    return found && isThere(found) ? found : undefined;
  }
}
