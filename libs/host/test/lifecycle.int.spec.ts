import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InProcessBus } from '@lyceum/bus';
import { type EmbeddedMongo, startMongo } from '@lyceum/embedded/mongo';
import { newId } from '@lyceum/kernel';
import { type RunningService, start } from '../src/index.js';
import { Gates, UnsteadyBus, eventually, isListening, noted, probeService, silent } from './probe.js';

jest.setTimeout(20_000);

const given = process.env['MONGODB_URI'];
let mongo: EmbeddedMongo | undefined;
let gates: Gates;
let inner: InProcessBus;
let bus: UnsteadyBus;
let env: Record<string, string>;
let running: RunningService | undefined;
beforeAll(async () => {
  mongo = given ? undefined : await startMongo({ fsync: 'batch' });
  console.log(`host: database ${given ? 'at MONGODB_URI' : 'embedded'}, bus in-process`);
});
afterAll(() => mongo?.close());
beforeEach(() => {
  gates = new Gates();
  inner = new InProcessBus({ retryDelays: [10] });
  bus = new UnsteadyBus(inner.shared());
  env = {
    PUBLIC_URL: 'http://localhost:4000',
    JWT_ISSUER: 'http://localhost:4000',
    JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    MONGODB_URI: given ?? mongo?.uri ?? '',
    DATABASE_PREFIX: `t${newId().slice(-12)}-`,
    SHUTDOWN_GRACE_MS: '8000',
  };
  running = undefined;
});
afterEach(async () => {
  for (const place of ['request', 'reaction']) gates.release(place);
  await running?.close();
  await inner.close();
});

const begin = async (more: Record<string, string> = {}, service = probeService(gates)) =>
  (running = await start(service, { env: { ...env, ...more }, bus, log: silent, processMetrics: false }));
const portOf = (service: RunningService) => Number(new URL(service.url).port);
const write = (service: RunningService, text = 'x') =>
  fetch(`${service.url}/notes`, {
    method: 'POST',
    body: JSON.stringify({ text }),
    headers: { 'content-type': 'application/json' },
  });
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
const get = async (url: string) => {
  const response = await fetch(url);
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
};

describe('a service that starts', () => {
  it('serves requests, publishes its events and reacts', async () => {
    const service = await begin();
    const note = (await (await write(service)).json()) as { id: string };
    await eventually(async () =>
      expect((await get(`${service.url}/notes/${note.id}`)).body).toMatchObject({ heard: true }),
    );
    expect(bus.published.map(({ type }) => type)).toEqual([noted.type]);
    expect(service.name).toBe('probe');
    expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
  it('serves its own API document, which is the one that it gives', async () => {
    const service = await begin();
    const { body } = await get(`${service.url}/openapi.json`);
    const own = Object.keys(body['paths'] as object).filter((path) => !path.startsWith('/operations/probe'));
    expect(own).toEqual(['/notes', '/notes/{id}']);
    expect(body).toEqual(JSON.parse(JSON.stringify(service.openApi())));
  });
});

describe('a start that fails leaves nothing running', () => {
  const nothingIsLeft = async (...ports: number[]) => {
    expect(bus.closed).toBe(true);
    expect(await gates.database?.ping()).not.toBe(true);
    for (const port of ports) expect(await isListening(port)).toBe(false);
  };

  it('when its port is taken', async () => {
    const other = createServer((_, response) => response.end('other')).listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port } = other.address() as AddressInfo;
    const management = await freePort();
    await expect(begin({ PORT: String(port), MANAGEMENT_PORT: String(management) })).rejects.toThrow('EADDRINUSE');
    await nothingIsLeft(management);
    expect(gates.ended).toBe(true);
    expect((await get(`http://127.0.0.1:${port}`)).text).toBe('other');
    await new Promise((done) => other.close(done));
  });
  it('when its management port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port: taken } = other.address() as AddressInfo;
    const port = await freePort();
    await expect(begin({ PORT: String(port), MANAGEMENT_PORT: String(taken) })).rejects.toThrow('EADDRINUSE');
    await nothingIsLeft(port);
    await new Promise((done) => other.close(done));
  });
  it('when a part of it breaks while it is made ready', async () => {
    const [port, management] = [await freePort(), await freePort()];
    gates.failInit = true;
    await expect(begin({ PORT: String(port), MANAGEMENT_PORT: String(management) })).rejects.toThrow(
      'the inside is broken',
    );
    await nothingIsLeft(port, management);
  });
  it('when it cannot be put together', async () => {
    class Missing {}
    const needy = { provide: 'needy', useFactory: () => 1, inject: [Missing] };
    await expect(begin({}, probeService(gates, [needy]))).rejects.toThrow(/resolve dependencies/);
    await nothingIsLeft();
  });
  it('when its database cannot be reached', async () => {
    await expect(begin({ MONGODB_URI: `mongodb://127.0.0.1:${await freePort()}` })).rejects.toThrow(/ECONNREFUSED/);
    await nothingIsLeft();
  });
  it('and with a bad setting nothing is even begun', async () => {
    await expect(begin({ PUBLIC_URL: '' })).rejects.toThrow('probe cannot start: PUBLIC_URL is missing');
    expect(inner.isReady()).toBe(false);
  });
});

describe('a service that is closed', () => {
  it('finishes the request that is under way and takes no new one', async () => {
    const service = await begin();
    const there = gates.hold('request');
    const answer = write(service, 'slow');
    await there;
    const closing = service.close();
    await eventually(async () => expect(await isListening(portOf(service))).toBe(false));
    gates.release('request');
    expect((await answer).status).toBe(201);
    await closing;
    expect(bus.published).toHaveLength(1);
  });
  it('tells a connection that is still open not to come back', async () => {
    const service = await begin();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const there = gates.hold('request');
    const headers = new Promise<Record<string, unknown>>((resolve, reject) => {
      const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
      const sent = request(`${service.url}/notes`, options, (response) => {
        response.resume();
        resolve(response.headers);
      });
      sent.on('error', reject);
      sent.end('{"text":"x"}');
    });
    await there;
    const closing = service.close();
    await eventually(async () => expect(await isListening(portOf(service))).toBe(false));
    gates.release('request');
    expect(await headers).toMatchObject({ connection: 'close' });
    await closing;
    agent.destroy();
  });
  it('finishes the reaction that is under way, and meanwhile takes no new connection', async () => {
    const service = await begin();
    const there = gates.hold('reaction');
    const note = (await (await write(service)).json()) as { id: string };
    await there;
    const closing = service.close();
    await eventually(async () => expect(await isListening(portOf(service))).toBe(false), 3_000);
    gates.release('reaction');
    await closing;
    running = undefined;
    const again = await start(probeService(new Gates()), {
      env,
      bus: inner.shared(),
      log: silent,
      processMetrics: false,
    });
    expect((await get(`${again.url}/notes/${note.id}`)).body).toMatchObject({ heard: true });
    expect(await inner.deadLetters('probe')).toEqual([]);
    await again.close();
  });
  it('sends what its outbox still holds', async () => {
    const service = await begin();
    bus.failing = true;
    await write(service);
    await eventually(() => expect(bus.attempts).toBeGreaterThan(0));
    bus.failing = false;
    await service.close();
    expect(bus.published).toHaveLength(1);
  });
  it('keeps the event for the next time when the broker is away for good', async () => {
    const service = await begin({ SHUTDOWN_GRACE_MS: '200' });
    bus.away = true;
    await write(service);
    await service.close();
    expect(bus.published).toEqual([]);
    bus = new UnsteadyBus(inner.shared());
    await begin();
    await eventually(() => expect(bus.published).toHaveLength(1));
  });
  it('waits no longer than its grace for a request and a reaction that hang', async () => {
    const management = await freePort();
    const service = await begin({ SHUTDOWN_GRACE_MS: '300', MANAGEMENT_PORT: String(management) });
    const reacting = gates.hold('reaction');
    await write(service);
    await reacting;
    const asked = gates.hold('request');
    const cut = write(service).then(
      () => 'answered',
      () => 'cut off',
    );
    await asked;
    const begun = Date.now();
    await service.close();
    const took = Date.now() - begun;
    expect(took).toBeGreaterThanOrEqual(290);
    expect(took).toBeLessThan(3_000);
    expect(await cut).toBe('cut off');
    expect(await isListening(portOf(service))).toBe(false);
    expect(await isListening(management)).toBe(false);
    expect(bus.closed).toBe(true);
  });
  it('is closed once, however often it is told', async () => {
    const service = await begin();
    await Promise.all([service.close(), service.close()]);
    await service.close();
    expect(await gates.database?.ping()).toBe(false);
  });
});

describe('health and metrics', () => {
  it('is ready while the database answers; a broker that is away does not change that', async () => {
    const service = await begin();
    const ready = () => get(`${service.url}/health/ready`);
    expect(await ready()).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { database: 'up', bus: 'up' } },
    });
    bus.away = true;
    expect(await ready()).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { database: 'up', bus: 'down' } },
    });
    expect((await write(service)).status).toBe(201);
    bus.away = false;
  });
  it('is not ready without its database, but alive', async () => {
    const own = await startMongo();
    const service = await begin({ MONGODB_URI: own.uri, SHUTDOWN_GRACE_MS: '200' });
    await own.close();
    await eventually(async () =>
      expect(await get(`${service.url}/health/ready`)).toMatchObject({
        status: 503,
        body: { status: 'unready', checks: { database: 'down' } },
      }),
    );
    expect(await get(`${service.url}/health/live`)).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await (await write(service)).json()).toMatchObject({ status: 503, code: 'http.unavailable' });
  });
  it('tells on its management port that it stops, while the last requests are finished', async () => {
    const management = await freePort();
    const service = await begin({ MANAGEMENT_PORT: String(management) });
    const there = gates.hold('request');
    const answer = write(service);
    await there;
    const closing = service.close();
    expect(await get(`http://127.0.0.1:${management}/health/ready`)).toMatchObject({
      status: 503,
      body: { status: 'stopping' },
    });
    gates.release('request');
    await answer;
    await closing;
  });
  it('is not ready on its management port before it listens', async () => {
    const management = await freePort();
    const seen: unknown[] = [];
    const early = {
      provide: 'early',
      useFactory: () => ({
        onApplicationBootstrap: async () =>
          void seen.push((await get(`http://127.0.0.1:${management}/health/ready`)).body['status']),
      }),
    };
    await begin({ MANAGEMENT_PORT: String(management) }, probeService(gates, [early]));
    expect(seen).toEqual(['starting']);
    expect((await get(`http://127.0.0.1:${management}/health/ready`)).body['status']).toBe('ready');
  });
  it('are on the management port only, where there is one', async () => {
    const management = await freePort();
    const service = await begin({ MANAGEMENT_PORT: String(management) });
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect((await get(`http://127.0.0.1:${management}${path}`)).status).toBe(200);
      expect(await get(service.url + path)).toMatchObject({ status: 404, body: { code: 'http.not-found' } });
    }
  });
  it('measures requests, events and outbox, each service in a registry of its own', async () => {
    const service = await begin();
    await write(service);
    await eventually(() => expect(bus.published).toHaveLength(1));
    const text = await eventually(async () => {
      const { text: metrics } = await get(`${service.url}/metrics`);
      expect(metrics).toContain('type="probe.noted.v1",outcome="done"');
      return metrics;
    });
    for (const name of [
      'lyceum_http_request_duration_seconds_bucket',
      'lyceum_event_handler_duration_seconds_bucket',
      'lyceum_outbox_pending_documents',
      'lyceum_outbox_lag_seconds',
      'lyceum_store_conflicts_total',
    ])
      expect(text).toContain(name);
    expect(text).toMatch(/route="\/notes",status="201"/);
    expect(text).not.toMatch(/route="\/(metrics|health)/);
    expect(text).not.toContain('process_cpu');
  });
});
