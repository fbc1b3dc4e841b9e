import { Undecryptable } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { SecretPlace } from '../encryption/secret-place.js';
import { SecretsAtRest } from '../encryption/secrets-at-rest.js';
import { contextOf } from './authenticator.js';
import { type TwoFactor, reencrypt } from './two-factor.js';
import { TwoFactorStore } from './two-factor.store.js';

/** The secrets of authenticator apps. */
@Injectable()
export class AuthenticatorSecrets extends SecretPlace {
  readonly name = 'authenticators';

  constructor(
    private readonly twoFactors: TwoFactorStore,
    private readonly cipher: SecretsAtRest,
    private readonly log: Log,
  ) {
    super();
  }

  left(): Promise<number> {
    return this.twoFactors.countUnlike(this.cipher.upToDate);
  }

  async renew(after: string, limit: number): Promise<{ renewed: number; last?: string }> {
    const outdated = await this.twoFactors.unlike(this.cipher.upToDate, { after, limit });
    let renewed = 0;
    for (const twoFactor of outdated) if (await this.renewOne(twoFactor)) renewed += 1;
    const last = outdated.at(-1)?.id;
    return { renewed, ...(last === undefined ? {} : { last }) };
  }

  /** False for one that no key here can read: its owner is helped by a reset, and the others do not wait for that. */
  private async renewOne(twoFactor: TwoFactor): Promise<boolean> {
    const { id, state } = twoFactor;
    if (state.status === 'off') return false;
    try {
      const secret = this.cipher.anew(state.secret, contextOf(id));
      await this.twoFactors.change(id, (current) => reencrypt(current ?? twoFactor, state.secret, secret));
      return true;
    } catch (error) {
      if (!(error instanceof Undecryptable)) throw error;
      this.log.error('the secret of an authenticator app cannot be read', error, { userId: id });
      return false;
    }
  }
}
