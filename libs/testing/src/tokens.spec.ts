import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Issuer, startIssuer } from './tokens.js';

describe('the issuer of test tokens', () => {
  let issuer: Issuer;
  beforeAll(async () => (issuer = await startIssuer()));
  afterAll(() => issuer.close());

  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(issuer.env.JWKS_URL)), {
      issuer: issuer.env.JWT_ISSUER,
      audience: issuer.env.JWT_AUDIENCE,
      algorithms: ['EdDSA', 'ES256'],
      typ: 'at+jwt',
    });

  it('signs what its own JWKS verifies', async () => {
    const { payload } = await verify(await issuer.token({ sub: 'u1', roles: ['ADMIN'], sid: 's1' }));
    expect(payload).toMatchObject({ sub: 'u1', sid: 's1', roles: ['ADMIN'], email_verified: true });
  });

  it.each([
    [{ expiresIn: -60 }, '"exp" claim timestamp check failed'],
    [{ issuer: 'https://elsewhere.example' }, 'unexpected "iss" claim value'],
    [{ audience: 'another' }, 'unexpected "aud" claim value'],
    [{ typ: 'JWT' }, 'unexpected "typ" JWT header value'],
    [{ alg: 'none' as const }, '"alg" (Algorithm) Header Parameter value not allowed'],
    [{ alg: 'HS256' as const }, '"alg" (Algorithm) Header Parameter value not allowed'],
    [{ forged: true }, 'signature verification failed'],
  ])('makes tokens that must be refused: %j', async (abuse, why) => {
    await expect(verify(await issuer.token({ sub: 'u1', ...abuse }))).rejects.toThrow(why);
  });
});
