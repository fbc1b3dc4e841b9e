import { Injectable } from '@nestjs/common';
import { type Change, Clock, Refusal, changed } from '@lyceum/kernel';
import { Aggregates, Contention, Database, VersionMismatch } from '@lyceum/store';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { refusals } from '../refusals.js';
import { ALL, type Administrators, type Sight, letGo, stuck } from './administrators.js';
import { isActiveAdministrator } from './roles.js';

const ATTEMPTS = 20;

/** Changes of accounts by which the last active administrator could get lost, and never does. */
@Injectable()
export class AdministratorsStore extends Aggregates<Administrators> {
  constructor(
    database: Database,
    private readonly accounts: AccountsStore,
    private readonly clock: Clock,
  ) {
    super(database, {
      collection: 'administrators',
      fields: { leaving: [{ _id: false, accountId: String, version: Number, at: Date }] },
      indexes: [],
    });
  }

  /**
   * Like `accounts.change`, for everything after which somebody may be no active administrator any more.
   * Throws `identity.account-not-found` and `identity.last-administrator`.
   */
  async changeAccount(id: string, decide: (account: Account) => Change<Account>): Promise<Account> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        return await this.tryOnce(id, decide);
      } catch (error) {
        if (!(error instanceof VersionMismatch)) throw error; // else: somebody was faster, all is looked at anew
      }
    }
    throw new Contention('accounts', id, ATTEMPTS);
  }

  private async tryOnce(id: string, decide: (account: Account) => Change<Account>): Promise<Account> {
    const seen = await this.accounts.getWithVersion(id);
    if (!seen) throw refusals.accountNotFound();
    const parts = isActiveAdministrator(seen.state) && !isActiveAdministrator(decide(seen.state).state);
    if (parts) await this.enter({ accountId: id, version: seen.version });
    const expectedVersion = seen.version;
    return this.accounts.change(id, (current) => decide(current ?? seen.state), { expectedVersion });
  }

  private async enter(leaver: Sight): Promise<void> {
    const known = await this.getWithVersion(ALL);
    const active = await this.accounts.activeAdministrators(); // after the entries: see letGo
    try {
      const expectedVersion = known?.version ?? 0;
      await this.change(ALL, (current) => letGo(current, leaver, active, this.clock.now()), { expectedVersion });
    } catch (error) {
      const halted = stuck(known?.state, leaver, active, this.clock.now());
      if (!(error instanceof Refusal) || halted.length === 0) throw error;
      await this.overtake(halted);
    }
  }

  /** Moves the accounts' versions on, after which what was begun at the old ones can never be written. All begins anew. */
  private async overtake(halted: readonly Sight[]): Promise<never> {
    for (const { accountId, version } of halted)
      await this.accounts.change(
        accountId,
        (current) => {
          if (!current) throw refusals.accountNotFound();
          return changed(current);
        },
        { expectedVersion: version },
      );
    throw new VersionMismatch(0, 0);
  }
}
