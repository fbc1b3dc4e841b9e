import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { Page } from '@lyceum/store';
import type { Account } from '../accounts/account.js';
import { AccountsStore, type Search } from '../accounts/accounts.store.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { refusals } from '../refusals.js';
import type { Ending } from '../sessions/session.js';
import { SessionsService, type WhichSessions } from '../sessions/sessions.service.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import { TwoFactorService } from '../two-factor/two-factor.service.js';
import { AdministratorsStore } from './administrators.store.js';
import { type RoleChange, changeRoles } from './roles.js';
import {
  type AdminAct,
  type Suspension,
  endOverdue,
  refuseOwn,
  reinstate,
  signOutEverywhere,
  suspend,
} from './suspension.js';

/** What an administrator sees of an account. */
export interface Overview {
  readonly account: Account;
  readonly twoFactor: 'off' | 'pending' | 'on';
  readonly sessions: number;
  readonly lastSeenAt: Date | undefined;
}

/** What administrators do with accounts. That it was done is told by the account's event, from which everything else follows. */
@Injectable()
export class AdministrationService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly administrators: AdministratorsStore,
    private readonly sessions: SessionsService,
    private readonly apiKeys: ApiKeysService,
    private readonly sessionsStore: SessionsStore,
    private readonly twoFactors: TwoFactorService,
    private readonly clock: Clock,
  ) {}

  search(search: Search, page: { limit: number; after?: string | undefined }): Promise<Page<Account>> {
    return this.accounts.search(search, page);
  }

  async overview(accountId: string): Promise<Overview> {
    const account = await this.account(accountId);
    const [twoFactor, sessions, lastSeenAt] = await Promise.all([
      this.twoFactors.stateOf(accountId),
      this.sessionsStore.countActive(accountId, this.clock.now()),
      this.sessionsStore.lastSeen(accountId),
    ]);
    return { account, twoFactor: twoFactor.status, sessions, lastSeenAt };
  }

  /** Throws `identity.last-administrator`, `identity.own-account` and `identity.suspension-over`. */
  async suspend(accountId: string, suspension: Suspension): Promise<void> {
    await this.administrators.changeAccount(accountId, (account) => suspend(account, suspension, this.clock.now()));
    await this.endAccess(accountId, 'suspended');
  }

  /** Throws `identity.not-suspended`. */
  async reinstate(accountId: string, act: AdminAct): Promise<void> {
    await this.accounts.change(accountId, (account) => reinstate(found(account), act, this.clock.now()));
  }

  /** Throws `identity.last-administrator`, `identity.own-account` and `identity.role-needed`. */
  async changeRoles(accountId: string, change: RoleChange): Promise<void> {
    const before = await this.account(accountId);
    const after = await this.administrators.changeAccount(accountId, (account) =>
      changeRoles(account, change, this.clock.now()),
    );
    // tokens that say the old roles must be out within seconds, and those are of open sessions
    if (before.roles.join() !== after.roles.join()) await this.endAccess(accountId, 'roles-changed');
  }

  /** Throws `identity.own-account`: for oneself there is another way. */
  async signOut(accountId: string, act: AdminAct): Promise<void> {
    await this.accounts.change(accountId, (account) => signOutEverywhere(found(account), act, this.clock.now()));
    await this.sessions.endAll(accountId, 'signed-out-by-admin');
  }

  /** Throws `identity.own-account`: one's own is turned off by who can still prove it. */
  async resetTwoFactor(accountId: string, act: AdminAct): Promise<void> {
    refuseOwn({ id: accountId }, act);
    await this.twoFactors.reset(accountId, act);
  }

  /** Sessions end, and tokens that programs have for API keys are void; may be repeated. */
  async endAccess(accountId: string, because: Ending, which: WhichSessions = {}): Promise<void> {
    await this.sessions.endAll(accountId, because, which);
    await this.apiKeys.cutOff(accountId);
  }

  /** They were ended with the suspension already, unless a crash came in between. */
  async endSessionsOfSuspended(accountId: string, suspendedAt: Date): Promise<void> {
    const account = await this.accounts.get(accountId);
    if (!account) return;
    const still = account.state.status === 'suspended' && account.state.since >= suspendedAt;
    await this.endAccess(accountId, 'suspended', still ? {} : { begunBy: suspendedAt });
  }

  async endOverdue(accountId: string, suspendedAt: Date): Promise<void> {
    if (!(await this.accounts.get(accountId))) return; // it was erased meanwhile
    await this.accounts.change(accountId, (account) => endOverdue(found(account), suspendedAt, this.clock.now()));
  }

  private async account(accountId: string): Promise<Account> {
    return found(await this.accounts.get(accountId));
  }
}

function found(account: Account | undefined): Account {
  if (!account) throw refusals.accountNotFound();
  return account;
}
