import { Injectable } from '@nestjs/common';
import { SecretPlace } from '../encryption/secret-place.js';
import { SecretsAtRest } from '../encryption/secrets-at-rest.js';
import { type KeyRing, RING, type SigningKey, reencrypt } from './key-ring.js';
import { KeyRingsStore } from './key-rings.store.js';
import { contextOf } from './signing-keys.js';

/** The private halves of the keys that access tokens are signed with. */
@Injectable()
export class SigningKeySecrets extends SecretPlace {
  readonly name = 'signing-keys';

  constructor(
    private readonly rings: KeyRingsStore,
    private readonly cipher: SecretsAtRest,
  ) {
    super();
  }

  async left(): Promise<number> {
    return this.outdated(await this.rings.get(RING)).length;
  }

  async renew(): Promise<{ renewed: number }> {
    const ring = await this.rings.get(RING);
    const outdated = this.outdated(ring);
    if (!ring || outdated.length === 0) return { renewed: 0 };
    const anew = new Map(
      outdated.map(({ kid, privateJwk }) => [privateJwk, this.cipher.anew(privateJwk, contextOf(kid))]),
    );
    await this.rings.change(RING, (current) => reencrypt(current ?? ring, anew));
    return { renewed: outdated.length };
  }

  private outdated(ring: KeyRing | undefined): readonly SigningKey[] {
    return (ring?.keys ?? []).filter(({ privateJwk }) => this.cipher.isOutdated(privateJwk));
  }
}
