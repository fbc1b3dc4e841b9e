import { decodeJwt } from 'jose';
import mongoose from 'mongoose';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { PASSWORD, Platform, Tokens } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const Enrolment = z.object({ secret: z.string(), uri: z.string(), qrPng: z.string(), qrSvg: z.string() });
const Codes = z.object({ recoveryCodes: z.array(z.string()) });
const Challenge = z.object({ status: z.literal('two-factor-required'), challenge: z.string(), expiresIn: z.number() });
const Access = z.object({ accessToken: z.string() });

jest.setTimeout(60_000);

describe('two-factor sign-in', () => {
  const platform = new Platform();
  beforeAll(() => platform.start({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }), 60_000);
  afterAll(() => platform.close(), 30_000);

  /** The code of a time step, counted from now. */
  const codeOf = (secret: string, steps = 0) =>
    generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) + steps * 30 });
  const nextStep = () => platform.clock.advance(30_000);

  async function withTwoFactor(email: string) {
    const tokens = await platform.signedIn(email);
    const { body } = await platform.post('/me/two-factor', {}, tokens.accessToken);
    const enrolment = Enrolment.parse(body);
    const answer = await platform.post(
      '/me/two-factor/confirm',
      { code: codeOf(enrolment.secret) },
      tokens.accessToken,
    );
    nextStep();
    return { ...enrolment, ...Codes.parse(answer.body), tokens };
  }
  async function challengeOf(email: string, password = PASSWORD): Promise<string> {
    const { status, body } = await platform.post('/auth/sign-in', { email, password });
    expect(status).toBe(200);
    return Challenge.parse(body).challenge;
  }
  const second = (body: object) => platform.post('/auth/two-factor', body);
  const stepUp = (body: object, token: string) => platform.post('/auth/step-up', body, token);

  describe('turning it on', () => {
    it('shows a secret as text, otpauth URI, PNG and SVG, and asks for nothing before a code has been confirmed', async () => {
      const email = 'enrol@example.com';
      const { accessToken } = await platform.signedIn(email);
      const { status, body, headers } = await platform.post('/me/two-factor', {}, accessToken);
      expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
      const { secret, uri, qrPng, qrSvg } = Enrolment.parse(body);
      const parsed = new URL(uri);
      expect(`${parsed.protocol}//${parsed.host}${decodeURIComponent(parsed.pathname)}`).toBe(
        `otpauth://totp/Lyceum:${email}`,
      );
      expect(Object.fromEntries(parsed.searchParams)).toMatchObject({ secret, issuer: 'Lyceum' });
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      const png = Buffer.from(qrPng.replace('data:image/png;base64,', ''), 'base64');
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(qrSvg).toMatch(/^<svg [^]*<\/svg>\s*$/);
      expect((await platform.request('GET', '/me/two-factor', accessToken)).body).toEqual({ status: 'pending' });
      expect((await platform.signIn(email)).tokenType).toBe('Bearer');
      expect(await platform.stored()).not.toContain(secret);
    });

    it('takes a code of the step before, now or after, and no other; then it is on, and the owner is told', async () => {
      const email = 'confirm@example.com';
      const { accessToken } = await platform.signedIn(email);
      const { secret } = Enrolment.parse((await platform.post('/me/two-factor', {}, accessToken)).body);
      const confirm = (code: string) => platform.post('/me/two-factor/confirm', { code }, accessToken);
      for (const steps of [-3, 3])
        expect(await confirm(codeOf(secret, steps))).toMatchObject(problem(403, 'identity.code-refused'));
      expect(await confirm('12345')).toMatchObject(problem(400, 'http.invalid-request'));
      const { status, body } = await confirm(codeOf(secret, -1));
      expect(status).toBe(200);
      const { recoveryCodes } = Codes.parse(body);
      expect(recoveryCodes).toHaveLength(10);
      expect(await platform.told('identity.two-factor-enabled.v1', email)).toMatchObject([{ firstName: 'Ada' }]);
      expect((await platform.request('GET', '/me/two-factor', accessToken)).body).toMatchObject({
        status: 'on',
        recoveryCodesLeft: 10,
      });
      expect(await platform.post('/me/two-factor', {}, accessToken)).toMatchObject(
        problem(409, 'identity.two-factor-already-on'),
      );
      const stored = await platform.stored();
      for (const text of [secret, ...recoveryCodes]) expect(stored).not.toContain(text);
    });

    it('asks for a fresh proof of who it is, so that a stolen token locks nobody out', async () => {
      const { accessToken } = await platform.signedIn('thief@example.com');
      platform.clock.advance(601_000);
      const answer = await platform.post('/me/two-factor', {}, accessToken);
      expect(answer).toMatchObject(problem(401, 'http.step-up-required'));
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
    });
  });

  describe('signing in', () => {
    it('takes the password and then a code, which the token and its successors tell of', async () => {
      const email = 'both@example.com';
      const { secret } = await withTwoFactor(email);
      const challenge = await challengeOf(email);
      const { status, body, headers } = await second({ challenge, code: codeOf(secret) });
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      const { accessToken, refreshToken } = Tokens.parse(body);
      expect(decodeJwt(accessToken)).toMatchObject({
        acr: 'aal2',
        amr: ['pwd', 'otp', 'mfa'],
        auth_time: expect.any(Number),
      });
      platform.clock.advance(60_000);
      const { acr, amr, auth_time } = decodeJwt((await platform.refresh(refreshToken)).accessToken);
      expect({ acr, amr, auth_time }).toEqual({
        acr: 'aal2',
        amr: ['pwd', 'otp', 'mfa'],
        auth_time: decodeJwt(accessToken)['auth_time'],
      });
    });

    it('says nothing about a second factor to who does not know the password', async () => {
      const email = 'quiet@example.com';
      await withTwoFactor(email);
      const answer = await platform.post('/auth/sign-in', { email, password: 'not-the-password' });
      expect(answer).toMatchObject(problem(401, 'identity.sign-in-refused'));
    });

    it('takes a code once, also when it comes three times at once with three challenges', async () => {
      const email = 'replay@example.com';
      const { secret } = await withTwoFactor(email);
      const challenges = [];
      for (let n = 0; n < 3; n += 1) challenges.push(await challengeOf(email));
      const code = codeOf(secret);
      const answers = await Promise.all(challenges.map((challenge) => second({ challenge, code })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
      const another = await challengeOf(email);
      expect(await second({ challenge: another, code })).toMatchObject(problem(403, 'identity.code-refused'));
      expect(await second({ challenge: another, code: codeOf(secret, -1) })).toMatchObject(
        problem(403, 'identity.code-refused'),
      );
      expect((await second({ challenge: another, code: codeOf(secret, 1) })).status).toBe(200);
    });

    it('opens one session for a challenge, whatever is shown with it', async () => {
      const email = 'once@example.com';
      const { secret, recoveryCodes } = await withTwoFactor(email);
      const challenge = await challengeOf(email);
      const [first = '', other = ''] = recoveryCodes;
      const all = [{ code: codeOf(secret) }, { recoveryCode: first }, { recoveryCode: other }];
      const answers = await Promise.all(all.map((shown) => second({ challenge, ...shown })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      nextStep();
      expect(await second({ challenge, code: codeOf(secret) })).toMatchObject(
        problem(401, 'identity.challenge-refused'),
      );
    });

    it('gives a challenge five minutes, and refuses invented ones', async () => {
      const email = 'late@example.com';
      const { secret } = await withTwoFactor(email);
      const challenge = await challengeOf(email);
      platform.clock.advance(300_000);
      expect(await second({ challenge, code: codeOf(secret) })).toMatchObject(
        problem(401, 'identity.challenge-refused'),
      );
      const invented = { challenge: 'x'.repeat(43), code: codeOf(secret) };
      expect(await second(invented)).toMatchObject(problem(401, 'identity.challenge-refused'));
      expect(await second({ challenge: { $ne: '' }, code: '123456' })).toMatchObject(
        problem(400, 'http.invalid-request'),
      );
    });

    it('slows guesses down over all challenges of an account, and lets the owner in afterwards', async () => {
      const email = 'guess@example.com';
      const { secret } = await withTwoFactor(email);
      const guesses = [];
      for (let n = 0; n < 6; n += 1)
        guesses.push(await second({ challenge: await challengeOf(email), code: '000000' }));
      expect(guesses.filter(({ status }) => status === 403)).toHaveLength(5);
      expect(guesses.at(-1)).toMatchObject(problem(429, 'identity.too-many-attempts'));
      const early = await second({ challenge: await challengeOf(email), code: codeOf(secret) });
      expect(early.status).toBe(429);
      platform.clock.advance(900_000);
      expect((await second({ challenge: await challengeOf(email), code: codeOf(secret) })).status).toBe(200);
    });

    it('takes each recovery code once, and tells the owner', async () => {
      const email = 'recover@example.com';
      const { recoveryCodes } = await withTwoFactor(email);
      const [recoveryCode = ''] = recoveryCodes;
      const typed = recoveryCode.toLowerCase().replaceAll('-', ' ');
      const { status, body } = await second({ challenge: await challengeOf(email), recoveryCode: typed });
      expect(status).toBe(200);
      expect(decodeJwt(Tokens.parse(body).accessToken)).toMatchObject({ acr: 'aal2' });
      const again = await second({ challenge: await challengeOf(email), recoveryCode });
      expect(again).toMatchObject(problem(403, 'identity.code-refused'));
      expect(await platform.told('identity.recovery-code-used.v1', email)).toMatchObject([{ codesLeft: 9 }]);
    });

    it('begins anew when the password was changed after the challenge', async () => {
      const email = 'changed@example.com';
      const { secret, tokens } = await withTwoFactor(email);
      const challenge = await challengeOf(email);
      const fresh = { currentPassword: PASSWORD, newPassword: 'another-long-passphrase' };
      expect((await platform.post('/me/password', fresh, tokens.accessToken)).status).toBe(204);
      const answer = await second({ challenge, code: codeOf(secret) });
      expect(answer).toMatchObject(problem(401, 'identity.challenge-refused'));
    });
  });

  describe('stepping up', () => {
    it('by password makes the token of the same session fresh, where no second factor is on', async () => {
      const { accessToken, refreshToken } = await platform.signedIn('stepup@example.com');
      platform.clock.advance(700_000);
      expect(await stepUp({ password: 'not-the-password' }, accessToken)).toMatchObject(
        problem(403, 'identity.current-password-wrong'),
      );
      const { status, body } = await stepUp({ password: PASSWORD }, accessToken);
      expect(status).toBe(200);
      const [before, fresh] = [decodeJwt(accessToken), decodeJwt(Access.parse(body).accessToken)];
      expect(fresh).toMatchObject({ sid: before['sid'], acr: 'aal1', amr: ['pwd'] });
      expect(Number(fresh['auth_time']) - Number(before['auth_time'])).toBeGreaterThanOrEqual(700);
      const refreshed = decodeJwt((await platform.refresh(refreshToken)).accessToken);
      expect(refreshed['auth_time']).toBe(fresh['auth_time']);
      expect((await platform.post('/me/two-factor', {}, Access.parse(body).accessToken)).status).toBe(201);
    });

    it('takes a code where one is asked for, and not the password alone', async () => {
      const { secret, tokens } = await withTwoFactor('stronger@example.com');
      expect(await stepUp({ password: PASSWORD }, tokens.accessToken)).toMatchObject(
        problem(403, 'identity.second-factor-needed'),
      );
      const { body } = await stepUp({ code: codeOf(secret) }, tokens.accessToken);
      expect(decodeJwt(Access.parse(body).accessToken)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    });

    it('slows guesses of the password down as signing in does', async () => {
      const { accessToken } = await platform.signedIn('slow@example.com');
      const answers = [];
      for (let n = 0; n < 6; n += 1) answers.push(await stepUp({ password: `wrong-password-${n}` }, accessToken));
      expect(answers.at(-1)).toMatchObject(problem(429, 'identity.too-many-attempts'));
    });

    it('is refused for a session that has ended', async () => {
      const { accessToken } = await platform.signedIn('ended@example.com');
      await platform.request('POST', '/auth/sign-out', accessToken);
      const { status } = await stepUp({ password: PASSWORD }, accessToken);
      expect([401, 404]).toContain(status);
    });
  });

  it('a session from before this was remembered counts as begun by password', async () => {
    const { accessToken, refreshToken } = await platform.signedIn('before@example.com');
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = platform.service.env;
    const connection = await mongoose
      .createConnection(MONGODB_URI, { dbName: `${DATABASE_PREFIX}identity` })
      .asPromise();
    const sessions = connection.collection<{ _id: string; shape: number; authentication?: object }>('sessions');
    const id = { _id: String(decodeJwt(accessToken)['sid']) };
    await sessions.updateOne(id, { $set: { shape: 1 }, $unset: { authentication: true } });
    await connection.close();
    const claims = decodeJwt((await platform.refresh(refreshToken)).accessToken);
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1', auth_time: decodeJwt(accessToken)['auth_time'] });
  });

  describe('what weakens it', () => {
    it('takes a fresh second factor: turning it off, and new recovery codes', async () => {
      const email = 'off@example.com';
      const { secret, tokens, recoveryCodes } = await withTwoFactor(email);
      const weak = tokens.accessToken; // signed in a moment ago, by password alone
      for (const [method, path] of [
        ['DELETE', '/me/two-factor'],
        ['POST', '/me/two-factor/recovery-codes'],
      ] as const)
        expect(await platform.request(method, path, weak)).toMatchObject(problem(401, 'http.step-up-required'));
      const strong = Access.parse((await stepUp({ code: codeOf(secret) }, weak)).body).accessToken;
      const renewed = Codes.parse((await platform.request('POST', '/me/two-factor/recovery-codes', strong)).body);
      expect(renewed.recoveryCodes).toHaveLength(10);
      const [old = ''] = recoveryCodes;
      const [fresh = ''] = renewed.recoveryCodes;
      expect(await stepUp({ recoveryCode: old }, weak)).toMatchObject(problem(403, 'identity.code-refused'));
      expect((await stepUp({ recoveryCode: fresh }, weak)).status).toBe(200);
      expect((await platform.request('DELETE', '/me/two-factor', strong)).status).toBe(204);
      expect(await platform.told('identity.two-factor-disabled.v1', email)).toHaveLength(1);
      expect((await platform.signIn(email)).tokenType).toBe('Bearer');
    });

    it('may be done by an administrator, with a reason, and the owner is told', async () => {
      const email = 'lost@example.com';
      const { tokens } = await withTwoFactor(email);
      const path = `/users/${tokens.user.id}/two-factor/reset`;
      const reason = 'Phone lost; seen in a call';
      expect(await platform.post(path, { reason }, tokens.accessToken)).toMatchObject(problem(403, 'http.not-allowed'));
      const { accessToken: admin } = await platform.signIn('root@example.com');
      expect(await platform.post(path, {}, admin)).toMatchObject(problem(400, 'http.invalid-request'));
      expect(await platform.post('/users/nobody/two-factor/reset', { reason }, admin)).toMatchObject(
        problem(404, 'identity.account-not-found'),
      );
      expect((await platform.post(path, { reason }, admin)).status).toBe(204);
      expect((await platform.post(path, { reason }, admin)).status).toBe(204);
      const told = await platform.told('identity.two-factor-reset.v1', email);
      expect(told).toMatchObject([{ userId: tokens.user.id, reason, adminId: expect.any(String) }]);
      expect((await platform.signIn(email)).tokenType).toBe('Bearer');
    });
  });

  it.each([
    ['GET', '/me/two-factor'],
    ['POST', '/me/two-factor'],
    ['POST', '/me/two-factor/confirm'],
    ['POST', '/me/two-factor/recovery-codes'],
    ['DELETE', '/me/two-factor'],
    ['POST', '/auth/step-up'],
    ['POST', '/users/u1/two-factor/reset'],
  ])('%s %s is closed without a token', async (method, path) => {
    expect(await platform.request(method, path)).toMatchObject(problem(401, 'http.not-signed-in'));
  });
});
