import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { hashOf, isOneTimeToken } from '../accounts/one-time-token.js';
import { ProofTokens } from '../accounts/proof-tokens.js';
import { SAME_TIME_FOR_ALL } from '../accounts/same-time.js';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { PasswordChangeService } from '../passwords/password-change.service.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { PasswordRules } from '../passwords/password-rules.js';
import { refusals } from '../refusals.js';
import { RecoveriesStore } from './recoveries.store.js';
import { type Recovery, askForReset, holds, spend } from './recovery.js';

/** For who has forgotten the password. */
@Injectable()
export class RecoveryService {
  constructor(
    private readonly recoveries: RecoveriesStore,
    private readonly accounts: AccountsStore,
    private readonly attempts: AttemptsStore,
    private readonly tokens: ProofTokens,
    private readonly passwords: PasswordChangeService,
    private readonly rules: PasswordRules,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends the owner of an address a link, if there is an owner. The caller cannot tell: one counted attempt, one look-up, one
   * sealed token and one write either way, and what is left of a difference in time is waited away.
   * Throws `identity.too-many-attempts` when one network asks too often, for whatever addresses.
   */
  async ask(email: string, address: string): Promise<void> {
    await this.attempts.ask(address);
    await Promise.all([this.sendLink(email), setTimeout(SAME_TIME_FOR_ALL)]);
  }

  /**
   * Puts a new password in the place of the forgotten one and ends all sessions; nobody is signed in by it, and a second
   * factor is asked for at the next sign-in as ever. A password that is refused leaves the link as it is.
   * Throws `identity.reset-refused`.
   */
  async reset(token: string, password: string): Promise<void> {
    const { recovery, account, tokenHash } = await this.found(token);
    await this.rules.check(password, account);
    await this.hasher.admit(async () => {
      await this.recoveries.change(recovery.id, (current) =>
        spend(current ?? recovery, tokenHash, account, this.clock.now()),
      );
      await this.passwords.reset(account, password);
    });
  }

  private async found(token: string): Promise<{ recovery: Recovery; account: Account; tokenHash: string }> {
    const tokenHash = hashOf(token);
    const recovery = isOneTimeToken(token) ? await this.recoveries.byToken(tokenHash) : undefined;
    const account = recovery && (await this.accounts.get(recovery.id));
    if (!account || !holds(recovery, tokenHash, account, this.clock.now())) throw refusals.resetRefused();
    return { recovery, account, tokenHash };
  }

  private async sendLink(email: string): Promise<void> {
    const [token, account] = await Promise.all([this.tokens.make(), this.accounts.byEmail(email)]);
    const id = account?.id ?? nobody(email);
    await this.recoveries.change(id, (current) =>
      askForReset({ id, email, account }, current, token, this.clock.now()),
    );
  }
}

const nobody = (email: string): string => `nobody:${createHash('sha256').update(email).digest('base64url')}`;
