import {
  CompactEncrypt,
  type JWK,
  calculateJwkThumbprint,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
} from 'jose';

const alg = 'ECDH-ES+A256KW';
const enc = 'A256GCM';

export interface SealingKeys {
  /** For whoever sends secrets. */
  readonly publicJwk: JWK;
  /** For the one service that opens them. */
  readonly privateJwk: JWK;
}

/** Makes a pair of keys for one receiving service (P-256, with their thumbprint as `kid`). */
export async function newSealingKeys(): Promise<SealingKeys> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { crv: 'P-256', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const marks = { kid: await calculateJwkThumbprint(publicJwk), alg, use: 'enc' };
  return { publicJwk: { ...publicJwk, ...marks }, privateJwk: { ...(await exportJWK(privateKey)), ...marks } };
}

/** Encrypts a secret to its one receiver, as a compact JWE: how a one-time token travels in an event. */
export async function seal(publicJwk: JWK, plaintext: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg, enc, ...(publicJwk.kid ? { kid: publicJwk.kid } : {}) })
    .encrypt(await importJWK(publicJwk, alg));
}

/** Opens what was sealed to this key. Throws when it was sealed to another one, changed, or made in another way. */
export async function unseal(privateJwk: JWK, jwe: string): Promise<string> {
  const { plaintext } = await compactDecrypt(jwe, await importJWK(privateJwk, alg), {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: [enc],
  });
  return new TextDecoder().decode(plaintext);
}
