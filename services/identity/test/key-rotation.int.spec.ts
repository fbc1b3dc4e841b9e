import { type RunningService, ScheduledJobs, defineService, start } from '@lyceum/host';
import { RemoteKeys, Roles, TokenVerifier } from '@lyceum/http';
import { createLog } from '@lyceum/telemetry';
import { RecordingBus, eventually } from '@lyceum/testing';
import { Controller, Get } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { identity } from '../src/service.js';
import { Platform } from './platform.js';

const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a lantern over the bay' };
const MINUTE = 60_000;
const log = createLog({ service: 'identity', level: 'silent', format: 'json' });
const kidOf = (token: string) => String(decodeProtectedHeader(token).kid);

@Controller()
class Visited {
  @Get('visited')
  @Roles()
  visited() {
    return {};
  }
}

/** A service that believes identity's tokens. */
const visited = defineService({
  name: 'visited',
  description: 'For tests.',
  config: z.object({}),
  controllers: [Visited],
  providers: [],
  publishes: [],
  refusals: {},
  stateful: false,
});

jest.setTimeout(60_000);

describe('signing keys', () => {
  const platform = new Platform();
  const bus = new RecordingBus();
  let other: RunningService;
  let service: RunningService | undefined;
  beforeAll(async () => {
    await platform.start(ADMIN);
    const { env } = platform.service;
    other = await start(identity, { env: { ...env }, bus, log, clock: platform.clock, processMetrics: false });
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await other.close();
    await platform.close();
  }, 30_000);

  const get = async (url: string, token: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  /** What both instances of identity say to a token. */
  const here = (token: string) => Promise.all([platform.service, other].map(({ url }) => get(`${url}/me`, token)));
  /** What they and another service say to it. */
  const doors = async (token: string) => [...(await here(token)), await get(`${service?.url}/visited`, token)];
  const asAdmin = () => platform.signIn(ADMIN.ADMIN_EMAIL, 'Firefox', ADMIN.ADMIN_PASSWORD);
  const rotate = async (body: object) =>
    platform.post('/operations/identity/signing-keys/rotate', body, (await asAdmin()).accessToken);
  const rotations = () =>
    [...platform.service.bus.published, ...bus.published].filter(({ type }) => type.includes('keys-rotated'));

  it('are replaced under load, and no token is refused before, during and after', async () => {
    const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = platform.service.env;
    // services that have fetched the keys at different times
    const verifiers = [platform.service.url, other.url, platform.service.url].map((url) => {
      const keys = new RemoteKeys(`${url}/.well-known/jwks.json`, () => platform.clock.now().getTime());
      return new TokenVerifier(keys, { issuer, audience });
    });
    let { refreshToken, accessToken } = await platform.signedIn('load@example.com');
    const tokens: string[] = [accessToken];
    const everyKid = new Set<string>();
    let checked = 0;
    for (let minute = 0; minute < 120; minute += 2) {
      platform.clock.advance(2 * MINUTE);
      // somebody invents keys all the time, so that nobody looks for an unknown one just now
      const invented = accessToken.replace(
        /^[^.]+/,
        Buffer.from('{"alg":"EdDSA","typ":"at+jwt","kid":"x"}').toString('base64url'),
      );
      for (const verifier of verifiers) await expect(verifier.verify(invented)).rejects.toMatchObject({ status: 401 });
      expect(await here(invented)).toEqual([401, 401]);
      if (minute === 12) await rotate({ reason: 'once in a while' });
      const at = minute % 4 === 0 ? platform.service.url : other.url;
      const response = await fetch(`${at}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refreshToken }),
      });
      ({ refreshToken, accessToken } = z
        .object({ refreshToken: z.string(), accessToken: z.string() })
        .parse(await response.json()));
      tokens.unshift(accessToken);
      everyKid.add(kidOf(accessToken));
      // one verifier looks at every token, one now and then, one only after an hour
      const asked = verifiers.filter((_, n) => n === 0 || (n === 1 && minute % 14 === 0) || (n === 2 && minute >= 60));
      const alive = tokens.slice(0, 7);
      await Promise.all(
        [accessToken, ...alive].map(async (token) => {
          for (const verifier of asked)
            await expect(verifier.verify(token)).resolves.toMatchObject({ verified: false });
          expect(await here(token)).toEqual([200, 200]);
          checked += 1;
        }),
      );
    }
    expect(everyKid.size).toBe(2);
    expect(checked).toBeGreaterThan(400);
    expect(rotations()).toMatchObject([{ data: { cause: 'operator', reason: 'once in a while', withdrawnKids: [] } }]);
  });

  it('are replaced by one instance when they are old, and not before', async () => {
    const nudge = () => [platform.service.service, other].forEach(({ app }) => app.get(ScheduledJobs).nudge());
    const runsOf = () => other.app.get(ScheduledJobs).latest('identity.rotate-signing-keys', 10);
    const before = rotations().length;
    for (const [days, rotated] of [
      [20, 0],
      [12, 1],
      [1, 0],
    ] as const) {
      platform.clock.advance(days * 24 * 60 * MINUTE);
      const yesterday = platform.clock.now().getTime() - 24 * 60 * MINUTE;
      nudge();
      await eventually(async () => {
        const [latest] = await runsOf();
        expect(latest?.dueAt.getTime()).toBeGreaterThan(yesterday);
        expect(latest).toMatchObject({ counts: { rotated }, state: { status: 'done' } });
      });
    }
    await eventually(() => expect(rotations()).toHaveLength(before + 1));
    expect(rotations().at(-1)).toMatchObject({ data: { cause: 'schedule' } });
  });

  it('that have leaked are withdrawn: their tokens are refused everywhere within seconds, and sessions go on with the next', async () => {
    const JWKS_URL = `${other.url}/.well-known/jwks.json`;
    service = await start(visited, { env: { ...platform.service.env, JWKS_URL }, log, processMetrics: false });
    const { accessToken, refreshToken } = await platform.signedIn('leak@example.com');
    expect(await doors(accessToken)).toEqual([200, 200, 200]);
    const answer = await rotate({ now: true, reason: 'a backup was stolen' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        keys: [{ status: 'signing' }],
        withdrawn: expect.arrayContaining([{ kid: kidOf(accessToken), at: expect.any(String) }]),
      },
    });
    await eventually(async () => expect(await doors(accessToken)).toEqual([401, 401, 401]), { within: 5_000 });
    const fresh = await platform.refresh(refreshToken);
    expect(kidOf(fresh.accessToken)).not.toBe(kidOf(accessToken));
    expect(await doors(fresh.accessToken)).toEqual([200, 200, 200]);
    expect(await doors(accessToken)).toEqual([401, 401, 401]);
    const jwks = await fetch(`${other.url}/.well-known/jwks.json`);
    expect(await jwks.text()).not.toContain(kidOf(accessToken));
    expect(await platform.stored()).toContain('a backup was stolen'); // on record
  });

  it('are seen and replaced by administrators who have just proven who they are, and nobody else', async () => {
    const path = '/operations/identity/signing-keys';
    const learner = await platform.signedIn('learner@example.com');
    expect(await platform.request('GET', path)).toMatchObject({ status: 401 });
    expect(await platform.request('GET', path, learner.accessToken)).toMatchObject({ status: 403 });
    const order = { now: true, reason: 'because I can' };
    expect(await platform.post(`${path}/rotate`, order, learner.accessToken)).toMatchObject({ status: 403 });
    const admin = await asAdmin();
    const seen = await platform.request('GET', path, admin.accessToken);
    expect(seen).toMatchObject({ status: 200, body: { keys: [{ kid: expect.any(String), status: 'signing' }] } });
    expect(JSON.stringify(seen.body)).not.toContain('Jwk');
    expect(await platform.post(`${path}/rotate`, { now: true }, admin.accessToken)).toMatchObject({ status: 400 });
    platform.clock.advance(11 * MINUTE);
    expect(await platform.post(`${path}/rotate`, order, admin.accessToken)).toMatchObject({
      status: 401,
      body: { code: 'http.step-up-required' },
    });
  });
});
