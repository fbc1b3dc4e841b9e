import { reactionsOf } from '@lyceum/bus';
import { Envelope, eventOfType } from '@lyceum/contracts';
import { BadConfiguration, type RunningService, start } from '@lyceum/host';
import { RecordingBus, eventually, goldenSamples, ownPaths } from '@lyceum/testing';
import { createLog } from '@lyceum/telemetry';
import { decodeProtectedHeader } from 'jose';
import { Reactions } from '../src/reactions.js';
import { identity } from '../src/service.js';
import { Platform } from './platform.js';

const ADMIN = { ADMIN_EMAIL: 'Root@Example.com', ADMIN_PASSWORD: 'a lantern over the bay' };
const PROVIDERS = '[{"id":"campus","name":"Campus","issuer":"https://campus.example","clientId":"lyceum"}]';

jest.setTimeout(30_000);

describe('identity, starting', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  /** Another instance on the same database. */
  const another = (env: Record<string, string> = {}, bus = new RecordingBus()): Promise<RunningService> =>
    start(identity, {
      env: { ...platform.service.env, ...env },
      bus,
      log: createLog({ service: 'identity', level: 'silent', format: 'json' }),
      processMetrics: false,
    });
  const jwksOf = async ({ url }: { url: string }): Promise<unknown> =>
    (await fetch(`${url}/.well-known/jwks.json`)).json();

  it('makes one administrator, verified, however many instances start, and never again', async () => {
    const buses = Array.from({ length: 4 }, () => new RecordingBus());
    const instances = await Promise.all(buses.map((bus) => another(ADMIN, bus)));
    const published = () => buses.flatMap((bus) => bus.published);
    await eventually(() => expect(published()).toHaveLength(2));
    expect(published().map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'identity.user-registered.v1',
        data: expect.objectContaining({ email: 'root@example.com', roles: ['ADMIN'] }),
      },
      { type: 'identity.email-verified.v1', data: expect.objectContaining({ email: 'root@example.com' }) },
    ]);
    const { user } = await platform.signIn('root@example.com', 'Firefox', ADMIN.ADMIN_PASSWORD);
    expect(user).toMatchObject({ roles: ['ADMIN'], emailVerified: true });
    await Promise.all(instances.map((instance) => instance.close()));

    const bus = new RecordingBus();
    await (await another({ ...ADMIN, ADMIN_PASSWORD: 'a lighthouse instead' }, bus)).close();
    expect(bus.published).toEqual([]);
    expect((await platform.signIn('root@example.com', 'Firefox', ADMIN.ADMIN_PASSWORD)).user.id).toBe(user.id);
  }, 60_000);

  it('shares one signing key between all instances, whose private half is in no JWKS and not in clear in the database', async () => {
    const instances = await Promise.all([another(), another(), another()]);
    const all = await Promise.all([platform.service, ...instances].map(jwksOf));
    expect(new Set(all.map((jwks) => JSON.stringify(jwks))).size).toBe(1);
    expect(all[0]).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: expect.any(String), x: expect.any(String) }],
    });
    expect(await platform.stored()).not.toMatch(/\\"d\\":/);
    const { accessToken } = await platform.signedIn('shared@example.com');
    for (const { url } of instances) {
      const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(me.status).toBe(200);
    }
    expect(JSON.stringify(all[0])).toContain(String(decodeProtectedHeader(accessToken).kid));
    await Promise.all(instances.map((instance) => instance.close()));
  }, 60_000);

  it('stops with another key encryption key than the one before', async () => {
    await expect(another({ KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') })).rejects.toThrow(
      'There is no key',
    );
  });

  it.each([
    [{ KEY_ENCRYPTION_KEY: 'short' }, 'KEY_ENCRYPTION_KEY'],
    [{ KEY_ENCRYPTION_KEY: '' }, 'KEY_ENCRYPTION_KEY is missing'],
    [{ KEY_ENCRYPTION_KEYS_READ_ONLY: 'short' }, 'KEY_ENCRYPTION_KEYS_READ_ONLY'],
    [{ NOTIFY_SEALING_PUBLIC_KEY: '{}' }, 'NOTIFY_SEALING_PUBLIC_KEY'],
    [
      { NOTIFY_SEALING_PUBLIC_KEY: '{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"secret"}' },
      'NOTIFY_SEALING_PUBLIC_KEY',
    ],
    [{ OIDC_PROVIDERS: '{' }, 'OIDC_PROVIDERS must be a JSON list of providers'],
    [{ OIDC_RETURN_URLS: 'https://app.example/, http://app.example/' }, 'OIDC_RETURN_URLS must be https URLs'],
    [
      { OIDC_PROVIDERS: PROVIDERS, PUBLIC_URL: 'http://lyceum.example' },
      'PUBLIC_URL must begin with https:// where there are OIDC_PROVIDERS',
    ],
    [{ ADMIN_EMAIL: 'root@example.com' }, 'ADMIN_EMAIL and ADMIN_PASSWORD belong together'],
    [{ ...ADMIN, ADMIN_PASSWORD: 'short' }, 'ADMIN_PASSWORD'],
  ])('stops with one message for the bad setting %j', async (env, message) => {
    const starting = another(env);
    await expect(starting).rejects.toBeInstanceOf(BadConfiguration);
    await expect(starting).rejects.toThrow(message);
  });

  it('starts while a provider cannot be reached', async () => {
    const unreachable = PROVIDERS.replace('https://campus.example', 'http://127.0.0.1:9');
    const instance = await another({ OIDC_PROVIDERS: unreachable });
    const answer = await fetch(`${instance.url}/auth/providers`);
    expect(await answer.json()).toEqual({ items: [{ id: 'campus', name: 'Campus' }] });
    await instance.close();
  });

  it('documents every route, who may call it and how it refuses', async () => {
    const { paths } = platform.service.service.openApi();
    const routes = Object.entries(ownPaths(paths)).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, { 'x-access': access }]) => `${method.toUpperCase()} ${path}: ${access}`,
      ),
    );
    expect(routes.sort()).toEqual([
      'DELETE /me/api-keys/{keyId}: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me/erasure: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me/external-identities/{identityId}: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me/passkeys/{passkeyId}: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me/sessions/{sessionId}: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me/two-factor: STUDENT, INSTRUCTOR, ADMIN',
      'DELETE /me: STUDENT, INSTRUCTOR, ADMIN',
      'GET /.well-known/ended-sessions: public',
      'GET /.well-known/jwks.json: public',
      'GET /audit/export: ADMIN',
      'GET /audit/verify: ADMIN',
      'GET /audit: ADMIN',
      'GET /auth/external/{provider}/callback: public',
      'GET /auth/providers: public',
      'GET /email-change/confirm: public',
      'GET /email-change/stop: public',
      'GET /erasure-receipt: public',
      'GET /erasures/{erasureId}: ADMIN',
      'GET /me/api-keys: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/consents: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/exports/{exportId}/archive: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/exports/{exportId}: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/exports: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/external-identities: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/passkeys: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/security-events: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/sessions: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me/two-factor: STUDENT, INSTRUCTOR, ADMIN',
      'GET /me: STUDENT, INSTRUCTOR, ADMIN',
      'GET /reset-password: public',
      'GET /users/{userId}: ADMIN',
      'GET /users: ADMIN',
      'GET /verify-email: public',
      'PATCH /me/passkeys/{passkeyId}: STUDENT, INSTRUCTOR, ADMIN',
      'PATCH /me: STUDENT, INSTRUCTOR, ADMIN',
      'POST /api-keys/exchange: public',
      'POST /auth/confirm-email-change: public',
      'POST /auth/external/exchange: public',
      'POST /auth/external/{provider}/begin: public',
      'POST /auth/forgot-password: public',
      'POST /auth/passkey/options: public',
      'POST /auth/passkey: public',
      'POST /auth/refresh: public',
      'POST /auth/register: public',
      'POST /auth/resend-verification: public',
      'POST /auth/reset-password: public',
      'POST /auth/sign-in: public',
      'POST /auth/sign-out-everywhere: STUDENT, INSTRUCTOR, ADMIN',
      'POST /auth/sign-out: STUDENT, INSTRUCTOR, ADMIN',
      'POST /auth/step-up: STUDENT, INSTRUCTOR, ADMIN',
      'POST /auth/stop-email-change: public',
      'POST /auth/two-factor: public',
      'POST /auth/verify-email: public',
      'POST /email-change/confirm: public',
      'POST /email-change/stop: public',
      'POST /me/api-keys: STUDENT, INSTRUCTOR, ADMIN (verified)',
      'POST /me/email: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/export: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/external-identities/{provider}/begin: STUDENT, INSTRUCTOR, ADMIN (verified)',
      'POST /me/passkeys/options: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/passkeys: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/password: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/two-factor/confirm: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/two-factor/recovery-codes: STUDENT, INSTRUCTOR, ADMIN',
      'POST /me/two-factor: STUDENT, INSTRUCTOR, ADMIN',
      'POST /reset-password: public',
      'POST /users/{userId}/erase: ADMIN',
      'POST /users/{userId}/reinstate: ADMIN',
      'POST /users/{userId}/roles: ADMIN',
      'POST /users/{userId}/sign-out: ADMIN',
      'POST /users/{userId}/suspend: ADMIN',
      'POST /users/{userId}/two-factor/reset: ADMIN',
      'POST /verify-email: public',
      'PUT /me/consents: STUDENT, INSTRUCTOR, ADMIN',
    ]);
    expect(paths['/auth/sign-in']?.post?.responses).toMatchObject({ 200: {}, 400: {}, 401: {}, 429: {} });
    expect(paths['/auth/register']?.post?.requestBody).toMatchObject({ required: true });
  });

  it('understands every recorded event that it listens to', async () => {
    const events = reactionsOf(Reactions).filter(({ type }) => eventOfType(type));
    for (const { type } of events)
      for (const sample of goldenSamples(type))
        await expect(platform.service.bus.publishTo('identity', [Envelope.parse(sample)])).resolves.toBeUndefined();
  });

  it('publishes only events of its contract', () => {
    const known = new Set(identity.publishes.map(({ type }) => type));
    expect(platform.service.bus.published.filter(({ type }) => !known.has(type))).toEqual([]);
  });
});
