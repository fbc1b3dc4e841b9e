import { createHash, randomBytes } from 'node:crypto';
import { emailChangeAnnounced, emailChangeRequested, passwordResetRequested } from '@lyceum/contracts';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { Platform, person } from './platform.js';

jest.setTimeout(120_000);

type Kind = 'verification' | 'reset' | 'confirmation' | 'stop' | 'refresh' | 'challenge';
interface Door {
  readonly path: string;
  readonly body: (token: string) => object;
  readonly refusal: { status: number; code: string };
  readonly opened: number;
}

const Problem = z.looseObject({ code: z.string().optional() });
const NEW_PASSWORD = 'a lantern over the bay';
const invented = () => randomBytes(32).toString('base64url');

let addresses = 0;
function anotherAddress(): string {
  addresses += 1;
  return `10.0.${(addresses >> 8) & 255}.${addresses & 255}`;
}

describe('a token that is not the one', () => {
  const platform = new Platform();
  const real: Partial<Record<Kind, string>> = {};
  let code = '';
  beforeAll(async () => {
    await platform.start();
    await platform.post('/auth/register', person('verification@example.com'));
    real.verification = await platform.mailedToken('verification@example.com');
    await platform.post('/auth/register', person('reset@example.com'));
    await platform.post('/auth/forgot-password', { email: 'reset@example.com' });
    real.reset = await platform.mailedToken('reset@example.com', 1, passwordResetRequested.type);
    real.confirmation = await changeOf('confirmation', emailChangeRequested.type, 'new-confirmation@example.com');
    real.stop = await changeOf('stop', emailChangeAnnounced.type, 'stop@example.com');
    real.refresh = (await platform.signedIn('refresh@example.com')).refreshToken;
    real.challenge = await challengeOf('challenge@example.com');
  }, 60_000);
  afterAll(() => platform.close(), 30_000);

  async function changeOf(name: string, type: string, to: string): Promise<string> {
    const { accessToken } = await platform.signedIn(`${name}@example.com`);
    await platform.post('/me/email', { newEmail: `new-${name}@example.com` }, accessToken);
    return platform.mailedToken(to, 1, type);
  }
  async function challengeOf(email: string): Promise<string> {
    const { accessToken } = await platform.signedIn(email);
    const { body } = await platform.post('/me/two-factor', {}, accessToken);
    const { secret } = z.object({ secret: z.string() }).parse(body);
    const codeNow = () => generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) });
    await platform.post('/me/two-factor/confirm', { code: codeNow() }, accessToken);
    platform.clock.advance(30_000);
    code = codeNow();
    const { body: answer } = await platform.post('/auth/sign-in', { email, password: person(email).password });
    return z.object({ challenge: z.string() }).parse(answer).challenge;
  }

  const doors: Record<Kind, Door> = {
    verification: {
      path: '/auth/verify-email',
      body: (token) => ({ token }),
      refusal: { status: 410, code: 'identity.verification-refused' },
      opened: 200,
    },
    reset: {
      path: '/auth/reset-password',
      body: (token) => ({ token, newPassword: NEW_PASSWORD }),
      refusal: { status: 410, code: 'identity.reset-refused' },
      opened: 204,
    },
    confirmation: {
      path: '/auth/confirm-email-change',
      body: (token) => ({ token }),
      refusal: { status: 410, code: 'identity.email-change-refused' },
      opened: 204,
    },
    stop: {
      path: '/auth/stop-email-change',
      body: (token) => ({ token }),
      refusal: { status: 410, code: 'identity.email-change-refused' },
      opened: 204,
    },
    refresh: {
      path: '/auth/refresh',
      body: (refreshToken) => ({ refreshToken }),
      refusal: { status: 401, code: 'identity.refresh-refused' },
      opened: 200,
    },
    challenge: {
      path: '/auth/two-factor',
      body: (challenge) => ({ challenge, code }),
      refusal: { status: 401, code: 'identity.challenge-refused' },
      opened: 200,
    },
  };
  const kinds = Object.entries(doors) as [Kind, Door][];

  // each from an address of its own: those of one would be slowed down as guesses
  const post = (path: string, body: object) =>
    platform.post(path, body, undefined, { 'x-forwarded-for': anotherAddress() });
  const ask = async ({ path, body }: Door, token: string) => {
    const { status, body: answer, headers } = await post(path, body(token));
    const { code: told, title, detail } = Problem.parse(answer || {});
    return { status, code: told, title, detail, kept: headers.get('cache-control') };
  };

  it.each(kinds)(
    'is refused alike by %s, whether it was invented or is good for something else',
    async (kind, door) => {
      const token = real[kind] ?? '';
      const near = `${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`;
      const others = Object.entries(real).flatMap(([other, each]) => (other === kind ? [] : [each]));
      const tried = [
        invented(),
        invented(),
        'A'.repeat(43),
        near,
        token.slice(1),
        `${token}A`,
        token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase(),
        createHash('sha256').update(token).digest('base64url'),
        'x',
        ' ',
        '__proto__',
        '\0',
        ...others,
      ];
      const answers = await Promise.all(tried.map((each) => ask(door, each)));
      for (const answer of answers) expect(answer).toEqual({ ...answers[0], ...door.refusal, kept: 'no-store' });
    },
  );

  it('costs no password hash: hundreds at once make nobody wait', async () => {
    const { body, path } = doors.reset;
    const answers = await Promise.all(Array.from({ length: 200 }, () => post(path, body(invented()))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([410]));
  });

  it('is not told from another by how it is put: a body that is none is refused before', async () => {
    for (const [, { path, body }] of kinds)
      expect(await post(path, body(''))).toMatchObject({
        status: 400,
        body: { code: 'http.invalid-request' },
      });
  });

  it.each(kinds)('has spent nothing: the real one of %s still works, once', async (kind, door) => {
    const token = real[kind] ?? '';
    expect((await ask(door, token)).status).toBe(door.opened);
    const again = await ask(door, token);
    // two tabs may refresh at once: that one gives the same successor for ten seconds
    expect(again).toMatchObject(kind === 'refresh' ? { status: 200 } : door.refusal);
  });
});
