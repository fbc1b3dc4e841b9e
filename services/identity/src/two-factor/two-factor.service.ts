import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { refusals } from '../refusals.js';
import { Authenticator, type Enrolment } from './authenticator.js';
import { newRecoveryCodes, recoveryHashOf } from './recovery-codes.js';
import {
  type TwoFactorState,
  confirm,
  enrol,
  pendingSecret,
  renewRecoveryCodes,
  reset,
  turnOff,
} from './two-factor.js';
import { TwoFactorStore } from './two-factor.store.js';

@Injectable()
export class TwoFactorService {
  constructor(
    private readonly twoFactors: TwoFactorStore,
    private readonly accounts: AccountsStore,
    private readonly authenticator: Authenticator,
    private readonly attempts: AttemptsStore,
    private readonly clock: Clock,
  ) {}

  async stateOf(accountId: string): Promise<TwoFactorState> {
    const account = await this.owner(accountId);
    return (await this.twoFactors.get(accountId))?.state ?? { status: 'off', since: account.registeredAt };
  }

  /** A secret for the owner's app. Nothing is asked for at sign-in until it has been confirmed. */
  async enrol(accountId: string): Promise<Enrolment> {
    const account = await this.owner(accountId);
    const { encrypted, shown } = await this.authenticator.enrol(account);
    await this.twoFactors.change(accountId, (current) => enrol(current, accountId, encrypted, this.clock.now()));
    return shown;
  }

  /** Turns it on: the app has shown that it knows the secret. Returns the recovery codes, which nobody can show again. */
  async confirm(accountId: string, code: string): Promise<string[]> {
    const owner = await this.owner(accountId);
    const secret = pendingSecret(await this.twoFactors.get(accountId), this.clock.now());
    await this.attempts.beginCode(accountId);
    const right = this.authenticator.check(code, { id: accountId, secret }, this.clock.now());
    if (!right) throw refusals.codeRefused();
    const recoveryCodes = newRecoveryCodes();
    const confirmed = { owner, code: right, recoveryHashes: recoveryCodes.map(recoveryHashOf) };
    await this.twoFactors.change(accountId, (current) => confirm(current, confirmed, this.clock.now()));
    await this.attempts.codeAccepted(accountId);
    return recoveryCodes;
  }

  async renewRecoveryCodes(accountId: string): Promise<string[]> {
    const owner = await this.owner(accountId);
    const recoveryCodes = newRecoveryCodes();
    const renewed = { owner, recoveryHashes: recoveryCodes.map(recoveryHashOf) };
    await this.twoFactors.change(accountId, (current) => renewRecoveryCodes(current, renewed, this.clock.now()));
    return recoveryCodes;
  }

  async turnOff(accountId: string): Promise<void> {
    const owner = await this.owner(accountId);
    await this.twoFactors.change(accountId, (current) => turnOff(current, owner, this.clock.now()));
  }

  /** For administrators: throws `identity.account-not-found`. */
  async reset(accountId: string, act: { adminId: string; reason: string }): Promise<void> {
    const owner = await this.owner(accountId);
    await this.twoFactors.change(accountId, (current) => reset(current, { owner, ...act }, this.clock.now()));
  }

  private async owner(accountId: string): Promise<Account> {
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.accountNotFound();
    return account;
  }
}
