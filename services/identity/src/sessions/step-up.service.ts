import type { Caller } from '@lyceum/http';
import { Injectable } from '@nestjs/common';
import { AccountsStore } from '../accounts/accounts.store.js';
import type { AssertionAnswer } from '../passkeys/answers.js';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import { PasswordProof } from '../passwords/password-proof.js';
import { refusals } from '../refusals.js';
import { type Code, CodeProof } from '../two-factor/code-proof.js';
import type { AccessToken } from './access-tokens.js';
import type { Device } from './session.js';
import { SessionsService } from './sessions.service.js';

/** Somebody who is signed in proves once more who they are, before something sensitive. */
@Injectable()
export class StepUpService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly passwords: PasswordProof,
    private readonly codes: CodeProof,
    private readonly passkeys: PasskeysService,
    private readonly sessions: SessionsService,
  ) {}

  /** A password will do only where no second factor is asked for: throws `identity.second-factor-needed` elsewhere, `identity.no-password-yet` without one. */
  async byPassword(caller: Caller, password: string, device: Device): Promise<AccessToken> {
    const account = await this.accounts.get(caller.id);
    if (!account) throw refusals.accountNotFound();
    if (await this.codes.isAskedOf(account.id)) throw refusals.secondFactorNeeded();
    if (account.passwordHash === undefined) throw refusals.noPasswordYet();
    const proven = await this.passwords.prove(account.email, password, device);
    if (proven?.id !== account.id) throw refusals.currentPasswordWrong();
    return this.sessions.proveAgain(account, caller.sessionId, ['pwd']);
  }

  async byCode(caller: Caller, code: Code): Promise<AccessToken> {
    const account = await this.accounts.get(caller.id);
    if (!account) throw refusals.accountNotFound();
    await this.codes.prove(account, code);
    return this.sessions.proveAgain(account, caller.sessionId, ['otp', 'mfa']);
  }

  async byPasskey(caller: Caller, answer: AssertionAnswer): Promise<AccessToken> {
    const { account, shown } = await this.passkeys.prove(answer);
    if (account.id !== caller.id) throw refusals.passkeyRefused();
    return this.sessions.proveAgain(account, caller.sessionId, shown);
  }
}
