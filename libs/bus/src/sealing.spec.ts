import { CompactEncrypt, importJWK } from 'jose';
import { newSealingKeys, seal, unseal } from './sealing.js';

describe('a secret in an event', () => {
  const token = 'one-time-token-ü-🔑';

  test('is opened by its receiver, and is not readable on the way', async () => {
    const { publicJwk, privateJwk } = await newSealingKeys();
    const sealed = await seal(publicJwk, token);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('one-time');
    expect(await unseal(privateJwk, sealed)).toBe(token);
    expect(await seal(publicJwk, token)).not.toBe(sealed);
  });

  test('the public key holds nothing private and is named by its thumbprint', async () => {
    const { publicJwk, privateJwk } = await newSealingKeys();
    expect(publicJwk.d).toBeUndefined();
    expect(publicJwk.kid).toHaveLength(43);
    expect(privateJwk.kid).toBe(publicJwk.kid);
  });

  test('that was sealed to another receiver is not opened', async () => {
    const [mine, other] = [await newSealingKeys(), await newSealingKeys()];
    await expect(unseal(mine.privateJwk, await seal(other.publicJwk, token))).rejects.toBeInstanceOf(Error);
  });

  test.each([0, 1, 2, 3, 4])('that was changed in part %i of the five is not opened', async (part) => {
    const { publicJwk, privateJwk } = await newSealingKeys();
    const parts = (await seal(publicJwk, token)).split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    parts[part] = bytes.toString('base64url');
    await expect(unseal(privateJwk, parts.join('.'))).rejects.toBeInstanceOf(Error);
  });

  test('that was sealed with another algorithm is not opened', async () => {
    const { publicJwk, privateJwk } = await newSealingKeys();
    const jwe = await new CompactEncrypt(Buffer.from(token))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128CBC-HS256' })
      .encrypt(await importJWK({ ...publicJwk, alg: 'ECDH-ES' }, 'ECDH-ES'));
    await expect(unseal(privateJwk, jwe)).rejects.toThrow(/alg|not allowed/i);
  });
});
