import { once } from 'node:events';
import {
  Agent,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
  createServer,
  request as httpRequest,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type RunningService, start } from '@lyceum/host';
import { createLog } from '@lyceum/telemetry';
import { propagation } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { eventually, findRedis, startIssuer } from '@lyceum/testing';
import { edge } from '../src/service.js';
import { routeTable, services } from '../src/routes.js';

const log = createLog({ service: 'edge', level: 'silent', format: 'json' });

/** A service behind the edge that tells what reached it. */
async function upstream(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
type Sent = Pick<RequestOptions, 'method' | 'headers'> & { body?: string };

/** Sends requests one after the other on one connection; gives the status and the text of each answer. */
async function onOneConnection(
  url: string,
  path: string,
  ...requests: Sent[]
): Promise<[number | undefined, string][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers: [number | undefined, string][] = [];
  for (const { body, ...options } of requests) {
    const asked = httpRequest(`${url}${path}`, { agent, timeout: 2_000, ...options });
    asked.on('timeout', () => asked.destroy(new Error(`no answer after ${JSON.stringify(answers)}`)));
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answers.push([answer.statusCode, await text(answer)]);
  }
  agent.destroy();
  return answers;
}
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('the edge', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let behind: Server;
  const arrived: string[] = [];
  const waited: string[] = [];
  const running: RunningService[] = [];

  beforeAll(async () => {
    issuer = await startIssuer();
    behind = await upstream((request, response, body) => {
      const { url = '' } = request;
      arrived.push(url);
      if (url === '/health/ready') return response.end(JSON.stringify({ status: 'ready' }));
      if (url === '/openapi.json')
        return response.end(
          JSON.stringify({
            paths: { '/courses': { get: { summary: 'x' } }, '/.well-known/among-services': { get: { summary: 'y' } } },
            components: { schemas: { Course: {} } },
          }),
        );
      if (url.startsWith('/operations/') && url.split('/').length === 3) {
        const allowed = request.headers.authorization === 'Bearer of an operator';
        const problem = { code: 'http.not-allowed', status: 403 };
        response.statusCode = allowed ? 200 : 403;
        return response.end(JSON.stringify(allowed ? { service: url.slice(12), deadLetters: 0 } : problem));
      }
      if (url === '/courses/live') {
        response.write('first\n');
        setTimeout(() => response.end('second\n'), 50);
        return;
      }
      if (url === '/courses/hangs') return;
      if (url === '/courses/waits') {
        request.socket.once('close', () => waited.push(url));
        return;
      }
      if (url === '/courses/endless') {
        response.on('close', () => waited.push(url));
        const more = () => {
          while (response.write(Buffer.alloc(65_536)));
          response.once('drain', more);
        };
        more();
        return;
      }
      if (url === '/courses/unchanged') {
        response.statusCode = 304;
        response.setHeader('etag', '"same"');
        response.end();
        return;
      }
      if (url === '/courses/connection') {
        response.setHeader('connection', 'close, x-of-this-connection');
        response.setHeader('x-of-this-connection', 'yes');
        response.setHeader('vary', 'accept');
      }
      if (url === '/courses/breaks-off') {
        response.setHeader('content-length', '1000');
        response.setHeader('etag', '"of the whole"');
        response.write('{"half":', () => response.destroy());
        return;
      }
      if (url === '/courses/kept') response.setHeader('cache-control', 'private, no-cache');
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-raw', body.toString('base64'));
      response.end(JSON.stringify({ method: request.method, url, headers: request.headers }));
    });
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.close();
  });
  afterAll(async () => {
    behind.closeAllConnections();
    await new Promise((resolve) => behind.close(resolve));
    await issuer.close();
  });

  async function started(env: Record<string, string> = {}): Promise<string> {
    const urls = Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, urlOf(behind)]));
    const base = { ...issuer.env, ...urls, PUBLIC_URL: 'http://localhost:4000', TRUST_PROXY: 'loopback' };
    const service = await start(edge, { env: { ...base, ...env }, log, processMetrics: false });
    running.push(service);
    return service.url;
  }

  it('routes every prefix of its table to the service that owns it, and nothing else', async () => {
    const url = await started();
    for (const prefix of Object.keys(routeTable)) {
      const response = await fetch(`${url}${prefix}/x?a=1`);
      expect(await response.json()).toMatchObject({ url: `${prefix}/x?a=1` });
    }
    for (const path of ['/metrics', '/nothing', '/courses/../metrics', '/coursesx']) {
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ code: 'http.not-found', status: 404 });
    }
    expect((await fetch(`${url}/courses/%2e%2e%2fmetrics`)).status).toBe(400);
  });

  it('shows an operator what every service tells, and nobody else anything', async () => {
    const url = await started({ NOTIFY_URL: 'http://127.0.0.1:9' });
    const headers = { authorization: 'Bearer of an operator' };
    const overview = await fetch(`${url}/operations`, { headers });
    expect([overview.status, overview.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await overview.json()).toEqual({
      services: services.filter((each) => each !== 'notify').map((service) => ({ service, deadLetters: 0 })),
      silent: ['notify'],
    });
    const refused = await fetch(`${url}/operations`);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toEqual({ code: 'http.not-allowed', status: 403 });
  });

  it('passes bodies through byte for byte, so that signatures over them hold', async () => {
    const url = await started();
    const odd = Buffer.from('{"a" :  1.0,\n"b":"\\u00e9"}');
    const json = await fetch(`${url}/webhooks/stripe`, {
      method: 'POST',
      body: odd,
      headers: { 'content-type': 'application/json', 'stripe-signature': 't=1' },
    });
    expect(Buffer.from(json.headers.get('x-raw') ?? '', 'base64')).toEqual(odd);
    const packed = gzipSync('x'.repeat(10_000));
    const binary = await fetch(`${url}/media/x`, {
      method: 'PUT',
      body: packed,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(Buffer.from(binary.headers.get('x-raw') ?? '', 'base64')).toEqual(packed);
  });

  it('stamps request id, trace and origin, and believes no forged ones', async () => {
    const url = await started();
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'bad id with spaces', traceparent: 'junk' };
    const response = await fetch(`${url}/courses`, { headers });
    const seen = (await response.json()) as { headers: Record<string, string> };
    expect(seen.headers['x-forwarded-for']).toBe('203.0.113.7');
    expect(seen.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(seen.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('x-request-id')).toBe(seen.headers['x-request-id']);
    const untrusting = await started({ TRUST_PROXY: '10.0.0.0/8' });
    const other = (await (await fetch(`${untrusting}/courses`, { headers })).json()) as {
      headers: Record<string, string>;
    };
    expect(other.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('names the trace once: where OpenTelemetry does it, the edge does not', async () => {
    const url = await started();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    try {
      const seen = (await (await fetch(`${url}/courses`)).json()) as { headers: Record<string, string> };
      expect(seen.headers).not.toHaveProperty('traceparent');
    } finally {
      propagation.disable();
    }
  });

  it('keeps what is said of one connection on it, in both directions', async () => {
    const url = await started({ CORS_ORIGINS: 'https://app.example,https://other.example' });
    const headers = {
      connection: 'keep-alive, x-mine',
      'x-mine': '1',
      'x-theirs': '2',
      te: 'trailers',
      expect: '100-continue',
    };
    const asked = httpRequest(`${url}/courses/connection`, { headers: { ...headers, origin: 'https://app.example' } });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { headers: seen } = JSON.parse(await text(answer)) as { headers: Record<string, string> };
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['x-theirs', 'x-request-id']));
    for (const name of ['x-mine', 'te', 'expect']) expect(seen).not.toHaveProperty(name);
    expect(seen['host']).toBe(new URL(urlOf(behind)).host);
    expect(answer.headers['x-of-this-connection']).toBeUndefined();
    expect(answer.headers.connection).not.toContain('close');
    expect(answer.headers.vary).toBe('Origin, accept');
  });

  it('gives answers without a body as they are', async () => {
    const url = await started();
    const head = await fetch(`${url}/courses/kept`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'application/json', '']);
    const unchanged = await fetch(`${url}/courses/unchanged`);
    expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, '"same"']);
    expect(unchanged.headers.get('content-length')).toBeNull();
  });

  it('refuses a path that leads elsewhere, also one that only a program can send', async () => {
    const url = await started();
    for (const path of ['/courses/../metrics', '/courses/%2e%2e/metrics', '/courses/x%5c..%5cmetrics', '/courses/%']) {
      const asked = httpRequest(url, { path });
      asked.end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      expect([path, answer.statusCode]).toEqual([path, 400]);
      expect(await text(answer)).toContain('"code":"http.invalid-request"');
    }
  });

  it('tells the service when the client goes, before the answer and in the middle of it', async () => {
    const url = await started();
    for (const path of ['/courses/waits', '/courses/endless']) {
      const gone = new AbortController();
      const asking = fetch(`${url}${path}`, { signal: gone.signal });
      await eventually(() => expect(arrived).toContain(path));
      if (path === '/courses/endless') await (await asking).body?.getReader().read();
      gone.abort();
      await asking.catch(() => undefined);
      await eventually(() => expect(waited).toContain(path));
    }
  });

  it('streams an answer as it comes', async () => {
    const url = await started();
    const response = await fetch(`${url}/courses/live`);
    const parts: string[] = [];
    for await (const part of response.body ?? []) parts.push(Buffer.from(part as Uint8Array).toString());
    expect(parts).toEqual(['first\n', 'second\n']);
  });

  it('refuses a body that is too large before it is sent on, and the connection serves the next request', async () => {
    const url = await started({ BODY_LIMIT_BYTES: '1000' });
    const type = { 'content-type': 'application/json' };
    const chunked = { method: 'POST', headers: { ...type, 'transfer-encoding': 'chunked' } };
    const large = 'x'.repeat(2_500_000);
    const declared = { method: 'POST', headers: { ...type, 'content-length': large.length }, body: large };
    for (const tooLarge of [declared, { ...chunked, body: large }]) {
      const [refused, next] = await onOneConnection(url, '/courses', tooLarge, {});
      expect(refused?.[0]).toBe(413);
      expect(refused?.[1]).toContain('"code":"http.body-too-large"');
      expect(next?.[0]).toBe(200);
    }
    const [fits] = await onOneConnection(url, '/courses', { ...chunked, body: 'x'.repeat(1_000) });
    expect(fits?.[0]).toBe(200);
  });

  it('a connection whose body could not be sent on serves the next request', async () => {
    const url = await started({ CATALOG_URL: 'http://127.0.0.1:1' });
    const body = 'x'.repeat(500_000);
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const answers = await onOneConnection(url, '/courses', { method: 'POST', headers, body }, {});
    expect(answers.map(([status]) => status)).toEqual([502, 502]);
  });

  it('answers 502 for a service that is away and 504 for one that hangs', async () => {
    const away = await started({ CATALOG_URL: 'http://127.0.0.1:1' });
    expect(await (await fetch(`${away}/courses`)).json()).toMatchObject({
      code: 'http.upstream-unavailable',
      status: 502,
    });
    const slow = await started({ UPSTREAM_TIMEOUT_MS: '200' });
    expect(await (await fetch(`${slow}/courses/hangs`)).json()).toMatchObject({
      code: 'http.upstream-timeout',
      status: 504,
    });
  });

  it('answers 502, and nothing by halves, for a short answer that breaks off', async () => {
    const url = await started();
    const response = await fetch(`${url}/courses/breaks-off`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'http.upstream-unavailable' });
    expect(response.headers.get('etag')).toBeNull();
  });

  it('sets security headers, and CORS for the configured origins only', async () => {
    const url = await started({ CORS_ORIGINS: 'https://app.example' });
    const index = await fetch(url);
    expect(index.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(index.headers.get('x-content-type-options')).toBe('nosniff');
    const preflight = (origin: string) =>
      fetch(`${url}/courses`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect((await preflight('https://app.example')).headers.get('access-control-allow-origin')).toBe(
      'https://app.example',
    );
    expect((await preflight('https://app.example')).headers.get('access-control-allow-credentials')).toBe('true');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers an OPTIONS that is no preflight', async () => {
    const url = await started();
    expect((await fetch(`${url}/courses`, { method: 'OPTIONS' })).status).toBe(204);
  });

  it('lets nothing be kept that was said to somebody, unless the service allows it', async () => {
    const url = await started();
    const headers = { authorization: `Bearer ${await issuer.token({ sub: 'ada', roles: ['STUDENT'] })}` };
    const kept = async (path: string, init: RequestInit) =>
      (await fetch(`${url}${path}`, init)).headers.get('cache-control');
    expect(await kept('/payments', { headers })).toBe('no-store');
    expect(await kept('/courses/kept', { headers })).toBe('private, no-cache');
    expect(await kept('/courses', {})).toBeNull();
  });

  it('puts the API documents together, and tells how every service is', async () => {
    const url = await started({ NOTIFY_URL: 'http://127.0.0.1:1' });
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
    expect(document).toMatchObject({
      paths: { '/courses': {} },
      components: { schemas: { Course: {} }, securitySchemes: { bearer: {}, apiKey: { name: 'X-Api-Key' } } },
    });
    expect(document.paths).not.toHaveProperty(['/.well-known/among-services']);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'degraded', services: { catalog: 'ready', notify: 'away' } });
    expect((await fetch(`${url}/docs`)).status).toBe(200);
  });

  async function statuses(count: number, call: () => Promise<Response>): Promise<number[]> {
    const all: number[] = [];
    for (let i = 0; i < count; i += 1) all.push((await call()).status);
    return all;
  }

  it('limits an address, with a clear refusal that says when to come back', async () => {
    const url = await started({ RATE_LIMIT_ADDRESS: '3' });
    const from = (address: string) => () => fetch(`${url}/courses`, { headers: { 'x-forwarded-for': address } });
    expect(await statuses(4, from('203.0.113.1'))).toEqual([200, 200, 200, 429]);
    expect(await statuses(1, from('203.0.113.2'))).toEqual([200]);
    const refused = await from('203.0.113.1')();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'http.too-many-requests' });
  });

  it('limits an account wherever it calls from, and a forged token uses up nobody’s limit', async () => {
    const url = await started({ RATE_LIMIT_ACCOUNT: '2' });
    const token = await issuer.token({ sub: 'ada', roles: ['STUDENT'] });
    let n = 0;
    const as = (bearer: string) => () =>
      fetch(`${url}/courses`, {
        headers: { authorization: `Bearer ${bearer}`, 'x-forwarded-for': `203.0.113.${(n += 1)}` },
      });
    expect(await statuses(3, as(`${token.slice(0, -4)}AAAA`))).toEqual([200, 200, 200]);
    expect(await statuses(3, as(token))).toEqual([200, 200, 429]);
  });

  it('counts together on Redis', async () => {
    const redis = await findRedis();
    console.log(`edge: Redis ${redis?.how ?? 'not found; each instance is only shown to count alone'}`);
    const env: Record<string, string> = { RATE_LIMIT_ADDRESS: '3', ...(redis ? { REDIS_URL: redis.url } : {}) };
    const headers = { 'x-forwarded-for': `2001:db8::${Date.now().toString(16).slice(-4)}` };
    const [one, two] = [await started(env), await started(env)];
    const seen = [
      ...(await statuses(2, () => fetch(`${one}/courses`, { headers }))),
      ...(await statuses(2, () => fetch(`${two}/courses`, { headers }))),
    ];
    expect(seen).toEqual(redis ? [200, 200, 200, 429] : [200, 200, 200, 200]);
    await redis?.stop();
  });

  it('counts alone while Redis is away', async () => {
    const alone = await started({ REDIS_URL: 'redis://127.0.0.1:1', RATE_LIMIT_ADDRESS: '2' });
    expect(await statuses(3, () => fetch(`${alone}/courses`))).toEqual([200, 200, 429]);
  });
});
