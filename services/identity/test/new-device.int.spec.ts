import { newDeviceSignedIn } from '@lyceum/contracts';
import { z } from 'zod';
import { ANNOUNCED_A_DAY } from '../src/sessions/familiarity.js';
import { PASSWORD, Platform, Tokens, person } from './platform.js';

const HOUR = 3_600_000;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
const chrome = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const Told = z.object({ browser: z.string().optional(), system: z.string().optional(), sessionId: z.string() });

jest.setTimeout(30_000);

describe('a session from somewhere new', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  async function signIn(email: string, userAgent: string, address: string): Promise<Tokens> {
    const headers = { 'user-agent': userAgent, 'x-forwarded-for': address };
    const { body } = await platform.post('/auth/sign-in', { email, password: PASSWORD }, undefined, headers);
    return Tokens.parse(body);
  }
  /** Everything that the owner was told, once nothing is under way any more. */
  async function told(email: string): Promise<z.infer<typeof Told>[]> {
    await platform.post('/auth/forgot-password', { email }); // whose event leaves after those before
    await platform.told('identity.password-reset-requested.v1', email);
    const events = platform.service.bus.ofType(newDeviceSignedIn.type).map(({ data }) => data);
    return events
      .filter((data) => z.looseObject({ email: z.string() }).parse(data).email === email)
      .map((data) => Told.parse(data));
  }

  it('is told of, but the first one ever is not, nor one from a known device in a known network', async () => {
    const email = 'moves@example.com';
    await platform.post('/auth/register', person(email));
    await signIn(email, firefox, '203.0.113.9');
    await signIn(email, firefox.replaceAll('144', '145'), '203.0.113.77');
    await signIn(email, chrome, '203.0.113.9');
    await signIn(email, chrome, '2001:db8:7:1::1');
    await signIn(email, firefox, '2001:db8:7:2::1');
    expect(await told(email)).toEqual([
      { browser: 'Chrome', system: 'Windows', sessionId: expect.any(String) },
      { browser: 'Chrome', system: 'Windows', sessionId: expect.any(String) },
    ]);
  });

  it('is told of a handful of times a day, and again the next day', async () => {
    const email = 'everywhere@example.com';
    await platform.post('/auth/register', person(email));
    for (let n = 0; n <= ANNOUNCED_A_DAY + 2; n += 1) await signIn(email, firefox, `198.51.${n}.1`);
    expect(await told(email)).toHaveLength(ANNOUNCED_A_DAY);
    platform.clock.advance(24 * HOUR);
    await signIn(email, firefox, '198.51.99.1');
    expect(await told(email)).toHaveLength(ANNOUNCED_A_DAY + 1);
  });

  it('is told of when everything that was known has been forgotten', async () => {
    const email = 'sleeper@example.com';
    await platform.post('/auth/register', person(email));
    await signIn(email, firefox, '203.0.113.9');
    platform.clock.advance(200 * 24 * HOUR);
    await platform.forgetSessions();
    await signIn(email, chrome, '192.0.2.1');
    expect(await told(email)).toMatchObject([{ browser: 'Chrome' }]);
  });

  it('is not told of to a stranger who has no password', async () => {
    const email = 'guessed@example.com';
    await platform.post('/auth/register', person(email));
    await signIn(email, firefox, '203.0.113.9');
    await platform.post('/auth/sign-in', { email, password: 'not-the-password' }, undefined, { 'user-agent': chrome });
    expect(await told(email)).toEqual([]);
  });
});
