import { Injectable, type OnModuleInit } from '@nestjs/common';
import { VerificationKeys } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import {
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  calculateJwkThumbprint,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
} from 'jose';
import { SecretsAtRest } from '../encryption/secrets-at-rest.js';
import { type KeyRing, RING, type SigningKey, begin, published, signer } from './key-ring.js';
import { KeyRingsStore } from './key-rings.store.js';

export const ALGORITHM = 'EdDSA';
/** In ms: how old our picture of the ring may be, and how soon we look again for a key that is not in it. */
const FRESH = 60_000;
const LOOK_AGAIN = 5_000;

/** The keys that access tokens are signed and verified with, from the database; private ones are in clear only in memory. */
@Injectable()
export class SigningKeys extends VerificationKeys implements OnModuleInit {
  private ring: KeyRing = { id: RING, keys: [] };
  private readAt = 0;
  private readonly imported = new Map<string, { readonly kid: string; readonly key: Promise<CryptoKey> }>();

  constructor(
    private readonly rings: KeyRingsStore,
    private readonly cipher: SecretsAtRest,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    const key = await this.generate();
    this.take(await this.rings.change(RING, (ring) => begin(ring, key, this.clock.now())));
    await this.signer(); // a wrong KEY_ENCRYPTION_KEY shall stop the start, not the first sign-in
  }

  /** From now on this instance goes by this ring. */
  take(ring: KeyRing): void {
    this.ring = ring;
    this.readAt = this.clock.now().getTime();
    const left = new Set(ring.keys.map(({ kid }) => kid));
    for (const [name, { kid }] of this.imported) if (!left.has(kid)) this.imported.delete(name);
  }

  /** Another instance has withdrawn it: what has taken its place is looked for at once. */
  override withdraw(kid: string): void {
    this.ring = { ...this.ring, keys: this.ring.keys.filter((key) => key.kid !== kid) };
    void this.read().catch((error: unknown) => {
      this.readAt = 0; // then before the next use
      this.log.warn('the signing keys could not be read', { reason: String(error) });
    });
  }

  async signer(): Promise<{ kid: string; key: CryptoKey }> {
    await this.refresh(FRESH);
    const current = signer(this.ring, this.clock.now());
    if (!current) throw new Error('There is no key to sign access tokens with');
    const jwk = () => JSON.parse(this.cipher.decrypt(current.privateJwk, contextOf(current.kid))) as JWK;
    return { kid: current.kid, key: await this.imports('private', current.kid, jwk) };
  }

  override async keyFor({ kid = '' }: JWTHeaderParameters): Promise<CryptoKey> {
    await this.refresh(FRESH);
    if (!this.find(kid)) await this.refresh(LOOK_AGAIN);
    const key = this.find(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return this.imports('public', kid, () => JSON.parse(key.publicJwk) as JWK);
  }

  /** The public keys, as RFC 7517 wants them: those of this moment, as somebody may ask because he has heard of a new one. */
  async jwks(): Promise<{ keys: JWK[] }> {
    await this.read();
    const keys = published(this.ring, this.clock.now());
    return { keys: keys.map(({ publicJwk }) => JSON.parse(publicJwk) as JWK) };
  }

  private find(kid: string): SigningKey | undefined {
    return published(this.ring, this.clock.now()).find((key) => key.kid === kid);
  }

  private async refresh(maxAge: number): Promise<void> {
    const now = this.clock.now().getTime();
    if (Math.abs(now - this.readAt) < maxAge) return;
    this.readAt = now;
    await this.read();
  }

  private async read(): Promise<void> {
    const ring = await this.rings.get(RING);
    if (ring) this.take(ring);
  }

  private imports(half: 'private' | 'public', kid: string, jwk: () => JWK): Promise<CryptoKey> {
    const name = `${half} ${kid}`;
    const known = this.imported.get(name);
    if (known) return known.key;
    const key = importJWK(jwk(), ALGORITHM).then((imported) => {
      if (imported instanceof Uint8Array) throw new TypeError(`${name} is not an asymmetric key`);
      return imported;
    });
    this.imported.set(name, { kid, key });
    return key;
  }

  /** A new pair, the private half encrypted. */
  async generate(): Promise<Omit<SigningKey, 'activeFrom'>> {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
    const publicJwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    return {
      kid,
      publicJwk: JSON.stringify({ ...publicJwk, kid, alg: ALGORITHM, use: 'sig' }),
      privateJwk: this.cipher.encrypt(JSON.stringify(await exportJWK(privateKey)), contextOf(kid)),
    };
  }
}

/** What the private half of a key is bound to. */
export const contextOf = (kid: string): string => `signing-key:${kid}`;
