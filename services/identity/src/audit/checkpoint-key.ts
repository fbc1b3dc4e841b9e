import { type KeyObject, createHash, createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { Config } from '../config.js';

const ALGORITHM = 'EdDSA';
const TYPE = 'lyceum-audit-checkpoint';
/** DER of an Ed25519 private key (RFC 8410), up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const Checkpoint = z.object({ seq: z.int().nonnegative(), hash: z.string(), at: z.iso.datetime() });
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Public half of the key, for who verifies elsewhere. */
export interface CheckpointJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
}

/**
 * Signs how far the audit log was. Its key is made from KEY_ENCRYPTION_KEY, which is in no database (ADR 13); what was signed by one
 * that is only read with now still counts.
 */
@Injectable()
export class CheckpointKey {
  readonly jwk: CheckpointJwk;
  /** All whose words count, the one that signs first. */
  readonly jwks: readonly CheckpointJwk[];
  private readonly key: KeyObject;
  private readonly verifiers: ReadonlyMap<string, KeyObject>;

  constructor(@Inject(CONFIG) { KEY_ENCRYPTION_KEY, KEY_ENCRYPTION_KEYS_READ_ONLY }: Config) {
    this.key = privateKeyOf(KEY_ENCRYPTION_KEY);
    const all = [this.key, ...KEY_ENCRYPTION_KEYS_READ_ONLY.map(privateKeyOf)].map((key) => createPublicKey(key));
    this.jwk = jwkOf(createPublicKey(this.key));
    this.jwks = all.map(jwkOf);
    this.verifiers = new Map(all.map((key) => [jwkOf(key).kid, key]));
  }

  get kids(): readonly string[] {
    return [...this.verifiers.keys()];
  }

  sign(checkpoint: Checkpoint): Promise<string> {
    return new CompactSign(Buffer.from(JSON.stringify(checkpoint)))
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.jwk.kid })
      .sign(this.key);
  }

  /** What one of the keys has signed, or undefined for anything else. */
  async read(jws: string): Promise<Checkpoint | undefined> {
    try {
      const key = this.verifiers.get(decodeProtectedHeader(jws).kid ?? '');
      if (!key) return undefined;
      const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
      if (protectedHeader.typ !== TYPE) return undefined;
      return Checkpoint.parse(JSON.parse(Buffer.from(payload).toString()));
    } catch {
      return undefined;
    }
  }
}

function privateKeyOf(secret: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), '', 'lyceum audit checkpoint', 32));
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

function jwkOf(key: KeyObject): CheckpointJwk {
  const { x = '' } = key.export({ format: 'jwk' });
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid };
}
