import { type Answer, eventually } from '@lyceum/testing';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { newOneTimeToken } from '../src/accounts/one-time-token.js';
import { PASSWORD, Platform, person } from './platform.js';

/** LYCEUM_LONG_TESTS=1 gives the lengths of the promises. */
const long = process.env['LYCEUM_LONG_TESTS'] === '1';
const GUESSES = long ? 10_000 : 2_000;
const ACCOUNTS = long ? 5_000 : 500;
const HOUR = 3_600_000;

jest.setTimeout(600_000);

describe('guessing', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  const from = (address: string) => ({ 'x-forwarded-for': address });
  const guess = (email: string, address: string, password = 'not-the-password') =>
    platform.post('/auth/sign-in', { email, password }, undefined, from(address));

  /** Spreads attempts evenly over an hour, some at the same time; says how many were looked at and not refused unseen. */
  async function inAnHour(count: number, attempt: (n: number) => Promise<Answer>, atOnce = 20): Promise<number> {
    let evaluated = 0;
    for (let n = 0; n < count; n += atOnce) {
      const answers = await Promise.all(Array.from({ length: atOnce }, (_, k) => attempt(n + k)));
      evaluated += answers.filter(({ status }) => status !== 429).length;
      platform.clock.advance((HOUR * atOnce) / count);
    }
    return evaluated;
  }

  it('at one account from a thousand addresses is seldom looked at, and its owner gets in from a known place all the time', async () => {
    const email = 'target@example.com';
    const home = '203.0.113.9';
    await platform.post('/auth/register', person(email));
    expect((await guess(email, home, PASSWORD)).status).toBe(200);
    const owners: number[] = [];
    const evaluated = await inAnHour(GUESSES, async (n) => {
      if (n % (GUESSES / 10) === 0) owners.push((await guess(email, home, PASSWORD)).status);
      return guess(email, `10.${n % 250}.${n % 4}.${(n % 1_000) % 250}`);
    });
    expect(evaluated).toBeGreaterThan(5);
    expect(evaluated).toBeLessThanOrEqual(100);
    expect(owners).toEqual(Array.from({ length: 10 }, () => 200));
    platform.clock.advance(900_000);
    expect((await guess(email, '192.0.2.1', PASSWORD)).status).toBe(200); // and from anywhere after a quarter of an hour
  });

  it.each([
    ['address', () => '198.51.100.7'],
    ['network', (n: number) => `198.51.101.${n % 250}`],
    ['IPv6 site', (n: number) => `2001:db8:5:${(n % 1_000).toString(16)}::1`],
  ])(
    'one password at many accounts from one %s is slowed down, and who signs in properly there is not kept out',
    async (place, address) => {
      const evaluated = await inAnHour(ACCOUNTS, (n) =>
        guess(`${place.replaceAll(' ', '-')}${n}@example.com`, address(n)),
      );
      expect(evaluated).toBeLessThanOrEqual(200);
      expect(evaluated).toBeLessThan(ACCOUNTS / 2);
      const email = `neighbour-${place.replaceAll(' ', '-')}@example.com`;
      await platform.post('/auth/register', person(email));
      platform.clock.advance(300_000);
      expect((await guess(email, address(1), PASSWORD)).status).toBe(200);
    },
  );

  it('codes and recovery codes is slowed down over all challenges of an account', async () => {
    const email = 'codes@example.com';
    const { accessToken } = await platform.signedIn(email);
    const { body } = await platform.post('/me/two-factor', {}, accessToken);
    const { secret } = z.object({ secret: z.string() }).parse(body);
    const code = () => generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) });
    await platform.post('/me/two-factor/confirm', { code: code() }, accessToken);
    platform.clock.advance(60_000);
    const wrong = { code: code() === '000000' ? '111111' : '000000' };
    const recovery = { recoveryCode: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' };
    const challenge = async () =>
      z
        .object({ challenge: z.string() })
        .parse((await platform.post('/auth/sign-in', { email, password: PASSWORD })).body);
    const evaluated = await inAnHour(
      200,
      async (n) => platform.post('/auth/two-factor', { ...(await challenge()), ...(n % 2 ? wrong : recovery) }),
      1,
    );
    expect(evaluated).toBeGreaterThan(4);
    expect(evaluated).toBeLessThanOrEqual(100);
    platform.clock.advance(900_000);
    const right = await platform.post('/auth/two-factor', { ...(await challenge()), code: code() });
    expect(right.status).toBe(200);
  });

  const tokenRoutes: [string, (token: string) => object][] = [
    ['/auth/reset-password', (token) => ({ token, newPassword: 'a lantern over the bay' })],
    ['/auth/verify-email', (token) => ({ token })],
    ['/auth/confirm-email-change', (token) => ({ token })],
    ['/auth/stop-email-change', (token) => ({ token })],
  ];
  it.each(tokenRoutes)('tokens of mails at %s is slowed down by where it comes from', async (path, body) => {
    const there = `192.0.2.${tokenRoutes.findIndex(([each]) => each === path) + 10}`;
    const evaluated = await inAnHour(200, () => platform.post(path, body(newOneTimeToken()), undefined, from(there)));
    expect(evaluated).toBeLessThanOrEqual(60);
    const email = `proves-elsewhere-${there.replaceAll('.', '-')}@example.com`;
    await platform.post('/auth/register', person(email));
    const token = await platform.mailedToken(email);
    const elsewhere = await platform.post(
      '/auth/verify-email',
      { token },
      undefined,
      from(`203.0.${there.slice(-2)}.1`),
    );
    expect(elsewhere.status).toBe(200);
  });

  it('does not make those wait whose links hold', async () => {
    const there = from('192.0.2.200');
    const emails = Array.from({ length: 25 }, (_, n) => `holds${n}@example.com`);
    await Promise.all(emails.map((email) => platform.post('/auth/register', person(email))));
    for (const email of emails) {
      const token = await platform.mailedToken(email);
      expect((await platform.post('/auth/verify-email', { token }, undefined, there)).status).toBe(200);
    }
  });

  it('five hundred sign-ins at once are answered, most with 429, and other routes go on meanwhile', async () => {
    const { accessToken } = await platform.signedIn('meanwhile@example.com');
    let over = false;
    const flood = Promise.all(
      Array.from({ length: 500 }, (_, n) => guess(`flood${n}@example.com`, `172.16.${n % 250}.${n % 3}`)),
    ).finally(() => (over = true));
    const during: number[] = [];
    while (!over) during.push((await platform.request('GET', '/me', accessToken)).status);
    const answers = await flood;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(300);
    expect(during.length).toBeGreaterThan(0);
    expect(new Set(during)).toEqual(new Set([200]));
    await eventually(async () => expect((await platform.signIn('meanwhile@example.com')).tokenType).toBe('Bearer'));
  });
});
