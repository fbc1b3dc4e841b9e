import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { Browser } from './browser.js';
import { Tokens } from './platform.js';
import { HOME, PUBLIC, ProvidersWorld } from './providers-world.js';
import { CLIENT } from './real-provider.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const refusedAttempt = { status: 400, body: expect.stringContaining('Begin again') };

jest.setTimeout(60_000);

describe('signing in at a provider', () => {
  const world = new ProvidersWorld();
  const { platform } = world;
  beforeAll(() => world.start(), 60_000);
  afterAll(() => world.close(), 30_000);

  const somebody: ProvidersWorld['somebody'] = (...about) => world.somebody(...about);
  const through: ProvidersWorld['through'] = (...how) => world.through(...how);
  const signIn: ProvidersWorld['signIn'] = (...who) => world.signIn(...who);
  const begin: ProvidersWorld['begin'] = (...how) => world.begin(...how);
  const codeOf = (location: URL) => location.searchParams.get('external_code') ?? '';
  const exchange = (browser: Browser, code: string) => browser.exchange(code);

  /** With a Host of one's own, which fetch does not allow. */
  const beginAs = (host: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = {
        host,
        'x-forwarded-host': host,
        'x-forwarded-proto': 'https',
        'content-type': 'application/json',
      };
      const url = `${platform.service.url}/auth/external/campus/begin`;
      const asking = request(url, { method: 'POST', headers }, (answer) => void json(answer).then(resolve, reject));
      asking.on('error', reject).end('{}');
    });

  it('lists the providers, without what is ours alone', async () => {
    const { status, body } = await platform.request('GET', '/auth/providers');
    expect([status, body]).toEqual([
      200,
      {
        items: [
          { id: 'campus', name: 'Campus' },
          { id: 'guild', name: 'Guild' },
          { id: 'away', name: 'Away' },
        ],
      },
    ]);
  });

  it('opens an account at the first time, and leads to the same one ever after', async () => {
    const email = somebody('first');
    const { accessToken, user } = await signIn('first');
    expect(user).toMatchObject({ emailVerified: true, roles: ['STUDENT'] });
    expect(await platform.told('identity.user-registered.v1', email)).toMatchObject([
      { firstName: 'Ada', lastName: 'Byron' },
    ]);
    expect(await platform.told('identity.email-verified.v1', email)).toHaveLength(1);
    expect(await platform.told('identity.external-identity-linked.v1', email)).toMatchObject([{ provider: 'Campus' }]);
    expect(decodeJwt(accessToken)).toMatchObject({ amr: ['fed'], acr: 'aal1' });
    world.campus.people.set('first', { email: 'another@example.com', email_verified: true });
    expect((await signIn('first')).user.id).toBe(user.id);
    expect(
      platform.service.bus
        .ofType('identity.user-registered.v1')
        .filter(({ data }) => JSON.stringify(data).includes('another@')),
    ).toEqual([]);
  });

  it('asks with state, nonce and PKCE by S256, and for an address that no header can change', async () => {
    const body = await beginAs('evil.example');
    const { searchParams, origin } = new URL(z.object({ authorizationUrl: z.url() }).parse(body).authorizationUrl);
    expect(origin).toBe(world.campus.issuer);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: `${PUBLIC}/auth/external/campus/callback`,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('binds the attempt to the browser by a cookie that scripts cannot read, and forgets it in the end', async () => {
    somebody('cookie');
    const begun = await platform.post('/auth/external/campus/begin', {});
    expect(begun.headers.get('cache-control')).toBe('no-store');
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^lyceum-sign-in-[\w-]{16}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ]);
    const { browser, location, headers } = await through('cookie');
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
    expect(`${location.origin}${location.pathname}`).toBe(HOME);
    expect(browser.cookies).toHaveLength(1);
    const { headers: answered } = await exchange(browser, codeOf(location));
    expect(answered.get('cache-control')).toBe('no-store');
    expect(browser.cookies).toEqual([]);
  });

  it('leaves nothing in the database by which anybody could go on with an attempt', async () => {
    somebody('kept');
    const browser = new Browser(platform);
    const url = await begin(browser);
    const back = await browser.signInAt(url, 'kept');
    const open = await platform.stored();
    const { headers } = await browser.comeBack(back);
    const proven = await platform.stored();
    const secrets = ['state', 'nonce', 'code_challenge'].map((name) => url.searchParams.get(name) ?? '');
    const code = codeOf(new URL(headers.get('location') ?? ''));
    for (const secret of [...secrets, code, back.searchParams.get('code') ?? '']) {
      expect(secret).not.toBe('');
      expect(open).not.toContain(secret);
      expect(proven).not.toContain(secret);
    }
  });

  describe('the answer of the provider', () => {
    it('counts once, also when it comes ten times at once', async () => {
      somebody('twice');
      const browser = new Browser(platform);
      const back = await browser.signInAt(await begin(browser), 'twice');
      const answers = await Promise.all(Array.from({ length: 10 }, () => browser.comeBack(back)));
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
      expect(await browser.comeBack(back)).toMatchObject(refusedAttempt);
    });

    it.each([
      ['no state', (url: URL) => url.searchParams.delete('state')],
      ['another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
      ['two states', (url: URL) => url.searchParams.append('state', 'x'.repeat(43))],
    ])('is refused with %s, and no session comes of it', async (_, change) => {
      somebody('stateless');
      const browser = new Browser(platform);
      const back = await browser.signInAt(await begin(browser), 'stateless');
      change(back);
      const { status, headers, body } = await browser.comeBack(back);
      expect({ status, body }).toEqual(refusedAttempt);
      expect([headers.get('location'), headers.get('content-security-policy')]).toEqual([
        null,
        expect.stringContaining("default-src 'none'"),
      ]);
    });

    it('is refused in another browser, and spends nothing of the attempt', async () => {
      somebody('victim');
      const browser = new Browser(platform);
      const back = await browser.signInAt(await begin(browser), 'victim');
      expect(await new Browser(platform).comeBack(back)).toMatchObject(refusedAttempt);
      const busy = new Browser(platform);
      await begin(busy);
      expect(await busy.comeBack(back)).toMatchObject(refusedAttempt);
      expect((await browser.comeBack(back)).status).toBe(303);
    });

    it('is refused when its code was given to somebody else: nonce and PKCE do not fit', async () => {
      somebody('robbed');
      const [browser, thief] = [new Browser(platform), new Browser(platform)];
      const stolen = await browser.signInAt(await begin(browser), 'robbed');
      somebody('thief');
      const own = await thief.signInAt(await begin(thief), 'thief');
      own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
      const { headers } = await thief.comeBack(own);
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-refused`);
    });

    it('is refused when somebody has taken PKCE out of the request on its way', async () => {
      somebody('downgraded');
      const browser = new Browser(platform);
      const url = await begin(browser);
      url.searchParams.delete('code_challenge');
      url.searchParams.delete('code_challenge_method');
      const { headers } = await browser.comeBack(await browser.signInAt(url, 'downgraded'));
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-refused`);
    });

    it('is refused when somebody has changed the nonce on its way', async () => {
      somebody('renonced');
      const browser = new Browser(platform);
      const url = await begin(browser);
      url.searchParams.set('nonce', 'x'.repeat(43));
      const { headers } = await browser.comeBack(await browser.signInAt(url, 'renonced'));
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-refused`);
    });

    it('is refused when it is another provider’s, at whichever address it arrives', async () => {
      somebody('mixed');
      const browser = new Browser(platform);
      const other = await browser.signInAt(await begin(browser, 'guild'), 'mixed');
      const moved = new URL(other.href.replace('/guild/', '/campus/'));
      expect(await browser.comeBack(moved)).toMatchObject(refusedAttempt);
      const own = await browser.signInAt(await begin(browser), 'mixed');
      own.searchParams.set('iss', world.guild.issuer);
      const { headers } = await browser.comeBack(own);
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-refused`);
      const unnamed = await browser.signInAt(await begin(browser), 'mixed');
      unnamed.searchParams.delete('iss');
      const without = await browser.comeBack(unnamed);
      expect(without.headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-refused`);
    });

    it('may be that its user does not want to', async () => {
      const browser = new Browser(platform);
      const back = await browser.signInAt(await begin(browser), 'nobody');
      expect(back.searchParams.get('error')).toBe('access_denied');
      const { headers } = await browser.comeBack(back);
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-sign-in-cancelled`);
      expect(browser.cookies).toEqual([]);
      const paged = new Browser(platform);
      const answer = await paged.comeBack(await paged.signInAt(await begin(paged, 'campus', {}), 'nobody'));
      expect(answer).toMatchObject({
        status: 401,
        body: expect.stringContaining('You did not sign in at the provider'),
      });
    });
  });

  describe('the code for the tokens', () => {
    it('is good once, of ten at the same time', async () => {
      somebody('racer');
      const { browser, location } = await through('racer');
      const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(browser, codeOf(location))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
      expect(await exchange(browser, codeOf(location))).toMatchObject(problem(401, 'identity.external-code-refused'));
    });

    it('is no good in another browser, and that one spends nothing', async () => {
      somebody('copied');
      const { browser, location } = await through('copied');
      expect(await exchange(new Browser(platform), codeOf(location))).toMatchObject(
        problem(401, 'identity.external-code-refused'),
      );
      expect((await exchange(browser, codeOf(location))).status).toBe(200);
    });

    it.each(['', 'x', 'x'.repeat(43)])('is refused when it is “%s”', async (code) => {
      expect((await exchange(new Browser(platform), code)).status).toBe(code === '' ? 400 : 401);
    });

    it('stands on a page where there is no address to return to', async () => {
      somebody('paged');
      const browser = new Browser(platform);
      const back = await browser.signInAt(await begin(browser, 'campus', {}), 'paged');
      const { status, body, headers } = await browser.comeBack(back);
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      const code = /<code>([\w-]{43})<\/code>/.exec(String(body))?.[1] ?? '';
      expect((await exchange(browser, code)).status).toBe(200);
    });
  });

  describe('returning', () => {
    it.each([
      '//evil.example',
      'https://evil.example/welcome',
      'https://app.lyceum.example.evil.example/welcome',
      'https://app.lyceum.example@evil.example/welcome',
      'https://evil.example#https://app.lyceum.example/welcome',
      'https://app.lyceum.example/welcome/../../evil',
      'https://app.lyceum.example/welcome?next=https://evil.example',
      'https://app.lyceum.example/welcome#x',
      'https://app.lyceum.example\\@evil.example/welcome',
      'https:app.lyceum.example/welcome',
      'http://app.lyceum.example/welcome',
      'https://app.lyceum.example:444/welcome',
      'HTTPS://app.lyceum.example/welcome',
      ' https://app.lyceum.example/welcome',
      'https://app.lyceum.example/welcome\n',
      '\\\\evil.example',
      '/\\evil.example',
      '/welcome',
      'javascript:alert(1)',
      '',
    ])('to “%s” is refused at once', async (returnTo) => {
      expect(await platform.post('/auth/external/campus/begin', { returnTo })).toMatchObject(
        problem(400, 'identity.return-address-refused'),
      );
    });

    it('keeps what the allowed address asks for itself', async () => {
      somebody('tabbed');
      const browser = new Browser(platform);
      const returnTo = 'https://app.lyceum.example/other?tab=1';
      const back = await browser.signInAt(await begin(browser, 'campus', { returnTo }), 'tabbed');
      back.searchParams.set('returnTo', 'https://evil.example');
      const { headers } = await browser.comeBack(back, { 'x-forwarded-host': 'evil.example' });
      expect(headers.get('location')).toMatch(/^https:\/\/app\.lyceum\.example\/other\?tab=1&external_code=[\w-]{43}$/);
    });
  });

  it('goes on with a second factor where the account asks for one', async () => {
    somebody('careful');
    const { accessToken } = await signIn('careful');
    const enrolment = await platform.post('/me/two-factor', {}, accessToken);
    const { secret } = z.object({ secret: z.string() }).parse(enrolment.body);
    const codeNow = () => generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) });
    expect((await platform.post('/me/two-factor/confirm', { code: codeNow() }, accessToken)).status).toBe(200);
    platform.clock.advance(30_000);
    const { browser, location } = await through('careful');
    const { body } = await exchange(browser, codeOf(location));
    const { challenge } = z.object({ status: z.literal('two-factor-required'), challenge: z.string() }).parse(body);
    const second = await platform.post('/auth/two-factor', { challenge, code: codeNow() });
    expect(decodeJwt(Tokens.parse(second.body).accessToken)).toMatchObject({ amr: ['fed', 'otp', 'mfa'], acr: 'aal2' });
  });

  it('says clearly that a provider is unknown, or cannot be reached', async () => {
    expect(await platform.post('/auth/external/nobody/begin', {})).toMatchObject(
      problem(404, 'identity.provider-not-found'),
    );
    for (let n = 0; n < 2; n += 1)
      expect(await platform.post('/auth/external/away/begin', {})).toMatchObject(
        problem(503, 'identity.provider-unavailable'),
      );
    expect(await platform.post('/auth/external/campus/begin', { redirectUri: 'https://evil.example' })).toMatchObject(
      problem(400, 'http.invalid-request'),
    );
  });

  it('asks anew who it is, for a fresh proof, when the provider’s session is old or not', async () => {
    somebody('again');
    const browser = new Browser(platform);
    await browser.comeBack(await browser.signInAt(await begin(browser), 'again'));
    const url = await begin(browser, 'campus', { returnTo: HOME, reauthenticate: true });
    expect([url.searchParams.get('prompt'), url.searchParams.get('max_age')]).toEqual(['login', '300']);
    const { headers } = await browser.comeBack(await browser.signInAt(url, 'again'));
    const { body } = await exchange(browser, codeOf(new URL(headers.get('location') ?? '')));
    expect(decodeJwt(Tokens.parse(body).accessToken)['auth_time']).toBeGreaterThan(0);
  });

  // the last ones: they move the clock
  it('gives an attempt ten minutes, and the code one', async () => {
    somebody('slow');
    const browser = new Browser(platform);
    const back = await browser.signInAt(await begin(browser), 'slow');
    platform.clock.advance(600_000);
    expect(await browser.comeBack(back)).toMatchObject(refusedAttempt);
    const { location, browser: other } = await through('slow');
    platform.clock.advance(60_000);
    expect(await exchange(other, codeOf(location))).toMatchObject(problem(401, 'identity.external-code-refused'));
  });
});
