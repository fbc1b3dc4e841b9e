import { createHmac } from 'node:crypto';
import { calculateJwkThumbprint, errors } from 'jose';
import { RemoteKeys, TokenVerifier, VerificationKeys } from '../src/index.js';
import { eventually } from './eventually.js';
import { AUDIENCE, type Claims, ISSUER, Jwks, craft, newKey, publicJwk, sign } from './issuer.js';

const expected = { issuer: ISSUER, audience: AUDIENCE };

describe('access tokens', () => {
  const key = newKey('k1');
  const attacker = newKey('k1');
  const jwks = new Jwks();
  let verifier: TokenVerifier;
  beforeAll(async () => {
    jwks.keys = [await publicJwk(key)];
    await jwks.start();
    verifier = new TokenVerifier(new RemoteKeys(jwks.url), expected);
  });
  afterAll(() => jwks.stop());

  const codeOf = (token: string) =>
    verifier.verify(token).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  const refused = 'http.token-refused';

  it('a good one says who calls', async () => {
    expect(await verifier.verify(await sign(key))).toEqual({
      id: 'ada',
      sessionId: 's1',
      roles: ['STUDENT'],
      verified: true,
    });
  });

  const abuses: Record<string, Claims> = {
    'that has expired': { expiresIn: -6 },
    'of another issuer': { iss: 'https://elsewhere.example' },
    'for another audience': { aud: 'another' },
    'that is not valid yet': { nbf: Math.floor(Date.now() / 1_000) + 60 },
    'without an expiry': { exp: undefined },
    'without a time of issue': { iat: undefined },
    'of nobody': { sub: '' },
    'of no session': { sid: undefined },
    'with a role that there is not': { roles: ['ROOT'] },
    'with roles that are no list': { roles: 'ADMIN' },
    'that does not say whether the address is proven': { email_verified: 'yes' },
  };
  it.each(Object.entries(abuses))('one %s is refused', async (_what, claims) => {
    expect(await codeOf(await sign(key, claims))).toBe(refused);
  });
  it('five seconds of clock difference are forgiven', async () => {
    expect(await codeOf(await sign(key, { expiresIn: -3 }))).toBe('accepted');
  });
  it.each([undefined, 'JWT', 'id+jwt', 'refresh+jwt'])('one of type %s is refused', async (typ) => {
    expect(await codeOf(await sign(key, {}, { typ }))).toBe(refused);
  });

  it('an unsigned one is refused', async () => {
    for (const alg of ['none', 'None', 'NONE', ''])
      expect(await codeOf(craft({ alg, kid: 'k1', typ: 'at+jwt' }, {}, () => ''))).toBe(refused);
  });
  it('one that is signed with the public key as a shared secret is refused', async () => {
    const secrets = [
      key.publicKey.export({ type: 'spki', format: 'pem' }),
      key.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(await publicJwk(key)),
    ];
    for (const secret of secrets) {
      const hmac = (input: string) => createHmac('sha256', secret).update(input).digest('base64url');
      expect(await codeOf(craft({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' }, {}, hmac))).toBe(refused);
    }
  });
  it('one that a foreign key has signed under a known kid is refused', async () => {
    expect(await codeOf(await sign(attacker))).toBe(refused);
  });
  it('one whose claims were changed after it was signed is refused', async () => {
    const [head, , signature] = (await sign(key)).split('.');
    const [, payload] = (await sign(attacker, { roles: ['ADMIN'] })).split('.');
    expect(await codeOf(`${head}.${payload}.${signature}`)).toBe(refused);
  });
  it('a kid is a name, never a place or a query', async () => {
    for (const kid of ['../../etc/passwd', "k1' OR '1'='1", 'https://evil.example/jwks', '__proto__', 'k1\0', '', 'K1'])
      expect(await codeOf(await sign(attacker, {}, { kid }))).toBe(refused);
  });
  it('keys that a token brings along are not looked at', async () => {
    const evil = new Jwks();
    const jwk = await publicJwk(attacker);
    evil.keys = [jwk];
    await evil.start();
    const mine = await calculateJwkThumbprint(jwk);
    for (const header of [
      { jwk },
      { jku: evil.url },
      { jku: evil.url, kid: mine },
      { x5u: evil.url },
      { jwk, kid: mine },
    ])
      expect(await codeOf(await sign(attacker, {}, header))).toBe(refused);
    expect(evil.fetches).toBe(0);
    await evil.stop();
  });
  it('what is no token at all is refused', async () => {
    for (const text of ['', 'x', 'a.b.c', '..', `${'x'.repeat(5_000)}.x.x`, 'e30.e30.'])
      expect(await codeOf(text)).toBe(refused);
  });
});

describe('the keys of identity', () => {
  const key = newKey('k1');
  const jwks = new Jwks();
  let now: number;
  let verifier: TokenVerifier;
  beforeEach(async () => {
    Object.assign(jwks, { fetches: 0, mode: 'up', keys: [await publicJwk(key)] });
    now = 0;
    await jwks.start();
    verifier = new TokenVerifier(new RemoteKeys(jwks.url, () => now), expected);
  });
  afterEach(() => jwks.stop());

  const codeOf = (token: string) =>
    verifier.verify(token).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  const good = () => sign(key).then(codeOf);
  const unknown = (kid = 'made-up') => sign(newKey(kid)).then(codeOf);

  it('are fetched once for all who wait, and kept for ten minutes', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign(key)));
    expect(new Set(await Promise.all(tokens.map(codeOf)))).toEqual(new Set(['accepted']));
    now += 599_000;
    await good();
    expect(jwks.fetches).toBe(1);
  });
  it('a flood of unknown ones costs one fetch in 30 s', async () => {
    await good();
    now += 30_000;
    for (let i = 0; i < 50; i += 1) expect(await unknown(`made-up-${i}`)).toBe('http.token-refused');
    expect(jwks.fetches).toBe(2);
    now += 29_999;
    await Promise.all(Array.from({ length: 50 }, () => unknown()));
    expect(jwks.fetches).toBe(2);
    now += 1;
    await Promise.all(Array.from({ length: 50 }, () => unknown()));
    expect(jwks.fetches).toBe(3);
  });
  it('a new one is found when it is first used', async () => {
    await good();
    const next = newKey('k2');
    jwks.keys = [await publicJwk(key), await publicJwk(next)];
    now += 30_000;
    expect(await codeOf(await sign(next))).toBe('accepted');
    expect(await good()).toBe('accepted');
  });
  it('one that was taken back is no longer believed after ten minutes', async () => {
    await good();
    jwks.keys = [await publicJwk(newKey('k2'))];
    now += 600_001;
    await good(); // fetches beside it
    await unknown(); // waits for that
    expect(await good()).toBe('http.token-refused');
  });
  it('one that is withdrawn is believed no more at once, also while an old JWKS has it, and the one in its place is fetched', async () => {
    const keys = new RemoteKeys(jwks.url, () => now);
    verifier = new TokenVerifier(keys, expected);
    const nameless = await sign(key, {}, { kid: undefined });
    expect([await good(), await codeOf(nameless)]).toEqual(['accepted', 'accepted']);
    await unknown(); // from now on made-up keys cost nothing for 30 s
    const next = newKey('k2');
    jwks.keys = [await publicJwk(key), await publicJwk(next)];
    keys.withdraw('k1');
    const found = async () => expect(await codeOf(await sign(next))).toBe('accepted');
    await eventually(found);
    expect([await good(), await codeOf(nameless)]).toEqual(['http.token-refused', 'http.token-refused']);
    const { fetches } = jwks;
    keys.withdraw('k1');
    for (let i = 0; i < 20; i += 1) await good();
    expect(jwks.fetches).toBe(fetches);
    now += 3_599_000;
    await jwks.stop();
    expect(await good()).toBe('http.token-refused');
  });
  it.each(['away', 'failing', 'nonsense'] as const)(
    'identity %s: not available, instead of "your token is bad"; then it recovers',
    async (how) => {
      if (how === 'away') await jwks.stop();
      else jwks.mode = how;
      expect(await good()).toBe('http.unavailable');
      if (how === 'away') await jwks.start();
      else jwks.mode = 'up';
      expect(await good()).toBe('http.unavailable'); // within a second it is not asked again
      now += 1_000;
      expect(await good()).toBe('accepted');
    },
  );
  it('identity is not run over while it is away', async () => {
    jwks.mode = 'failing';
    for (let i = 0; i < 50; i += 1) expect(await good()).toBe('http.unavailable');
    expect(jwks.fetches).toBe(1);
  });
  it('those at hand stay good for an hour while identity is away', async () => {
    await good();
    await jwks.stop();
    now += 3_599_000;
    expect(await good()).toBe('accepted');
    expect(await unknown()).toBe('http.unavailable'); // it may be a new one
    now += 2_000;
    expect(await good()).toBe('http.unavailable');
    await jwks.start();
    now += 1_000;
    expect(await good()).toBe('accepted');
  });
  it('a database that is away is no bad token either, in identity itself', async () => {
    class Own extends VerificationKeys {
      override withdraw(): void {}
      override keyFor(): never {
        throw new Error('the database is away');
      }
    }
    const own = new TokenVerifier(new Own(), expected);
    await expect(own.verify(await sign(key))).rejects.toMatchObject({
      code: 'http.unavailable',
      cause: expect.any(Error),
    });
    class Unknown extends VerificationKeys {
      override withdraw(): void {}
      override keyFor(): never {
        throw new errors.JWKSNoMatchingKey();
      }
    }
    await expect(new TokenVerifier(new Unknown(), expected).verify(await sign(key))).rejects.toMatchObject({
      code: 'http.token-refused',
    });
  });
});
