import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { generate } from 'otplib';
import { z } from 'zod';
import { mailTo, tokenIn } from '../src/mail.js';
import { type Platform, startPlatform } from '../src/platform.js';

jest.setTimeout(180_000);

const EMAIL = 'somebody@example.com';
/** A password that stands nowhere else. */
const newPassword = () => `canary ${randomBytes(9).toString('hex')}`;
const Tokens = z.object({ accessToken: z.string(), refreshToken: z.string() });

describe('what an account has for secrets', () => {
  let platform: Platform;
  let lines = '';
  /** Every secret of the life that is led below, by what it is. */
  const canaries = new Map<string, string>();
  /** Whatever was answered with a status of an error. */
  const refusals: string[] = [];
  beforeAll(async () => {
    const logStream = new Writable({
      write: (chunk, _encoding, done) => {
        lines += String(chunk);
        done();
      },
    });
    platform = await startPlatform({ logStream, logLevel: 'debug' });
  });
  afterAll(() => platform?.close());

  const keep = (what: string, secret: string): string => {
    canaries.set(what, secret);
    return secret;
  };

  async function send(method: string, path: string, body?: unknown, token?: string, type = 'application/json') {
    const response = await fetch(platform.edgeUrl + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) refusals.push(`${method} ${path.split('?')[0]} ${response.status} ${text}`);
    return { status: response.status, text };
  }
  const post = (path: string, body: unknown, token?: string) => send('POST', path, body, token);
  const mailed = async (what: string, words: RegExp, email = EMAIL) =>
    keep(what, tokenIn(await mailTo(platform.standIns.mailbox.url, email, words)));
  async function signIn(password: string): Promise<z.infer<typeof Tokens>> {
    const tokens = Tokens.parse(JSON.parse((await post('/auth/sign-in', { email: EMAIL, password })).text));
    keep(`access token ${canaries.size}`, tokens.accessToken);
    keep(`refresh token ${canaries.size}`, tokens.refreshToken);
    return tokens;
  }

  beforeAll(async () => {
    const password = keep('password', newPassword());
    const person = { email: EMAIL, password, firstName: 'Ada', lastName: 'Byron', role: 'STUDENT' };
    await post('/auth/register', person);
    const verification = await mailed('verification token', /verify|confirm/i);
    await send('GET', `/verify-email?token=${verification}`);
    await post('/auth/verify-email', { token: verification });
    await post('/auth/verify-email', { token: verification }); // spent: refused
    await send('POST', '/verify-email', `token=${verification}`, undefined, 'application/x-www-form-urlencoded');
    await post('/auth/sign-in', { email: EMAIL, password: keep('wrong password', newPassword()) });
    await send('POST', '/auth/sign-in', `{"email":"${EMAIL}","password":"${password}"`); // not closed
    await post('/auth/sign-in', { email: EMAIL, password, nonsense: password });
    await send('GET', `/me?access_token=${password}`);

    const { accessToken, refreshToken } = await signIn(password);
    await send('GET', '/me', undefined, accessToken);
    const renewed = Tokens.parse(JSON.parse((await post('/auth/refresh', { refreshToken })).text));
    keep('renewed refresh token', renewed.refreshToken);
    await post('/auth/refresh', { refreshToken: `${renewed.refreshToken}x` });
    await send('GET', '/me', undefined, `${accessToken}x`);

    const enrolment = await post('/me/two-factor', {}, accessToken);
    const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(enrolment.text));
    keep('secret of the authenticator', secret);
    const code = await generate({ secret });
    const confirmed = await post('/me/two-factor/confirm', { code }, accessToken);
    const { recoveryCodes } = z.object({ recoveryCodes: z.array(z.string()) }).parse(JSON.parse(confirmed.text));
    for (const [index, each] of recoveryCodes.entries()) keep(`recovery code ${index}`, each);
    const challenged = await post('/auth/sign-in', { email: EMAIL, password });
    const { challenge } = z.object({ challenge: z.string() }).parse(JSON.parse(challenged.text));
    keep('challenge', challenge);
    await post('/auth/two-factor', { challenge, code }); // has been used
    const opened = await post('/auth/two-factor', { challenge, recoveryCode: recoveryCodes[0] });
    const strong = Tokens.parse(JSON.parse(opened.text));
    await post('/auth/step-up', { recoveryCode: recoveryCodes[1] }, strong.accessToken);
    await post('/auth/step-up', { recoveryCode: recoveryCodes[1] }, strong.accessToken); // has been used

    const next = `next.${EMAIL}`;
    await post('/me/email', { newEmail: next }, strong.accessToken);
    const change = await mailed('token of the new address', /address|confirm/i, next);
    await send('GET', `/email-change/confirm?token=${change}`);
    await post(
      '/me/password',
      { currentPassword: password, newPassword: keep('second password', newPassword()) },
      strong.accessToken,
    );
    await post('/auth/forgot-password', { email: EMAIL });
    const reset = await mailed('reset token', /password/i);
    await send('GET', `/reset-password?token=${reset}`);
    await post('/auth/reset-password', {
      token: reset,
      newPassword: keep('third password', newPassword()),
    });
    await post('/auth/reset-password', { token: reset, newPassword: 'another one of these' }); // spent
  });

  it('are many, and each was in use', () => {
    expect(canaries.size).toBeGreaterThan(15);
    expect(refusals.length).toBeGreaterThan(8);
    expect(lines).toContain('POST /auth/sign-in 401'); // the log was listening
    expect(lines).toContain('POST /auth/reset-password');
  });

  const found = (text: string) => [...canaries].filter(([, secret]) => text.includes(secret)).map(([what]) => what);

  it('are in no line of any log, at its most talkative', () => {
    expect(found(lines)).toEqual([]);
    expect(lines).not.toContain(EMAIL); // nor what is personal
  });

  it('are in no answer that refuses', () => {
    expect(refusals.filter((text) => found(text).length > 0)).toEqual([]);
  });

  it('are in no metric', async () => {
    for (const { name, url } of platform.services) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect([name, found(metrics)]).toEqual([name, []]);
    }
  });

  it('are in no event of identity’s log, which keeps everything that was ever published', async () => {
    const admin = { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
    const { accessToken } = Tokens.parse(JSON.parse((await post('/auth/sign-in', admin)).text));
    for (const service of ['identity', 'notify']) {
      const { status, text } = await send('GET', `/operations/${service}/events?limit=100`, undefined, accessToken);
      expect([service, status, found(text)]).toEqual([service, 200, []]);
    }
  });
});
