import { randomBytes } from 'node:crypto';
import {
  Interrupted,
  type JobContext,
  OperatorsService,
  type RunningService,
  ScheduledJobs,
  start,
} from '@lyceum/host';
import { changed, newId } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import { RecordingBus, eventually } from '@lyceum/testing';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { AT_ONCE, KeyEncryption } from '../src/encryption/key-encryption.service.js';
import { SecretsAtRest, keyIdOf } from '../src/encryption/secrets-at-rest.js';
import { identity } from '../src/service.js';
import { contextOf } from '../src/two-factor/authenticator.js';
import { TwoFactorStore } from '../src/two-factor/two-factor.store.js';
import { PASSWORD, Platform, Tokens } from './platform.js';

const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a lantern over the bay' };
const newKey = () => randomBytes(32).toString('base64');
const log = createLog({ service: 'identity', level: 'silent', format: 'json' });

jest.setTimeout(60_000);

describe('the key that secrets are encrypted with', () => {
  const platform = new Platform();
  const old = newKey();
  const next = newKey();
  let apps: { email: string; secret: string }[];
  let running: RunningService | undefined;
  beforeAll(async () => {
    await platform.start({ ...ADMIN, KEY_ENCRYPTION_KEY: old });
    apps = [await withApp('one@example.com'), await withApp('two@example.com')];
  }, 60_000);
  afterEach(() => running?.close());
  afterAll(() => platform.close(), 30_000);

  const codeOf = (secret: string) =>
    generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) });
  async function withApp(email: string) {
    const { accessToken } = await platform.signedIn(email);
    const { secret } = z
      .object({ secret: z.string() })
      .parse((await platform.post('/me/two-factor', {}, accessToken)).body);
    await platform.post('/me/two-factor/confirm', { code: codeOf(secret) }, accessToken);
    return { email, secret };
  }

  /** Another instance on the same data. */
  async function instance(inFront: string, ...others: string[]): Promise<RunningService> {
    const keys = { KEY_ENCRYPTION_KEY: inFront, KEY_ENCRYPTION_KEYS_READ_ONLY: others.join(',') };
    const env = { ...platform.service.env, ...keys };
    running = await start(identity, {
      env,
      bus: new RecordingBus(),
      log,
      clock: platform.clock,
      processMetrics: false,
    });
    return running;
  }
  const post = async (at: { url: string }, path: string, body: object): Promise<{ status: number; body: unknown }> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${at.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const get = async (at: { url: string }, path: string, token: string): Promise<unknown> =>
    (await fetch(`${at.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).json();
  /** Signs in with both factors. */
  async function signIn(at: { url: string }, { email, secret }: { email: string; secret: string }): Promise<Tokens> {
    platform.clock.advance(60_000);
    const { body } = await post(at, '/auth/sign-in', { email, password: PASSWORD });
    const { challenge } = z.object({ challenge: z.string() }).parse(body);
    return Tokens.parse((await post(at, '/auth/two-factor', { challenge, code: codeOf(secret) })).body);
  }
  const context = (more: Partial<JobContext> = {}): JobContext => ({
    runId: 'r1',
    signal: AbortSignal.abort(),
    cursor: undefined,
    reached: () => Promise.resolve(),
    ...more,
  });

  it('is replaced: what the old one has encrypted is read, then encrypted anew, then the old one is not needed', async () => {
    const before = await signIn(platform.service, apps[0] ?? { email: '', secret: '' });
    const both = await instance(next, old);
    for (const app of apps) await signIn(both, app);
    const { accessToken } = Tokens.parse(
      (await post(both, '/auth/sign-in', { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD })).body,
    );
    await eventually(async () =>
      expect(await both.app.get(Metrics).registry.metrics()).toMatch(
        /secrets_outdated\{place="authenticators".*\} 2$/m,
      ),
    );
    expect(await get(both, '/operations/identity/encryption', accessToken)).toEqual({
      keyId: keyIdOf(next),
      readOnlyKeyIds: [keyIdOf(old)],
      // those of people may have been wrapped anew by now: an instance does so soon after its start
      left: { 'signing-keys': 1, authenticators: 2, 'personal-keys': expect.any(Number) },
    });

    const jobs = both.app.get(ScheduledJobs);
    await both.app.get(OperatorsService).runJob('ada', 'identity.encrypt-anew');
    await eventually(async () =>
      expect(await jobs.latest('identity.encrypt-anew', 1)).toMatchObject([
        { state: { status: 'done' }, counts: { left: 0 } },
      ]),
    );
    expect(await platform.stored()).not.toContain(`v1.${keyIdOf(old)}.`);
    const refreshed = Tokens.parse((await post(both, '/auth/refresh', { refreshToken: before.refreshToken })).body);
    await both.close();

    const alone = await instance(next);
    for (const app of apps) await signIn(alone, app);
    expect(await get(alone, '/me', refreshed.accessToken)).toMatchObject({ email: 'one@example.com' });
    expect((await post(alone, '/auth/refresh', { refreshToken: refreshed.refreshToken })).status).toBe(200);
  });

  it('is replaced from where it was when that was interrupted, and one secret that cannot be read holds up no other', async () => {
    const third = newKey();
    const both = await instance(third, next, old);
    const twoFactors = both.app.get(TwoFactorStore);
    const encryption = both.app.get(KeyEncryption);
    const before = new SecretsAtRest({ KEY_ENCRYPTION_KEY: old, KEY_ENCRYPTION_KEYS_READ_ONLY: [] });
    const lost = new SecretsAtRest({ KEY_ENCRYPTION_KEY: newKey(), KEY_ENCRYPTION_KEYS_READ_ONLY: [] });
    const many = AT_ONCE + 20;
    for (let n = 0; n < many; n += 1) {
      const id = newId();
      const secret = (n === 5 ? lost : before).encrypt('JBSWY3DPEHPK3PXP', contextOf(id));
      await twoFactors.change(id, () => changed({ id, state: { status: 'pending', secret, expiresAt: new Date() } }));
    }
    const total = many + apps.length;

    let cursor: string | undefined;
    const interrupted = encryption.renew(
      context({
        reached: async (at) => {
          if (at.startsWith('signing-keys')) return;
          cursor = at;
          throw new Interrupted();
        },
      }),
    );
    await expect(interrupted).rejects.toBeInstanceOf(Interrupted);
    expect(await encryption.left()).toMatchObject({ 'signing-keys': 0, authenticators: total - AT_ONCE + 1 });
    const renewed: number[] = [];
    const goingOn = context({
      cursor,
      reached: async (_, done = {}) => {
        renewed.push(done['renewed'] ?? 0);
      },
    });
    expect(await encryption.renew(goingOn)).toEqual({ left: 1 });
    expect(renewed.slice(0, 2)).toEqual([total - AT_ONCE, 0]);
    expect(await encryption.left()).toEqual({ 'signing-keys': 0, authenticators: 1, 'personal-keys': 0 });
  });
});
