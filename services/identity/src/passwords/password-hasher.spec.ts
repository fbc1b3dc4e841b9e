import { hash } from '@node-rs/argon2';
import { Config } from '../config.js';
import { PasswordHasher } from './password-hasher.js';

const settings = { KEY_ENCRYPTION_KEY: `${'A'.repeat(43)}=`, NOTIFY_SEALING_PUBLIC_KEY: '{"kty":"EC","crv":"P-256"}' };
const hasherWith = async (more: Record<string, number> = {}) => {
  const config = Config.parse({ ...settings, ...more });
  const hasher = new PasswordHasher(config as ConstructorParameters<typeof PasswordHasher>[0]);
  await hasher.onModuleInit();
  return hasher;
};

describe('password hashes', () => {
  it('are argon2id with 46 MiB, one pass, one lane, and salted', async () => {
    const hasher = await hasherWith();
    const hashed = await hasher.hash('correct-horse-battery');
    expect(hashed).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    expect(await hasher.hash('correct-horse-battery')).not.toBe(hashed);
    expect(await hasher.matches('correct-horse-battery', hashed)).toBe(true);
    expect(await hasher.matches('correct-horse-batterY', hashed)).toBe(false);
  });

  it('do not depend on how a system writes an accent', async () => {
    const hasher = await hasherWith();
    expect(await hasher.matches('caf\u0065\u0301-au-lait', await hasher.hash('caf\u00e9-au-lait'))).toBe(true);
  });

  it('are outdated when they were made with other parameters', async () => {
    const hasher = await hasherWith();
    expect(hasher.isOutdated(await hasher.hash('correct-horse-battery'))).toBe(false);
    expect(hasher.isOutdated(await hash('correct-horse-battery', { memoryCost: 19_456, timeCost: 2 }))).toBe(true);
  });

  it('are compared for an unknown address too, and never match', async () => {
    const hasher = await hasherWith({ PASSWORD_HASHES_AT_ONCE: 1, PASSWORD_HASHES_WAITING: 1 });
    expect(await hasher.matches('', undefined)).toBe(false);
    const three = await Promise.allSettled(Array.from({ length: 3 }, () => hasher.matches('', undefined)));
    expect(three.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']); // there was work to queue for
  });

  it('are refused instead of piling up', async () => {
    const hasher = await hasherWith({ PASSWORD_HASHES_AT_ONCE: 1, PASSWORD_HASHES_WAITING: 3 });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => hasher.hash('correct-horse-battery')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(16);
    expect(refused[0]).toMatchObject({ reason: { code: 'identity.too-busy', status: 429 } });
  });
});
