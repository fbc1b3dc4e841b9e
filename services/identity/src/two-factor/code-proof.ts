import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { refusals } from '../refusals.js';
import { Authenticator } from './authenticator.js';
import { recoveryHashOf } from './recovery-codes.js';
import { type Owner, isOn, useCode, useRecoveryCode } from './two-factor.js';
import { TwoFactorStore } from './two-factor.store.js';

/** What the second factor is proven by. */
export type Code = { readonly code: string } | { readonly recoveryCode: string };

/** Proof by a code of the authenticator app, or by a recovery code; guesses are slowed down in one place. */
@Injectable()
export class CodeProof {
  constructor(
    private readonly twoFactors: TwoFactorStore,
    private readonly authenticator: Authenticator,
    private readonly attempts: AttemptsStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Whether the account asks for codes at all. */
  async isAskedOf(accountId: string): Promise<boolean> {
    return isOn(await this.twoFactors.get(accountId));
  }

  /** Spends the code. Throws `identity.code-refused`, `identity.two-factor-not-on` and `identity.too-many-attempts`. */
  async prove(owner: Owner, given: Code): Promise<void> {
    await this.attempts.beginCode(owner.id);
    try {
      await ('code' in given ? this.byApp(owner, given.code) : this.byRecovery(owner, given.recoveryCode));
    } catch (error) {
      this.log.info('second factor refused', { userId: owner.id });
      throw error;
    }
    await this.attempts.codeAccepted(owner.id);
  }

  private async byApp({ id }: Owner, code: string): Promise<void> {
    const current = await this.twoFactors.get(id);
    if (current?.state.status !== 'on') throw refusals.twoFactorNotOn();
    const right = this.authenticator.check(code, { id, secret: current.state.secret }, this.clock.now());
    if (!right) throw refusals.codeRefused();
    await this.twoFactors.change(id, (latest) => useCode(latest, right));
  }

  private async byRecovery(owner: Owner, code: string): Promise<void> {
    const hash = recoveryHashOf(code);
    await this.twoFactors.change(owner.id, (latest) => useRecoveryCode(latest, { owner, hash }, this.clock.now()));
  }
}
