import { newApiKey, scopeAreas } from '@lyceum/http';
import { eventually, mayStartRedis, startScratchRedis } from '@lyceum/testing';
import { z } from 'zod';
import { serviceNames } from '../src/environment.js';
import { ThreeServices, type Tokens } from './three-services.js';

const Made = z.object({ id: z.string(), key: z.string() });
const Problem = z.object({ code: z.string() });
const learning = ['enrollment:read', 'enrollment:write'];

jest.setTimeout(60_000);

// through a real door, with identity who exchanges keys and a service that only believes tokens
describe('who holds an API key', () => {
  let services: ThreeServices;
  let door: string;
  let people = 0;
  beforeAll(async () => {
    services = await ThreeServices.start({});
    door = await services.door();
  }, 60_000);
  afterAll(() => services.close(), 30_000);

  const somebody = () => services.verified(`p${(people += 1)}@example.com`);
  const call = async (credential: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${door}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${credential}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  /** What is answered, or the code of the refusal. */
  const outcome = async (credential: string, method: string, path: string, body?: object) => {
    const answer = await call(credential, method, path, body);
    return answer.status < 400 ? answer.status : Problem.parse(answer.body).code;
  };
  const make = async ({ accessToken }: Tokens, scopes: readonly string[], more: object = {}) =>
    Made.parse((await call(accessToken, 'POST', '/me/api-keys', { name: 'Script', scopes, ...more })).body);

  test('reads and writes at the service that its scopes name, as its owner', async () => {
    const ada = await somebody();
    const { key } = await make(ada, learning);
    expect(await call(key, 'GET', '/enrollments')).toEqual({ status: 200, body: { items: [] } });
    expect(await call(key, 'GET', '/access/explain?courseId=none')).toEqual(
      await call(ada.accessToken, 'GET', '/access/explain?courseId=none'),
    );
    expect(await outcome(key, 'POST', '/enrollments', { courseId: 'none' })).toBe(
      await outcome(ada.accessToken, 'POST', '/enrollments', { courseId: 'none' }),
    );
  });

  test.each([
    [['enrollment:read'], 200, 'http.scope-missing', 'http.scope-missing'],
    [['enrollment:write'], 'http.scope-missing', 'http.invalid-request', 'http.scope-missing'],
    [['identity:read'], 'http.scope-missing', 'http.scope-missing', 200],
    [['catalog:read', 'catalog:write'], 'http.scope-missing', 'http.scope-missing', 'http.scope-missing'],
  ])('with %j does what they say and no more', async (scopes, reading, writing, knowingWhoItIs) => {
    const { key } = await make(await somebody(), scopes);
    expect([
      await outcome(key, 'GET', '/enrollments'),
      await outcome(key, 'POST', '/enrollments', { nonsense: true }),
      await outcome(key, 'GET', '/me'),
    ]).toEqual([reading, writing, knowingWhoItIs]);
  });

  test('cannot reach what asks for a proof, nor credentials, nor the exchange itself', async () => {
    const { id, key } = await make(await somebody(), ['identity:read', 'identity:write', ...learning]);
    for (const [method, path] of [
      ['POST', '/me/api-keys'],
      ['GET', '/me/api-keys'],
      ['DELETE', `/me/api-keys/${id}`],
      ['POST', '/me/email'],
      ['GET', '/me/sessions'],
      ['POST', '/auth/step-up'],
      ['POST', '/auth/sign-out-everywhere'],
    ] as const)
      expect([path, await outcome(key, method, path)]).toEqual([path, 'http.signed-in-only']);
    expect(await outcome(key, 'POST', '/api-keys/exchange', { key })).toBe('http.not-found');
  });

  test('operates the services only as an administrator, and by a scope of its own', async () => {
    const root = await services.signIn('root@example.com');
    const [operator, other] = [await make(root, ['operations:read']), await make(root, learning)];
    expect(await outcome(operator.key, 'GET', '/operations/enrollment')).toBe(200);
    expect(await outcome(operator.key, 'POST', '/operations/enrollment/dead-letters/replay', {})).toBe(
      'http.scope-missing',
    );
    expect(await outcome(other.key, 'GET', '/operations/enrollment')).toBe('http.scope-missing');
    const ada = await somebody();
    const wish = { name: 'x', scopes: ['operations:read'] };
    expect(await outcome(ada.accessToken, 'POST', '/me/api-keys', wish)).toBe('identity.api-key-beyond-owner');
    const narrowed = await make(root, ['operations:read', 'enrollment:read'], { roles: ['ADMIN'] });
    expect(await outcome(narrowed.key, 'GET', '/operations/identity')).toBe(200);
  });

  test('finds in the API document what operating asks for', () => {
    const { paths } = services.enrollment.service.openApi();
    expect(paths['/operations/enrollment']?.get).toMatchObject({ 'x-access': 'ADMIN', 'x-scope': 'operations:read' });
    expect(paths['/operations/enrollment/dead-letters/drop']?.post).toMatchObject({ 'x-scope': 'operations:write' });
  });

  test('is refused within five seconds after it was revoked, at the door and at the service', async () => {
    const ada = await somebody();
    const [kept, gone] = [await make(ada, learning), await make(ada, learning)];
    for (const { key } of [kept, gone]) expect(await outcome(key, 'GET', '/enrollments')).toBe(200);
    const { accessToken } = await services.exchange(gone.key);
    expect(await services.ask({ accessToken })).toBe(200);
    expect(await outcome(ada.accessToken, 'DELETE', `/me/api-keys/${gone.id}`)).toBe(204);
    const atTheDoor = eventually(
      async () => expect(await outcome(gone.key, 'GET', '/enrollments')).toBe('http.api-key-refused'),
      { within: 5_000 },
    );
    const [took] = await Promise.all([services.believedFor({ accessToken }), atTheDoor]);
    console.log(`refused ${Math.round(took)} ms after the key was revoked`);
    expect(await outcome(kept.key, 'GET', '/enrollments')).toBe(200);
  });

  test('is refused from the moment on when it expires', async () => {
    const { key } = await make(await somebody(), learning, { expiresInDays: 1 });
    services.clock.advance(86_400_000);
    expect(await outcome(key, 'GET', '/enrollments')).toBe('http.api-key-refused');
    expect(await outcome(newApiKey().text, 'GET', '/enrollments')).toBe('http.api-key-refused');
  });
});

test('there are scopes for every service', () => {
  expect(scopeAreas.toSorted()).toEqual([...serviceNames, 'operations'].toSorted());
});

const makeAt = async (door: string, { accessToken }: Tokens): Promise<z.infer<typeof Made>> => {
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'Script', scopes: learning });
  return Made.parse(await (await fetch(`${door}/me/api-keys`, { method: 'POST', headers, body })).json());
};
const askAt = async (door: string, key: string): Promise<number> =>
  (await fetch(`${door}/enrollments`, { headers: { 'x-api-key': key } })).status;

test('a key in use goes on while identity is away, as long as its token; another hears that it cannot be checked', async () => {
  const services = await ThreeServices.start({});
  try {
    const door = await services.door();
    const ada = await services.verified('ada@example.com');
    const [used, other] = [await makeAt(door, ada), await makeAt(door, ada)];
    expect(await askAt(door, used.key)).toBe(200);
    await services.identity.service.close();
    expect(await askAt(door, other.key)).toBe(503);
    expect(await askAt(door, used.key)).toBe(200);
  } finally {
    await services.close();
  }
});

if (!mayStartRedis()) test('Redis: no redis-server; not run', () => expect(mayStartRedis()).toBe(false));
else
  test('that a key was revoked is told by Redis too', async () => {
    const scratch = await startScratchRedis();
    const services = await ThreeServices.start({ REDIS_URL: scratch.url });
    try {
      const door = await services.door();
      const ada = await services.verified('ada@example.com');
      const { id, key } = await makeAt(door, ada);
      expect(await askAt(door, key)).toBe(200);
      const { accessToken } = await services.exchange(key);
      const headers = { authorization: `Bearer ${ada.accessToken}` };
      expect((await fetch(`${door}/me/api-keys/${id}`, { method: 'DELETE', headers })).status).toBe(204);
      const took = await services.believedFor({ accessToken });
      console.log(`with Redis: refused ${Math.round(took)} ms after the key was revoked`);
      await eventually(async () => expect(await askAt(door, key)).toBe(401), { within: 5_000 });
    } finally {
      await services.close();
      await scratch.stop();
    }
  });
