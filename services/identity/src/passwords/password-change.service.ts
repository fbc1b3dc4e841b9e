import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { refusals } from '../refusals.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { changePassword, isSamePassword } from './password-change.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordRules } from './password-rules.js';

/** Who wants another password, and from where. */
export interface Asker {
  readonly accountId: string;
  readonly sessionId: string;
  readonly address: string;
}

@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly attempts: AttemptsStore,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts a new password in the place of the present one; all other sessions end at once. A stolen access token is not enough
   * for it, nor for guessing: throws `identity.current-password-wrong`, slowed down as sign-ins are, and
   * `identity.no-password-yet`.
   */
  change(asker: Asker, present: string, password: string): Promise<void> {
    return this.hasher.admit(async () => {
      const account = await this.proven(asker, present);
      await this.rules.check(password, account);
      const passwordHash = await this.hasher.hash(password);
      const keptSessionId = asker.sessionId;
      await this.accounts.change(account.id, (current) => {
        if (!current || !isSamePassword(current, account)) throw refusals.currentPasswordWrong();
        return changePassword(current, { passwordHash, how: 'changed', keptSessionId }, this.clock.now());
      });
      await this.sessions.endAll(account.id, 'password-changed', { except: keptSessionId });
    });
  }

  /** Sets the password of somebody who has proven otherwise to be the owner. All sessions end. */
  async reset(account: Account, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    await this.accounts.change(account.id, (current) => {
      if (!current || current.email !== account.email || !isSamePassword(current, account))
        throw refusals.resetRefused();
      return changePassword(current, { passwordHash, how: 'reset' }, this.clock.now());
    });
    await this.sessions.endAll(account.id, 'password-changed');
  }

  private async proven({ accountId, sessionId, address }: Asker, present: string): Promise<Account> {
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.accountNotFound();
    if (account.passwordHash === undefined) throw refusals.noPasswordYet();
    // counted for the session: who has stolen it must not slow down the owner's sign-ins
    const target = { email: `session ${sessionId}`, address, familiar: false, userId: accountId };
    await this.attempts.begin(target);
    if (!(await this.hasher.matches(present, account.passwordHash))) throw refusals.currentPasswordWrong();
    await this.attempts.succeeded(target);
    return account;
  }
}
