import { createHmac, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { CompactEncrypt, type JWK, SignJWT, exportJWK } from 'jose';
import { Caller, Roles } from '../src/index.js';
import { AUDIENCE, type Claims, ISSUER, type KeyPair, craft, newKey, publicJwk, sign } from './issuer.js';
import { type World, startWorld } from './world.js';

@Controller('guarded')
@Roles('ADMIN')
class Guarded {
  @Get() open(@Caller() caller: Caller): Caller {
    return caller;
  }
}

const admin: Claims = { sub: 'ada', roles: ['ADMIN'] };
const header = { alg: 'EdDSA', kid: 'k1', typ: 'at+jwt' };
const seconds = () => Math.floor(Date.now() / 1_000);

/** RFC 8725, and what is known to have worked against others. */
describe('an access token that somebody has made', () => {
  let world: World;
  /** The issuer's key, as an attacker knows it: its public half. */
  let jwk: JWK;
  const own = newKey('k1');
  beforeAll(async () => {
    world = await startWorld([Guarded]);
    jwk = world.jwks.keys[0] ?? {};
    await world.call('GET', '/guarded', { as: admin }); // the keys have been fetched
  });
  afterAll(() => world.close());

  const call = async (token: string) => {
    const { status, body, headers } = await world.call('GET', '/guarded', { token });
    return { status, code: body['code'], challenge: headers.get('www-authenticate') };
  };
  const refused = { status: 401, code: 'http.token-refused', challenge: 'Bearer error="invalid_token"' };
  const bySecret =
    (secret: string | Buffer, hash = 'sha256') =>
    (input: string) =>
      createHmac(hash, secret).update(input).digest('base64url');
  const byKey =
    ({ privateKey }: KeyPair) =>
    (input: string) =>
      signBytes(null, Buffer.from(input), privateKey).toString('base64url');

  it('is taken when identity has made it: the refusals below are not for another reason', async () => {
    expect((await call(await world.token(admin))).status).toBe(200);
    expect((await call(craft(header, admin, byKey(world.key)))).status).toBe(200);
  });

  it.each(['none', 'None', 'nOnE', 'NONE', '', null, undefined, ['none']])('unsigned, as alg %j', async (alg) => {
    for (const signature of ['', 'x', byKey(own)('x')])
      expect(await call(craft({ ...header, alg }, admin, () => signature))).toEqual(refused);
  });

  it.each(['HS256', 'HS384', 'HS512'])('by %s with the public key for a secret', async (alg) => {
    const raw = Buffer.from(jwk.x ?? '', 'base64url');
    for (const secret of [JSON.stringify(jwk), jwk.x ?? '', raw, JSON.stringify({ keys: [jwk] }), '', 'secret'])
      expect(await call(craft({ ...header, alg }, admin, bySecret(secret, `sha${alg.slice(2)}`)))).toEqual(refused);
  });

  it.each(['ES256', 'ES384', 'RS256', 'PS256', 'Ed448', 'ES256K', 'dir'])(
    'that says %s of a signature by an Ed25519 key, or is signed so under a known kid',
    async (alg) => {
      expect(await call(craft({ ...header, alg }, admin, byKey(world.key)))).toEqual(refused);
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const ecdsa = (input: string) =>
        signBytes('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
      expect(await call(craft({ ...header, alg }, admin, ecdsa))).toEqual(refused);
    },
  );

  it('with the signature that every verifier without a check of the numbers takes (r = s = 0)', async () => {
    for (const length of [64, 96, 132])
      expect(
        await call(craft({ ...header, alg: 'ES256' }, admin, () => Buffer.alloc(length).toString('base64url'))),
      ).toEqual(refused);
    expect(await call(craft(header, admin, () => Buffer.alloc(64).toString('base64url')))).toEqual(refused);
  });

  it.each<[string, unknown]>([
    ['a path', '../../../../dev/null'],
    ['an absolute path', '/proc/self/environ'],
    ['SQL', "k1' UNION SELECT 'secret' -- "],
    ['a database operator', { $ne: null }],
    ['a list', ['k1']],
    ['a URL', 'https://evil.example/key'],
    ['a command', 'k1|whoami'],
    ['a NUL byte', 'k1\0'],
    ['the prototype', '__proto__'],
    ['a method', 'constructor'],
    ['a number', 0],
    ['nothing', undefined],
    ['a megabyte less than headers may have', 'k'.repeat(8_000)],
  ])('by the maker’s own key, with %s for a kid', async (_what, kid) => {
    expect(await call(craft({ ...header, kid }, admin, byKey(own)))).toEqual(refused);
  });

  it('that brings its key along: jwk, jku, x5u, x5c, each also beside a known kid', async () => {
    const mine = await publicJwk(own);
    const x5c = [own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')];
    const elsewhere = `${world.jwks.url}?attacker`;
    for (const more of [
      { jwk: mine },
      { jku: elsewhere },
      { x5u: elsewhere },
      { x5c },
      { jwk: mine, jku: elsewhere, x5u: elsewhere, x5c },
    ])
      for (const kid of ['k1', 'of-the-attacker', undefined])
        expect(await call(craft({ ...header, ...more, kid }, admin, byKey(own)))).toEqual(refused);
  });

  it('by identity is taken for its own sake, whatever key it brings along', async () => {
    const token = await sign(world.key, admin, { jku: 'https://evil.example/', jwk: await publicJwk(own) });
    expect((await call(token)).status).toBe(200);
  });

  it('that demands an extension which nobody here understands (crit), or is not encoded (b64)', async () => {
    for (const more of [
      { crit: ['exp'], exp: 1 },
      { crit: ['b64'], b64: false },
      { crit: [] },
      { crit: 'x' },
      { crit: ['lyceum'], lyceum: true },
    ])
      expect(await call(craft({ ...header, ...more }, admin, byKey(world.key)))).toEqual(refused);
  });

  it('that is encrypted instead of signed, or signed inside of another one', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const plain = new TextEncoder().encode(JSON.stringify({ iss: ISSUER, aud: AUDIENCE, ...admin }));
    const jwe = await new CompactEncrypt(plain)
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt(publicKey);
    expect(await call(jwe)).toEqual(refused);
    const inner = await world.token(admin);
    const nested = `${Buffer.from(JSON.stringify({ ...header, cty: 'JWT' })).toString('base64url')}.${Buffer.from(inner).toString('base64url')}`;
    expect(await call(`${nested}.${byKey(world.key)(nested)}`)).toEqual(refused);
  });

  it('with a signature of the right key over something else', async () => {
    const [head = '', payload = '', signature = ''] = (await world.token({ ...admin, roles: ['STUDENT'] })).split('.');
    const [, mine = ''] = craft(header, admin, () => '').split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const token of [
      `${head}.${mine}.${signature}`,
      `${head}.${payload}.${flipped}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}.${payload}.${signature}.${signature}`,
      `${head}.${payload}.${signature}=`,
    ])
      expect([token, await call(token)]).toEqual([token, refused]);
  });

  const lies: Record<string, Claims> = {
    'for nobody': { aud: undefined },
    'for another audience': { aud: 'lyceum-staging' },
    'for an audience of another letter case': { aud: 'Lyceum' },
    'for audiences that are no names': { aud: { 0: 'lyceum' } },
    'of no issuer': { iss: undefined },
    'of an issuer whose name begins alike': { iss: `${ISSUER}.evil.example` },
    'of an issuer with a slash more': { iss: `${ISSUER}/` },
    'of several issuers': { iss: [ISSUER, 'https://evil.example'] },
    'that has expired': { exp: seconds() - 6 },
    'that expires at a word': { exp: 'never' },
    'that expires never': { exp: null },
    'that is not valid yet': { nbf: seconds() + 60 },
    'that is valid from a word': { nbf: 'always' },
    'that was issued at a word': { iat: 'today' },
    'of nobody': { sub: undefined },
    'of somebody without a name': { sub: '' },
    'of no session': { sid: undefined },
    'of an operator for a session': { sid: { $gt: '' } },
    'without roles': { roles: undefined },
    'with roles in a sentence': { roles: 'STUDENT ADMIN' },
    'with a role in small letters': { roles: ['admin'] },
    'with roles by a name of another system': { roles: undefined, scope: 'ADMIN', role: 'ADMIN', groups: ['ADMIN'] },
    'that says not whether the address is proven': { email_verified: undefined },
    'whose address is proven by a word': { email_verified: 'true' },
    'with a level that there is not': { acr: 'aal3', auth_time: seconds() },
    'proven at a word': { acr: 'aal2', auth_time: 'now' },
  };
  it.each(Object.entries(lies))('by identity itself, but %s', async (_what, claims) => {
    expect(await call(await world.token({ ...admin, ...claims }))).toEqual(refused);
  });

  it.each(['JWT', 'jwt', 'id+jwt', 'rt+jwt', 'at+jwt2', '', undefined])(
    'by identity itself, but of type %j',
    async (typ) => {
      const signed = await world.token(admin);
      expect((await call(signed)).status).toBe(200);
      const other = await sign(own, admin, { typ });
      expect(await call(other)).toEqual(refused);
    },
  );

  it('that is huge, or no token at all, costs little', async () => {
    const begun = performance.now();
    for (const text of [
      'x'.repeat(12_000),
      '.'.repeat(12_000),
      'e30.'.repeat(3_000),
      randomBytes(6_000).toString('base64url'),
      'null',
      'e30.e30.e30',
      '{}.{}.{}',
    ])
      expect(await call(text)).toEqual(refused);
    expect(performance.now() - begun).toBeLessThan(5_000);
    const { status } = await world.call('GET', '/guarded', { token: 'x'.repeat(40_000) });
    expect(status).toBe(431);
  });

  it('is refused without a word in the log, and without having its key fetched again and again', async () => {
    const fetched = world.jwks.fetches;
    for (let i = 0; i < 50; i += 1) expect(await call(await sign(newKey(`unknown-${i}`), admin))).toEqual(refused);
    expect(world.jwks.fetches - fetched).toBeLessThanOrEqual(1);
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('the key of another kind', () => {
  it('verifies nothing that says another algorithm than the key is for', async () => {
    const world = await startWorld([Guarded]);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    world.jwks.keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }];
    const claims = { iss: ISSUER, aud: AUDIENCE, sid: 's', email_verified: true, ...admin };
    const signed = (alg: string) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid: 'k1', typ: 'at+jwt' }).setIssuedAt().setExpirationTime('5m');
    const good = await signed('ES256').sign(privateKey);
    expect((await world.call('GET', '/guarded', { token: good })).status).toBe(200);
    const [, payload, signature] = good.split('.');
    const head = Buffer.from(JSON.stringify({ ...header, alg: 'EdDSA' })).toString('base64url');
    expect((await world.call('GET', '/guarded', { token: `${head}.${payload}.${signature}` })).status).toBe(401);
    await world.close();
  });
});
