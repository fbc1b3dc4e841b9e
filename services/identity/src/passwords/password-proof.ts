import { Injectable } from '@nestjs/common';
import { Log } from '@lyceum/telemetry';
import { type Account, rehash } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { AttemptsStore, type Target } from '../attempts/attempts.store.js';
import { refusals } from '../refusals.js';
import type { Device } from '../sessions/session.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import { PasswordHasher } from './password-hasher.js';

/** Proof by password: whoever asks for one, guesses are counted and slowed down in one place. */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly sessions: SessionsStore,
    private readonly attempts: AttemptsStore,
    private readonly hasher: PasswordHasher,
    private readonly log: Log,
  ) {}

  /**
   * The account whose password it is, or undefined alike for an unknown address and a wrong password, after the same work.
   * Throws `identity.too-many-attempts` and `identity.too-busy`.
   */
  prove(email: string, password: string, device: Device): Promise<Account | undefined> {
    return this.hasher.admit(() => this.admitted(email, password, device));
  }

  private async admitted(email: string, password: string, device: Device): Promise<Account | undefined> {
    const account = await this.accounts.byEmail(email);
    const familiar = await this.sessions.knows(account?.id ?? 'nobody', device.address);
    const target: Target = { email, address: device.address, familiar, userId: account?.id };
    await this.attempts.begin(target);
    if (!(await this.hasher.matches(password, account?.passwordHash)) || !account) {
      this.log.info('password refused', { userId: account?.id ?? 'unknown' });
      return undefined;
    }
    await this.attempts.succeeded(target);
    await this.strengthen(account, password);
    return account;
  }

  /** Hashes the password anew when the parameters have been raised since; a sign-in does not fail over it. */
  private async strengthen({ id, passwordHash }: Account, password: string): Promise<void> {
    if (passwordHash === undefined || !this.hasher.isOutdated(passwordHash)) return;
    try {
      const stronger = await this.hasher.hash(password);
      await this.accounts.change(id, (current) => {
        if (!current) throw refusals.accountNotFound();
        return rehash(current, passwordHash, stronger);
      });
    } catch (error) {
      this.log.warn('a password could not be hashed anew', { userId: id, reason: String(error) });
    }
  }
}
