import { passwordChanged, passwordResetRequested } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import { decodeJwt } from 'jose';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { byPassword } from '../src/sessions/authentication.js';
import { SessionsService } from '../src/sessions/sessions.service.js';
import { PASSWORD, Platform, person } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const gone = problem(410, 'identity.reset-refused');
const NEW_PASSWORD = 'a lantern over the bay';

jest.setTimeout(30_000);

describe('passwords', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  const refresh = async (refreshToken: string) => (await platform.post('/auth/refresh', { refreshToken })).status;
  const trySignIn = async (email: string, password: string) =>
    (await platform.post('/auth/sign-in', { email, password })).status;
  const forgot = (email: string, from = '127.0.0.1') =>
    platform.post('/auth/forgot-password', { email }, undefined, { 'x-forwarded-for': from });
  const reset = (token: string, newPassword = NEW_PASSWORD) =>
    platform.post('/auth/reset-password', { token, newPassword });
  /** An access token is refused within 5 s. */
  const dead = (accessToken: string) =>
    eventually(async () => expect((await platform.request('GET', '/me', accessToken)).status).toBe(401), {
      within: 5_000,
    });
  const linkFor = async (email: string, count = 1) => {
    await forgot(email);
    return platform.mailedToken(email, count, passwordResetRequested.type);
  };
  const toldOfChange = (email: string, count = 1) => platform.told(passwordChanged.type, email, count);

  describe('that were forgotten', () => {
    it('are replaced by the mailed link, which ends all sessions, begins none and tells the owner', async () => {
      const email = 'forgot@example.com';
      const laptop = await platform.signedIn(email);
      const phone = await platform.signIn(email, 'Phone');
      const token = await linkFor(email);
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(await reset(token)).toMatchObject({ status: 204, body: '' });
      expect([await refresh(laptop.refreshToken), await refresh(phone.refreshToken)]).toEqual([401, 401]);
      await dead(phone.accessToken);
      expect(await trySignIn(email, PASSWORD)).toBe(401);
      expect(await trySignIn(email, NEW_PASSWORD)).toBe(200);
      expect(await toldOfChange(email)).toMatchObject([{ how: 'reset', firstName: 'Ada' }]);
    });

    it('have a link that works once, also when it is used ten times at once', async () => {
      const email = 'once@example.com';
      await platform.post('/auth/register', person(email));
      const token = await linkFor(email);
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => reset(token, `${NEW_PASSWORD} ${n}`)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
      expect(await reset(token)).toMatchObject(gone);
      expect(await toldOfChange(email)).toHaveLength(1);
    });

    it('have a link that ends after an hour, with the next link, and with a change of the password', async () => {
      const email = 'stale@example.com';
      const { accessToken } = await platform.signedIn(email);
      const first = await linkFor(email);
      platform.clock.advance(61_000);
      const second = await linkFor(email, 2);
      expect(await reset(first)).toMatchObject(gone);
      const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      expect((await platform.post('/me/password', change, accessToken)).status).toBe(204);
      expect(await reset(second)).toMatchObject(gone);
      platform.clock.advance(180_000);
      const third = await linkFor(email, 3);
      platform.clock.advance(3_600_000);
      expect(await reset(third)).toMatchObject(gone);
      expect(await reset('x'.repeat(43))).toMatchObject(gone);
      expect(await reset('')).toMatchObject(problem(400, 'http.invalid-request'));
    });

    it('are not replaced by a bad one, and the link goes on working', async () => {
      const email = 'weak@example.com';
      await platform.post('/auth/register', person(email));
      const token = await linkFor(email);
      expect(await reset(token, 'Password1234')).toMatchObject(problem(400, 'identity.password-refused'));
      expect(await reset(token, 'Lovelace-1815!')).toMatchObject(problem(400, 'identity.password-refused'));
      expect(await reset(token, 'short')).toMatchObject(problem(400, 'http.invalid-request'));
      expect((await reset(token)).status).toBe(204);
    });

    it('leave no token in clear, neither on the bus nor in the database', async () => {
      const email = 'resting@example.com';
      await platform.post('/auth/register', person(email));
      const token = await linkFor(email);
      for (const text of [JSON.stringify(platform.service.bus.published), await platform.stored()]) {
        expect(text).toContain(email);
        expect(text).not.toContain(token);
      }
    });

    it('are asked about alike for an address that nobody has, and too often from no network', async () => {
      const email = 'alike@example.com';
      await platform.post('/auth/register', person(email));
      const [known, unknown] = [await forgot(email), await forgot('nobody@example.com')];
      expect(known).toMatchObject({ status: 202, body: { status: 'reset-sent' } });
      expect(unknown).toMatchObject({ status: known.status, body: known.body });
      const flood = await Promise.all(Array.from({ length: 25 }, (_, n) => forgot(`f${n}@example.com`, '192.0.2.9')));
      expect(flood.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(4);
      expect((await forgot(email, '192.0.2.10')).status).toBe(202);
      expect(await platform.told(passwordResetRequested.type, email)).toHaveLength(1); // one mail a minute at first
    });

    it('come with no link that a header could lead elsewhere', async () => {
      const email = 'host@example.com';
      await platform.post('/auth/register', person(email));
      const evil = {
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
        origin: 'https://evil.example',
      };
      await platform.post('/auth/forgot-password', { email }, undefined, evil);
      const told = await platform.told(passwordResetRequested.type, email);
      expect(JSON.stringify(told)).not.toMatch(/evil|http/);
    });

    it('have a page that spends nothing when it is opened, and sets the password by its form', async () => {
      const email = 'resetpage@example.com';
      await platform.post('/auth/register', person(email));
      const token = await linkFor(email);
      const submit = (newPassword: string) =>
        fetch(`${platform.service.url}/reset-password`, {
          method: 'POST',
          body: new URLSearchParams({ token, newPassword }),
        });
      for (let looks = 0; looks < 3; looks += 1) {
        const page = await fetch(`${platform.service.url}/reset-password?token=${token}`);
        expect(page.status).toBe(200);
        expect(page.headers.get('cache-control')).toBe('no-store');
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(page.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await page.text()).toContain(`name="token" value="${token}"`);
      }
      const weak = await submit('Password1234');
      expect([weak.status, await weak.text()]).toEqual([400, expect.stringContaining('guessed first')]);
      const short = await submit('short');
      expect([short.status, await short.text()]).toEqual([400, expect.stringContaining('12 to 128 characters')]);
      const done = await submit(NEW_PASSWORD);
      expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Your password is set')]);
      expect(done.headers.get('set-cookie')).toBeNull();
      const again = await submit(NEW_PASSWORD);
      expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('This link does not work')]);
      expect(await trySignIn(email, NEW_PASSWORD)).toBe(200);
    });

    it.each(['', '?token=%22%3E%3Cscript%3E', `?token=${'A'.repeat(300)}`])(
      'have a page for people whatever comes: %s',
      async (query) => {
        const page = await fetch(`${platform.service.url}/reset-password${query}`);
        const text = await page.text();
        expect([page.status, text]).toEqual([410, expect.stringContaining('This link does not work')]);
        expect(text).not.toContain('<script');
      },
    );
  });

  describe('that are known', () => {
    const change = (token: string, currentPassword: string, newPassword = NEW_PASSWORD) =>
      platform.post('/me/password', { currentPassword, newPassword }, token);

    it('are changed by who knows them; the other sessions end at once and the owner is told', async () => {
      const email = 'change@example.com';
      const [laptop, phone] = [await platform.signedIn(email), await platform.signIn(email, 'Phone')];
      expect((await change(laptop.accessToken, PASSWORD)).status).toBe(204);
      expect([await refresh(laptop.refreshToken), await refresh(phone.refreshToken)]).toEqual([200, 401]);
      expect((await platform.request('GET', '/me', laptop.accessToken)).status).toBe(200);
      await dead(phone.accessToken);
      expect([await trySignIn(email, PASSWORD), await trySignIn(email, NEW_PASSWORD)]).toEqual([401, 200]);
      const keptSessionId = decodeJwt(laptop.accessToken)['sid'];
      expect(await toldOfChange(email)).toMatchObject([{ how: 'changed', keptSessionId }]);
    });

    it('are not changed by who does not know them, who is soon slowed down; the owner still signs in', async () => {
      const email = 'thief@example.com';
      const { accessToken } = await platform.signedIn(email);
      const answers = [];
      for (let n = 0; n < 7; n += 1) answers.push(await change(accessToken, 'not the password'));
      expect(answers[0]).toMatchObject(problem(403, 'identity.current-password-wrong'));
      expect(answers.at(-1)).toMatchObject(problem(429, 'identity.too-many-attempts'));
      expect(await trySignIn(email, PASSWORD)).toBe(200);
    });

    it('are not changed to bad ones', async () => {
      const { accessToken } = await platform.signedIn('rules@example.com');
      expect(await change(accessToken, PASSWORD, 'Password1234')).toMatchObject(
        problem(400, 'identity.password-refused'),
      );
      expect(await change(accessToken, PASSWORD, 'short')).toMatchObject(problem(400, 'http.invalid-request'));
      expect(await change('', PASSWORD)).toMatchObject(problem(401, 'http.not-signed-in'));
    });

    it('changed twice at once from one starting point are changed once', async () => {
      const email = 'twice@example.com';
      const { accessToken } = await platform.signedIn(email);
      const answers = await Promise.all([1, 2].map((n) => change(accessToken, PASSWORD, `${NEW_PASSWORD} ${n}`)));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 403]);
      expect(await toldOfChange(email)).toHaveLength(1);
    });

    it('have what a crash left of the sessions ended by the event, which touches none that began since', async () => {
      const email = 'crash@example.com';
      const old = await platform.signedIn(email);
      const changedAt = platform.clock.now().toISOString();
      platform.clock.advance(1_000);
      const since = await platform.signIn(email, 'Phone');
      const about = { userId: old.user.id, email, firstName: 'Ada', how: 'reset' as const, changedAt };
      const id = newId();
      for (let times = 0; times < 3; times += 1)
        await platform.service.deliver(passwordChanged, about, { id, subject: old.user.id, version: 9 });
      expect([await refresh(old.refreshToken), await refresh(since.refreshToken)]).toEqual([401, 200]);
    });
  });

  it('open nothing by a sign-in that had seen the old one when they were changed', async () => {
    const email = 'race@example.com';
    const { accessToken, user } = await platform.signedIn(email);
    const { app } = platform.service.service;
    const seen = await app.get(AccountsStore).get(user.id);
    if (!seen) throw new Error('gone');
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await platform.post('/me/password', body, accessToken)).status).toBe(204);
    const device = { userAgent: 'Thief', address: '192.0.2.1' };
    const opening = app.get(SessionsService).open(seen, byPassword(platform.clock.now()), device);
    await expect(opening).rejects.toMatchObject({ code: 'identity.sign-in-refused' });
    const list = await platform.request('GET', '/me/sessions', accessToken);
    expect(list.body).toMatchObject({ items: [{ current: true }] });
  });

  it('or not: signing out everywhere ends every session, this one too, and may be repeated', async () => {
    const email = 'everywhere@example.com';
    const [laptop, phone] = [await platform.signedIn(email), await platform.signIn(email, 'Phone')];
    expect((await platform.request('POST', '/auth/sign-out-everywhere', laptop.accessToken)).status).toBe(204);
    expect([await refresh(laptop.refreshToken), await refresh(phone.refreshToken)]).toEqual([401, 401]);
    for (const { accessToken } of [laptop, phone]) await dead(accessToken);
    const ended = await platform.request('GET', '/.well-known/ended-sessions');
    const sids = [laptop, phone].map(({ accessToken }) => String(decodeJwt(accessToken)['sid']));
    expect((ended.body as { sessions: string[] }).sessions).toEqual(expect.arrayContaining(sids));
    expect(await trySignIn(email, PASSWORD)).toBe(200);
  });
});
