import { passwordResetRequested, userRegistered, verificationRequested } from '@lyceum/contracts';
import { start } from '@lyceum/host';
import { createLog } from '@lyceum/telemetry';
import { RecordingBus, eventually } from '@lyceum/testing';
import { identity } from '../src/service.js';
import { Platform, person } from './platform.js';

jest.setTimeout(120_000);

const hasData =
  (email: string) =>
  ({ data }: { data: unknown }) =>
    typeof data === 'object' && data !== null && 'email' in data && data.email === email;

describe('registering', () => {
  const platform = new Platform();
  beforeAll(() => platform.start({ PASSWORD_HASHES_WAITING: '200' }), 60_000);
  afterAll(() => platform.close(), 30_000);

  it('one address fifty times at once at two instances opens one account, sends one mail and is answered alike', async () => {
    const bus = new RecordingBus();
    const log = createLog({ service: 'identity', level: 'silent', format: 'json' });
    const second = await start(identity, {
      env: { ...platform.service.env },
      bus,
      log,
      clock: platform.clock,
      processMetrics: false,
    });
    const email = 'fifty@example.com';
    const urls = [platform.service.url, second.url];
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const response = await fetch(`${urls[index % 2]}/auth/register`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          // each means to be the owner
          body: JSON.stringify(
            person(email, { firstName: `Number ${index}`, password: `a lantern over bay ${index}` }),
          ),
        });
        return { status: response.status, body: await response.text() };
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 202, body: '{"status":"verification-sent"}' })]),
    );
    const published = (type: string) =>
      [...platform.service.bus.ofType(type), ...bus.ofType(type)].filter(hasData(email));
    await eventually(() => expect(published(verificationRequested.type)).toHaveLength(1));
    expect(published(userRegistered.type)).toHaveLength(1);
    await second.close();
  });

  it.each([
    ['by a sign for Kelvin', 'look-ali\u212Ae@example.com'],
    ['in full width', 'ｌｏｏｋ-ａｌｉｋｅ@example.com'],
    ['in capital letters', 'LOOK-ALIKE@EXAMPLE.COM'],
  ])(
    'with a look-alike of an address, %s, is for its owner, whose spelling every mail goes to',
    async (_what, spelling) => {
      const email = 'look-alike@example.com';
      await platform.post('/auth/register', person(email));
      await platform.told(verificationRequested.type, email);
      expect((await platform.post('/auth/register', person(spelling, { firstName: 'Eve' }))).status).toBe(202);
      expect((await platform.post('/auth/forgot-password', { email: spelling })).status).toBe(202);
      expect((await platform.post('/auth/resend-verification', { email: spelling })).status).toBe(202);
      await platform.told(passwordResetRequested.type, email);
      const told = platform.service.bus.published.map(({ data }) => JSON.stringify(data));
      expect(told.filter((text) => text.includes(spelling))).toEqual([]);
      expect(platform.service.bus.ofType(userRegistered.type).filter(hasData(email))).toHaveLength(1);
      expect(await platform.stored()).not.toContain(spelling);
      platform.clock.advance(3_600_000);
    },
  );

  it.each([
    ['a dotless i', 'm\u0131ke@example.com'],
    ['a Cyrillic letter', 'm\u0456ke@example.com'],
    ['a domain in Cyrillic', 'mike@ex\u0430mple.com'],
    ['a combining accent', 'mike\u0301@example.com'],
    ['a zero-width space', 'mi\u200Bke@example.com'],
  ])(
    'with what only looks like an address, %s, is refused, and so is asking for its password',
    async (_what, email) => {
      const before = platform.service.bus.published.length;
      for (const [path, body] of [
        ['/auth/register', person(email)],
        ['/auth/forgot-password', { email }],
        ['/auth/resend-verification', { email }],
        ['/auth/sign-in', { email, password: 'x' }],
      ] as const)
        expect(await platform.post(path, body)).toMatchObject({
          status: 400,
          body: { code: 'http.invalid-request', errors: [{ path: 'email' }] },
        });
      expect(platform.service.bus.published).toHaveLength(before);
    },
  );

  it.each([
    ['another header', 'Ada\r\nBcc: eve@example.com'],
    ['a line break', 'Ada\nLovelace'],
    ['a line separator', 'Ada\u2028Lovelace'],
    ['a NUL byte', 'Ada\0'],
    ['markup', '<img src=x onerror=alert(1)>'],
    ['text that is turned around', 'Ada\u202Eecalevol'],
    ['nothing that can be seen', '\u200B\u200D\u2060'],
    ['half of a character', 'Ada\uD800'],
  ])('with a name of %s is refused: it would stand in mails and on certificates', async (_what, firstName) => {
    expect(await platform.post('/auth/register', person('injector@example.com', { firstName }))).toMatchObject({
      status: 400,
      body: { code: 'http.invalid-request', errors: [{ path: 'firstName' }] },
    });
  });
});
