import { Platform, PASSWORD, person } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });

jest.setTimeout(30_000);

describe('registration', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  it('opens an account, and the mailed token verifies the address once', async () => {
    const email = 'ada@example.com';
    expect(await platform.post('/auth/register', person(email))).toMatchObject({
      status: 202,
      body: { status: 'verification-sent' },
    });
    expect(await platform.told('identity.user-registered.v1', email)).toMatchObject([{ roles: ['STUDENT'] }]);
    const token = await platform.mailedToken(email);
    expect((await platform.signIn(email)).user.emailVerified).toBe(false);

    expect(await platform.post('/auth/verify-email', { token })).toMatchObject({
      status: 200,
      body: { status: 'verified' },
    });
    expect(await platform.told('identity.email-verified.v1', email)).toHaveLength(1);
    expect((await platform.signIn(email)).user.emailVerified).toBe(true);
    expect(await platform.post('/auth/verify-email', { token })).toMatchObject(
      problem(410, 'identity.verification-refused'),
    );
  });

  it('says the same about an address that has an account, in any letter case, and tells its owner', async () => {
    const email = 'grace@example.com';
    const first = await platform.post('/auth/register', person(email));
    const again = await platform.post('/auth/register', person(' GRACE@Example.COM', { firstName: 'Mallory' }));
    const wide = await platform.post('/auth/register', person('\uff47race@example.com'));
    for (const answer of [again, wide])
      expect({ status: answer.status, body: answer.body }).toEqual({ status: first.status, body: first.body });
    expect(await platform.told('identity.registration-repeated.v1', email)).toMatchObject([{ firstName: 'Ada' }]);
    expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
  });

  it('opens one account for twenty simultaneous registrations of one address', async () => {
    const email = 'twenty@example.com';
    const answers = await Promise.all(Array.from({ length: 20 }, () => platform.post('/auth/register', person(email))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
    await platform.told('identity.registration-repeated.v1', email);
    expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
    expect((await platform.signIn(email)).user.roles).toEqual(['STUDENT']);
  });

  it.each([
    ['no address', { email: 'ada' }, 'email'],
    ['a short password', { password: 'elevenchars' }, 'password'],
    ['the role of an administrator', { role: 'ADMIN' }, 'role'],
    ['markup in a name', { firstName: '<b>Ada</b>' }, 'firstName'],
    ['a name that turns the text around it', { firstName: 'Ada \u202Egnal' }, 'firstName'],
    ['a name of two lines', { lastName: 'Ada\u2028Lovelace' }, 'lastName'],
    ['an empty name', { lastName: '  ' }, 'lastName'],
    ['more than is asked', { roles: ['ADMIN'] }, ''],
  ])('refuses %s', async (_, wrong, path) => {
    expect(await platform.post('/auth/register', person('new@example.com', wrong))).toMatchObject({
      status: 400,
      body: { code: 'http.invalid-request', errors: [{ path }] },
    });
  });

  it.each(['Password1234', 'Lovelace-1815!', 'newcomer.newcomer', 'Lyceum-2026!'])(
    'refuses the password %s',
    async (password) => {
      const answer = await platform.post('/auth/register', person('newcomer@example.com', { password }));
      expect(answer).toMatchObject(problem(400, 'identity.password-refused'));
      expect(answer.body).toMatchObject({ errors: [{ path: 'password' }] });
    },
  );

  it('publishes no token in clear, and stores none', async () => {
    const email = 'sealed@example.com';
    await platform.post('/auth/register', person(email));
    const token = await platform.mailedToken(email);
    expect(token).toMatch(/^[\w-]{43}$/);
    for (const text of [JSON.stringify(platform.service.bus.published), await platform.stored()]) {
      expect(text).toContain(email);
      expect(text).not.toContain(token);
      expect(text).not.toContain(PASSWORD);
    }
  });

  it('keeps a token from verifying two times at once', async () => {
    const email = 'parallel@example.com';
    await platform.post('/auth/register', person(email));
    const token = await platform.mailedToken(email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => platform.post('/auth/verify-email', { token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
  });

  it('does not accept a token after a day', async () => {
    const email = 'late@example.com';
    await platform.post('/auth/register', person(email));
    const token = await platform.mailedToken(email);
    platform.clock.advance(24 * 3_600_000);
    expect(await platform.post('/auth/verify-email', { token })).toMatchObject(
      problem(410, 'identity.verification-refused'),
    );
  });

  it.each(['', 'x'.repeat(201), 7])('refuses the token %j as malformed', async (token) => {
    expect(await platform.post('/auth/verify-email', { token })).toMatchObject(problem(400, 'http.invalid-request'));
  });

  describe('another link', () => {
    const resend = (email: string) => platform.post('/auth/resend-verification', { email });
    const sent = { status: 202, body: { status: 'verification-sent' } };

    it('replaces the one before, and is sent once a minute at most', async () => {
      const email = 'again@example.com';
      await platform.post('/auth/register', person(email));
      const first = await platform.mailedToken(email);
      expect(await resend(email)).toMatchObject(sent); // too soon: nothing is sent
      platform.clock.advance(61_000);
      expect(await resend('AGAIN@example.com')).toMatchObject(sent);
      const second = await platform.mailedToken(email, 2);
      expect(await platform.told('identity.verification-requested.v1', email)).toHaveLength(2);
      expect((await platform.post('/auth/verify-email', { token: first })).status).toBe(410);
      expect((await platform.post('/auth/verify-email', { token: second })).status).toBe(200);
    });

    it('is answered alike for an address that nobody has', async () => {
      expect(await resend('nobody@example.com')).toMatchObject(sent);
      expect(await resend('no address')).toMatchObject(problem(400, 'http.invalid-request'));
    });
  });

  describe('the page of the link', () => {
    const submit = (token: string) =>
      fetch(`${platform.service.url}/verify-email`, { method: 'POST', body: new URLSearchParams({ token }) });

    it('spends nothing when it is opened, and verifies by its button', async () => {
      const email = 'page@example.com';
      await platform.post('/auth/register', person(email));
      const token = await platform.mailedToken(email);
      for (let looks = 0; looks < 3; looks += 1) {
        const page = await fetch(`${platform.service.url}/verify-email?token=${token}`);
        expect(page.status).toBe(200);
        expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(page.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await page.text()).toContain(`name="token" value="${token}"`);
      }
      const done = await submit(token);
      expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Your address is confirmed')]);
      const again = await submit(token);
      expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('This link does not work')]);
    });

    it.each(['', '?token=%22%3E%3Cscript%3E', `?token=${'A'.repeat(300)}`, '?token=a&token=b'])(
      'is a page for people whatever comes: %s',
      async (query) => {
        const page = await fetch(`${platform.service.url}/verify-email${query}`);
        const text = await page.text();
        expect(page.status).toBe(410);
        expect(text).toContain('This link does not work');
        expect(text).not.toContain('<script');
      },
    );
  });
});
