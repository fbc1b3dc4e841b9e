import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { AccountsStore } from '../accounts/accounts.store.js';
import { isSamePassword } from '../passwords/password-change.js';
import { refusals } from '../refusals.js';
import { provenAgain } from '../sessions/authentication.js';
import type { Device } from '../sessions/session.js';
import { type SignedIn, SessionsService } from '../sessions/sessions.service.js';
import { type Code, CodeProof } from './code-proof.js';
import { SignInChallengesStore } from './sign-in-challenges.store.js';

/** The second step of signing in. */
@Injectable()
export class TwoFactorSignInService {
  constructor(
    private readonly challenges: SignInChallengesStore,
    private readonly accounts: AccountsStore,
    private readonly codes: CodeProof,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  /** Throws `identity.challenge-refused` when one has to begin anew, `identity.code-refused` when another code may do. */
  async complete(token: string, code: Code, device: Device): Promise<SignedIn> {
    const challenge = await this.challenges.begin(token);
    const account = await this.accounts.get(challenge.accountId);
    if (!account || !isSamePassword(account, challenge)) throw refusals.challengeRefused();
    await this.codes.prove(account, code);
    await this.challenges.meet(challenge.id);
    const authentication = provenAgain(challenge.authentication, ['otp', 'mfa'], this.clock.now());
    return this.sessions.open(account, authentication, device);
  }
}
