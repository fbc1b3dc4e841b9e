import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { RefreshTokens } from '../src/sessions/refresh-token.js';
import { PASSWORD, Platform, person } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const refused = problem(401, 'identity.refresh-refused');

jest.setTimeout(30_000);

describe('sessions', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);
  const refresh = (refreshToken: string) => platform.post('/auth/refresh', { refreshToken });

  describe('signing in', () => {
    it('gives an access token as every service expects it', async () => {
      const { accessToken, expiresIn, user } = await platform.signedIn('token@example.com');
      const jwks = createRemoteJWKSet(new URL(`${platform.service.url}/.well-known/jwks.json`));
      const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = platform.service.env;
      const { payload, protectedHeader } = await jwtVerify(accessToken, jwks, { issuer, audience, typ: 'at+jwt' });
      expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{43}$/) });
      expect(payload).toEqual({
        iss: issuer,
        aud: audience,
        sub: user.id,
        sid: expect.any(String),
        roles: ['STUDENT'],
        email_verified: false,
        auth_time: payload.iat,
        amr: ['pwd'],
        acr: 'aal1',
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: (payload.iat ?? 0) + 900,
      });
      expect(expiresIn).toBe(900);
      expect(await platform.request('GET', '/me', accessToken)).toMatchObject({
        status: 200,
        body: { id: user.id, email: 'token@example.com', firstName: 'Ada', emailVerified: false, roles: ['STUDENT'] },
      });
    });

    it('does not tell a wrong password from an unknown address', async () => {
      await platform.post('/auth/register', person('known@example.com'));
      const wrong = await platform.post('/auth/sign-in', { email: 'known@example.com', password: 'another-password' });
      const unknown = await platform.post('/auth/sign-in', { email: 'unknown@example.com', password: PASSWORD });
      expect(wrong).toMatchObject(problem(401, 'identity.sign-in-refused'));
      const withoutRequest = (body: unknown) => ({ ...(body as object), instance: '' });
      expect(withoutRequest(unknown.body)).toEqual(withoutRequest(wrong.body));
    });

    it('does not mind the letter case of the address', async () => {
      await platform.post('/auth/register', person('case@example.com'));
      expect((await platform.signIn('CASE@Example.com')).user.id).toBe(
        (await platform.signIn('case@example.com')).user.id,
      );
    });

    it.each([{}, { email: 'a@example.com' }, { email: 'a@example.com', password: { $ne: null } }, []])(
      'refuses the malformed body %j',
      async (body) => {
        expect(await platform.post('/auth/sign-in', body)).toMatchObject(problem(400, 'http.invalid-request'));
      },
    );

    it('hashes the password anew when the parameters have been raised', async () => {
      const { user } = await platform.signedIn('old@example.com');
      const accounts = platform.service.service.app.get(AccountsStore);
      const old = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1 });
      await accounts.change(user.id, (account) => {
        if (!account) throw new Error('gone');
        return { state: { ...account, passwordHash: old }, events: [], changed: true };
      });
      await platform.signIn('old@example.com');
      expect((await accounts.get(user.id))?.passwordHash).toContain('m=47104,t=1,p=1');
      expect((await platform.signIn('old@example.com')).user.id).toBe(user.id);
    });
  });

  describe('guessing', () => {
    const guess = (email: string, from: string, password = 'not-the-password') =>
      platform.post('/auth/sign-in', { email, password }, undefined, { 'x-forwarded-for': from });

    it('is slowed down from wherever it comes, while the owner gets in from where he was before', async () => {
      const email = 'target@example.com';
      await platform.post('/auth/register', person(email));
      expect((await guess(email, '198.51.100.1', PASSWORD)).status).toBe(200);
      const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => guess(email, `203.0.113.${n}`)));
      const evaluated = answers.filter(({ status }) => status === 401);
      expect(evaluated.length).toBeLessThanOrEqual(6);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - evaluated.length);
      const slowed = await guess(email, '203.0.113.99', PASSWORD);
      expect(slowed).toMatchObject(problem(429, 'identity.too-many-attempts'));
      expect(slowed.body).toMatchObject({ retryAfterSeconds: expect.any(Number) });
      expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await guess(email, '198.51.100.1', PASSWORD)).status).toBe(200);
    });

    it('is over for good after none: the owner gets in from anywhere when the delay has passed', async () => {
      const email = 'patient@example.com';
      await platform.post('/auth/register', person(email));
      for (let n = 0; n < 6; n += 1) await guess(email, `192.0.2.${n}`);
      expect((await guess(email, '192.0.2.200', PASSWORD)).status).toBe(429);
      platform.clock.advance(901_000);
      expect((await guess(email, '192.0.2.200', PASSWORD)).status).toBe(200);
      expect((await guess(email, '192.0.2.201')).status).toBe(401);
    });

    it('of many addresses from one place is slowed down too', async () => {
      const answers = [];
      for (let n = 0; n < 33; n += 1) answers.push(await guess(`somebody${n}@example.com`, '192.0.2.77'));
      expect(answers.slice(0, 30).every(({ status }) => status === 401)).toBe(true);
      expect(answers.at(-1)?.status).toBe(429);
    });
  });

  describe('refreshing', () => {
    it('gives new tokens of the same session each time', async () => {
      const first = await platform.signedIn('refresh@example.com');
      const second = await platform.refresh(first.refreshToken);
      const third = await platform.refresh(second.refreshToken);
      expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
      expect(decodeJwt(third.accessToken)['sid']).toBe(decodeJwt(first.accessToken)['sid']);
      expect(decodeJwt(third.accessToken).jti).not.toBe(decodeJwt(first.accessToken).jti);
    });

    it('does not make the proof of who it is any fresher', async () => {
      const { accessToken, refreshToken } = await platform.signedIn('stale@example.com');
      platform.clock.advance(60_000);
      const { auth_time, amr, acr } = decodeJwt((await platform.refresh(refreshToken)).accessToken);
      expect({ auth_time, amr, acr }).toEqual({
        auth_time: decodeJwt(accessToken)['auth_time'],
        amr: ['pwd'],
        acr: 'aal1',
      });
    });

    it('tells of a verification that happened meanwhile', async () => {
      const email = 'meanwhile@example.com';
      const { refreshToken, accessToken } = await platform.signedIn(email);
      expect(decodeJwt(accessToken)['email_verified']).toBe(false);
      await platform.post('/auth/verify-email', { token: await platform.mailedToken(email) });
      expect(decodeJwt((await platform.refresh(refreshToken)).accessToken)['email_verified']).toBe(true);
    });

    it('fifty times at once with one token gives one successor and ends nothing', async () => {
      const { refreshToken } = await platform.signedIn('fifty@example.com');
      const all = await Promise.all(Array.from({ length: 50 }, () => platform.refresh(refreshToken)));
      const successors = new Set(all.map((tokens) => tokens.refreshToken));
      expect(successors.size).toBe(1);
      const [successor = ''] = successors;
      expect((await platform.refresh(successor)).refreshToken).not.toBe(successor);
    });

    it('with a spent token after the grace time ends the session for everyone, and tells its owner', async () => {
      const email = 'theft@example.com';
      const { refreshToken: stolen, accessToken } = await platform.signedIn(email);
      const { refreshToken: kept } = await platform.refresh(stolen);
      platform.clock.advance(11_000);
      expect(await refresh(stolen)).toMatchObject(refused);
      expect(await refresh(kept)).toMatchObject(refused);
      expect(await platform.told('identity.session-compromised.v1', email)).toMatchObject([
        { sessionId: decodeJwt(accessToken)['sid'], firstName: 'Ada' },
      ]);
    });

    it('with the last token but one ends the session also within the grace time', async () => {
      const first = await platform.signedIn('older@example.com');
      const second = await platform.refresh(first.refreshToken);
      const third = await platform.refresh(second.refreshToken);
      expect(await refresh(first.refreshToken)).toMatchObject(refused);
      expect(await refresh(third.refreshToken)).toMatchObject(refused);
    });

    it('with an invented token is refused and ends nothing', async () => {
      const { accessToken, refreshToken } = await platform.signedIn('invented@example.com');
      const sid = String(decodeJwt(accessToken)['sid']);
      expect(await refresh('x'.repeat(86))).toMatchObject(refused);
      expect(await refresh(new RefreshTokens(randomBytes(32)).make(sid).text)).toMatchObject(refused);
      expect((await refresh(refreshToken)).status).toBe(200);
      expect(await refresh('')).toMatchObject(problem(400, 'http.invalid-request'));
    });

    it('is over thirty days after the last use', async () => {
      const { refreshToken } = await platform.signedIn('idle@example.com');
      platform.clock.advance(30 * 86_400_000);
      expect(await refresh(refreshToken)).toMatchObject(refused);
    });

    it('leaves no token in the database', async () => {
      const { refreshToken } = await platform.signedIn('rest@example.com');
      const next = await platform.refresh(refreshToken);
      const stored = await platform.stored();
      expect(stored).toContain('rest@example.com');
      for (const secret of [refreshToken, next.refreshToken, next.accessToken]) expect(stored).not.toContain(secret);
    });
  });

  describe('ending', () => {
    it('by signing out stops refreshing, and may be repeated', async () => {
      const { accessToken, refreshToken } = await platform.signedIn('out@example.com');
      expect((await platform.request('POST', '/auth/sign-out', accessToken)).status).toBe(204);
      expect(await refresh(refreshToken)).toMatchObject(refused);
      expect((await platform.request('POST', '/auth/sign-out', accessToken)).status).toBe(204);
    });

    it('on another device leaves the own one alone', async () => {
      const email = 'devices@example.com';
      const laptop = await platform.signedIn(email);
      platform.clock.advance(1_000);
      const phone = await platform.signIn(email, 'Phone');
      const list = () => platform.request('GET', '/me/sessions', phone.accessToken);
      const both = await list();
      expect(both).toMatchObject({
        status: 200,
        body: {
          items: [
            { userAgent: 'Phone', address: '127.0.0.1', current: true },
            { userAgent: 'Firefox', current: false },
          ],
        },
      });
      const id = String(decodeJwt(laptop.accessToken)['sid']);
      expect((await platform.request('DELETE', `/me/sessions/${id}`, phone.accessToken)).status).toBe(204);
      expect((await list()).body).toMatchObject({ items: [{ userAgent: 'Phone' }] });
      expect(await refresh(laptop.refreshToken)).toMatchObject(refused);
      expect((await refresh(phone.refreshToken)).status).toBe(200);
    });

    it("of somebody else's session looks as if there were none", async () => {
      const [ada, eve] = [await platform.signedIn('ada@example.com'), await platform.signedIn('eve@example.com')];
      const id = String(decodeJwt(ada.accessToken)['sid']);
      const foreign = await platform.request('DELETE', `/me/sessions/${id}`, eve.accessToken);
      const none = await platform.request('DELETE', '/me/sessions/none', eve.accessToken);
      expect(foreign).toMatchObject(problem(404, 'identity.session-not-found'));
      expect(none).toMatchObject(problem(404, 'identity.session-not-found'));
      expect((await refresh(ada.refreshToken)).status).toBe(200);
    });

    it('lists page by page', async () => {
      const email = 'pages@example.com';
      const { accessToken } = await platform.signedIn(email);
      for (const device of ['two', 'three']) await platform.signIn(email, device);
      const first = await platform.request('GET', '/me/sessions?limit=2', accessToken);
      expect(first.body).toMatchObject({ items: [{}, {}], next: expect.any(String) });
      const { next } = first.body as { next: string };
      const last = await platform.request('GET', `/me/sessions?limit=2&after=${next}`, accessToken);
      expect(last.body).toEqual({ items: [expect.anything()] });
      expect(await platform.request('GET', '/me/sessions?after=forged', accessToken)).toMatchObject(
        problem(400, 'http.invalid-cursor'),
      );
      expect(await platform.request('GET', '/me/sessions?limit=0', accessToken)).toMatchObject(
        problem(400, 'http.invalid-request'),
      );
    });
  });

  describe('the own routes', () => {
    const routes = [
      ['GET', '/me'],
      ['GET', '/me/sessions'],
      ['DELETE', '/me/sessions/x'],
      ['POST', '/auth/sign-out'],
    ] as const;

    it.each(routes)('%s %s are closed without a token, and to a forged one', async (method, path) => {
      expect(await platform.request(method, path)).toMatchObject(problem(401, 'http.not-signed-in'));
      const { accessToken } = await platform.signedIn('forger@example.com');
      const [header, , signature] = accessToken.split('.');
      const claims = { ...decodeJwt(accessToken), roles: ['ADMIN'] };
      const forged = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
      expect(await platform.request(method, path, forged)).toMatchObject(problem(401, 'http.token-refused'));
      const foreign = await platform.service.issuer.token({ sub: 'u1' }); // right issuer, key of somebody else
      expect(await platform.request(method, path, foreign)).toMatchObject(problem(401, 'http.token-refused'));
    });
  });

  it('answers 429 beyond what it can hash, and serves other routes meanwhile', async () => {
    const { accessToken } = await platform.signedIn('busy@example.com');
    const flood = Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        platform.post('/auth/sign-in', { email: `flood${n}@example.com`, password: PASSWORD }, undefined, {
          'x-forwarded-for': `10.0.${n}.1`,
        }),
      ),
    );
    const during = await Promise.all(Array.from({ length: 5 }, () => platform.request('GET', '/me', accessToken)));
    expect(during.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const statuses = (await flood).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(await platform.signIn('busy@example.com')).toMatchObject({ tokenType: 'Bearer' });
  }, 30_000);
});
