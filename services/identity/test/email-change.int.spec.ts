import { emailChangeAnnounced, emailChangeRequested, emailChanged, registrationRepeated } from '@lyceum/contracts';
import { eventually } from '@lyceum/testing';
import { PASSWORD, Platform, person } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const gone = problem(410, 'identity.email-change-refused');

jest.setTimeout(30_000);

describe('another e-mail address', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  const ask = (token: string, newEmail: string) => platform.post('/me/email', { newEmail }, token);
  const confirm = (token: string) => platform.post('/auth/confirm-email-change', { token });
  const stop = (token: string) => platform.post('/auth/stop-email-change', { token });
  const proofAt = (email: string) => platform.mailedToken(email, 1, emailChangeRequested.type);
  const stopAt = (email: string) => platform.mailedToken(email, 1, emailChangeAnnounced.type);
  const trySignIn = async (email: string) =>
    (await platform.post('/auth/sign-in', { email, password: PASSWORD })).status;

  it('is that of the account when it has proven itself, once', async () => {
    const [old, next] = ['old@example.com', 'next@example.com'];
    const { accessToken, user } = await platform.signedIn(old);
    expect(await ask(accessToken, ' NEXT@example.com')).toMatchObject({
      status: 202,
      body: { status: 'confirmation-sent' },
    });
    expect((await platform.request('GET', '/me', accessToken)).body).toMatchObject({ email: old });
    const token = await proofAt(next);
    const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(7);
    expect(await platform.told(emailChanged.type, next)).toMatchObject([{ oldEmail: old, userId: user.id }]);
    expect((await platform.request('GET', '/me', accessToken)).body).toMatchObject({
      email: next,
      emailVerified: true,
    });
    expect([await trySignIn(old), await trySignIn(next)]).toEqual([401, 200]);
    expect(await stop(await stopAt(old))).toMatchObject(gone);
  });

  it('can be stopped from the old one, which signs everybody out', async () => {
    const { accessToken, refreshToken } = await platform.signedIn('victim@example.com');
    await ask(accessToken, 'thief@example.com');
    const proof = await proofAt('thief@example.com');
    expect((await stop(await stopAt('victim@example.com'))).status).toBe(204);
    expect(await confirm(proof)).toMatchObject(gone);
    expect((await platform.post('/auth/refresh', { refreshToken })).status).toBe(401);
    expect([await trySignIn('victim@example.com'), await trySignIn('thief@example.com')]).toEqual([200, 401]);
  });

  it('that somebody has is answered alike; its owner is told, and it stays where it is', async () => {
    const { accessToken } = await platform.signedIn('asker@example.com');
    await platform.post('/auth/register', person('taken@example.com', { firstName: 'Grace' }));
    const free = await ask((await platform.signedIn('other@example.com')).accessToken, 'free@example.com');
    const taken = await ask(accessToken, 'taken@example.com');
    expect(taken).toMatchObject({ status: free.status, body: free.body });
    await stopAt('asker@example.com');
    expect(await platform.told(registrationRepeated.type, 'taken@example.com')).toMatchObject([{ firstName: 'Grace' }]);
    const asked = platform.service.bus.ofType(emailChangeRequested.type).map(({ data }) => data);
    expect(JSON.stringify(asked)).not.toContain('taken@example.com');
  });

  it('that two accounts want at once goes to the first who proves it', async () => {
    const wanted = 'wanted@example.com';
    for (const email of ['first@example.com', 'second@example.com'])
      await ask((await platform.signedIn(email)).accessToken, wanted);
    const tokens = [await platform.mailedToken(wanted, 2, emailChangeRequested.type)];
    const [first] = platform.service.bus
      .ofType(emailChangeRequested.type)
      .filter(({ data }) => hasAddress(data, wanted));
    tokens.push(await platform.unsealed(first?.data));
    const answers = await Promise.all(tokens.map(confirm));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 410]);
    expect(await platform.told(emailChanged.type, wanted)).toHaveLength(1);
  });

  it('needs a fresh proof of who asks', async () => {
    const { accessToken } = await platform.signedIn('stale-proof@example.com');
    platform.clock.advance(11 * 60_000);
    expect(await ask(accessToken, 'x@example.com')).toMatchObject(problem(401, 'http.step-up-required'));
    expect(await ask('', 'x@example.com')).toMatchObject(problem(401, 'http.not-signed-in'));
    const fresh = await platform.signIn('stale-proof@example.com');
    expect(await ask(fresh.accessToken, 'no address')).toMatchObject(problem(400, 'http.invalid-request'));
    expect((await ask(fresh.accessToken, 'x@example.com')).status).toBe(202);
    expect(await ask(fresh.accessToken, 'y@example.com')).toMatchObject(problem(429, 'identity.too-many-attempts'));
  });

  it('leaves no token in clear', async () => {
    const { accessToken } = await platform.signedIn('clear@example.com');
    await ask(accessToken, 'clear-next@example.com');
    const tokens = [await proofAt('clear-next@example.com'), await stopAt('clear@example.com')];
    expect(tokens[0]).not.toBe(tokens[1]);
    for (const text of [JSON.stringify(platform.service.bus.published), await platform.stored()])
      for (const token of tokens) expect(text).not.toContain(token);
  });

  it('has pages that change nothing when they are opened', async () => {
    const { accessToken } = await platform.signedIn('paged@example.com');
    await ask(accessToken, 'paged-next@example.com');
    const [proof, stopping] = [await proofAt('paged-next@example.com'), await stopAt('paged@example.com')];
    const urlOf = (path: string) => `${platform.service.url}/email-change/${path}`;
    const seen = async (answer: Response) => [answer.status, await answer.text()];
    const open = async (path: string, token: string) =>
      seen(await fetch(`${urlOf(path)}?token=${encodeURIComponent(token)}`));
    const submit = async (path: string, token: string) =>
      seen(await fetch(urlOf(path), { method: 'POST', body: new URLSearchParams({ token }) }));
    expect(await open('stop', stopping)).toEqual([200, expect.stringContaining('Keep my address')]);
    expect(await open('confirm', proof)).toEqual([200, expect.stringContaining('Use this address')]);
    expect(await open('confirm', '"><script>')).toEqual([410, expect.not.stringContaining('<script')]);
    expect(await submit('confirm', stopping)).toEqual([410, expect.stringContaining('does not work')]);
    expect(await submit('confirm', proof)).toEqual([200, expect.stringContaining('Your address is changed')]);
    expect(await submit('stop', stopping)).toEqual([410, expect.stringContaining('does not work')]);
    await eventually(async () => expect(await trySignIn('paged-next@example.com')).toBe(200));
  });
});

const hasAddress = (data: unknown, email: string): boolean => JSON.stringify(data).includes(`"${email}"`);
