import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { type RunningService, start } from '@lyceum/host';
import { newApiKey } from '@lyceum/http';
import { Metrics, createLog } from '@lyceum/telemetry';
import { type Issuer, eventually, startIssuer } from '@lyceum/testing';
import { z } from 'zod';
import { services } from '../src/routes.js';
import { edge } from '../src/service.js';

const log = createLog({ service: 'edge', level: 'silent', format: 'json' });
const Asked = z.object({ key: z.string() });
const Seen = z.object({ headers: z.record(z.string(), z.string()) });

interface Known {
  sessionId: string;
  roles?: readonly ('STUDENT' | 'ADMIN')[];
  expiresIn?: number;
}

/** Identity as far as the edge asks it, and every other service. */
class Behind {
  readonly known = new Map<string, Known>();
  mode: 'up' | 'failing' | 'hanging' = 'up';
  asked: { key: string; address: string }[] = [];
  private waiting: (() => void)[] = [];
  private readonly server: Server;

  constructor(private readonly issuer: Issuer) {
    this.server = createServer((request, response) => {
      if (request.url === '/api-keys/exchange') void this.exchange(request, response);
      else if (request.url?.startsWith('/operations/'))
        this.answer(response, request.headers.authorization ? 200 : 401, { headers: request.headers });
      else this.answer(response, 200, { headers: request.headers });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
  }

  /** A key that is in force. */
  key(about: Known): string {
    const { text } = newApiKey();
    this.known.set(text, about);
    return text;
  }

  release(): void {
    this.mode = 'up';
    for (const go of this.waiting.splice(0)) go();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { key } = Asked.parse(await json(request));
    this.asked.push({ key, address: String(request.headers['x-forwarded-for']) });
    if (this.mode === 'failing') return this.answer(response, 500, {});
    if (this.mode === 'hanging') await new Promise<void>((go) => this.waiting.push(go));
    const about = this.known.get(key);
    if (!about) return this.answer(response, 401, { code: 'http.api-key-refused' });
    const { sessionId, roles = ['STUDENT'], expiresIn = 60 } = about;
    const accessToken = await this.issuer.token({
      sub: 'ada',
      sid: sessionId,
      roles,
      expiresIn,
      scope: 'catalog:read',
    });
    this.answer(response, 200, { accessToken, expiresIn, sessionId });
  }

  private answer(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }
}

jest.setTimeout(30_000);

describe('an API key at the edge', () => {
  let issuer: Issuer;
  let behind: Behind;
  const running: RunningService[] = [];

  beforeEach(async () => {
    issuer = await startIssuer();
    behind = new Behind(issuer);
    await behind.start();
  });
  afterEach(async () => {
    behind.release();
    for (const each of running.splice(0)) await each.close();
    await behind.stop();
    await issuer.close();
  });

  async function started(env: Record<string, string> = {}): Promise<string> {
    const urls = Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, behind.url]));
    const base = { ...issuer.env, ...urls, PUBLIC_URL: 'http://localhost:4000', TRUST_PROXY: 'loopback' };
    const service = await start(edge, { env: { ...base, ...env }, log, processMetrics: false });
    running.push(service);
    return service.url;
  }
  const ask = (url: string, key: string, more: Record<string, string> = {}) =>
    fetch(`${url}/courses`, { headers: { authorization: `Bearer ${key}`, ...more } });
  const problem = async (response: Response) => {
    const { code } = z.object({ code: z.string() }).parse(await response.json());
    return [response.status, code];
  };
  const claimsOf = (authorization = ''): unknown =>
    JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());

  it.each([
    ['Authorization', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['Authorization, in lower case', (key: string) => ({ authorization: `bearer ${key}` })],
    ['X-Api-Key', (key: string) => ({ 'x-api-key': key })],
  ])('in %s becomes an access token, and no service ever sees it', async (_where, headers) => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1' });
    const response = await fetch(`${url}/courses`, { headers: headers(key) });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const text = await response.text();
    const seen = Seen.parse(JSON.parse(text));
    expect(claimsOf(seen.headers['authorization'])).toMatchObject({ sub: 'ada', sid: 'key1', scope: 'catalog:read' });
    expect(text).not.toContain('lyk_');
    expect(seen.headers).not.toHaveProperty('x-api-key');
  });

  it('is exchanged on the edge’s own pages too', async () => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1', roles: ['ADMIN'] });
    const overview = await fetch(`${url}/operations`, { headers: { 'x-api-key': key } });
    expect(overview.status).toBe(200);
    expect(await overview.text()).not.toContain('lyk_');
  });

  it('beside another credential is refused: nobody knows which one is meant', async () => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1' });
    const token = await issuer.token({ sub: 'eve' });
    for (const authorization of [`Bearer ${key}`, `Bearer ${token}`, 'Basic eA=='])
      expect(await problem(await fetch(`${url}/courses`, { headers: { authorization, 'x-api-key': key } }))).toEqual([
        400,
        'http.invalid-request',
      ]);
    expect(behind.asked).toEqual([]);
  });

  it('that cannot be one is refused without asking identity', async () => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1' });
    const misread = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    for (const wrong of ['lyk_', misread, `${key}x`, key.toUpperCase().replace('LYK', 'lyk')]) {
      const response = await ask(url, wrong);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect(await problem(response)).toEqual([401, 'http.api-key-refused']);
    }
    expect(await problem(await fetch(`${url}/courses`, { headers: { 'x-api-key': 'hunter2' } }))).toEqual([
      401,
      'http.api-key-refused',
    ]);
    expect(behind.asked).toEqual([]);
  });

  it('that identity refuses is refused, and not asked about again at once', async () => {
    const url = await started();
    const { text } = newApiKey();
    for (let n = 0; n < 5; n += 1) expect(await problem(await ask(url, text))).toEqual([401, 'http.api-key-refused']);
    expect(behind.asked.length).toBeLessThan(5);
    const { registry } = running.at(-1)?.app.get(Metrics) ?? {};
    expect(await registry?.metrics()).toMatch(/api_key_exchanges_total\{.*outcome="refused".*\} [1-4]$/m);
    expect(await registry?.metrics()).toMatch(/api_key_exchanges_total\{.*outcome="unavailable".*\} 0$/m);
  });

  it('is exchanged once for all who come with it at the same time, and again only when its token is about to expire', async () => {
    const url = await started({ RATE_LIMIT_API_KEYS: '10' });
    const [key, brief] = [behind.key({ sessionId: 'key1' }), behind.key({ sessionId: 'key2', expiresIn: 5 })];
    behind.mode = 'hanging';
    const all = Array.from({ length: 50 }, () => ask(url, key));
    await eventually(() => expect(behind.asked).toHaveLength(1));
    behind.release();
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await ask(url, key)).status).toBe(200);
    expect(behind.asked).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) expect((await ask(url, brief)).status).toBe(200);
    expect(behind.asked).toHaveLength(4);
  });

  it('whose tokens are void is exchanged anew, with the roles that its owner has now', async () => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1' });
    const rolesSeen = async () => {
      const { headers } = Seen.parse(await (await ask(url, key)).json());
      return claimsOf(headers['authorization']);
    };
    expect(await rolesSeen()).toMatchObject({ roles: ['STUDENT'], sid: 'key1' });
    behind.known.set(key, { sessionId: 'key1.1', roles: ['ADMIN'] });
    issuer.end('key1');
    await eventually(async () => expect(await rolesSeen()).toMatchObject({ roles: ['ADMIN'], sid: 'key1.1' }));
    expect(behind.asked).toHaveLength(2);
  });

  it('that was revoked is refused although its token has not expired', async () => {
    const url = await started();
    const key = behind.key({ sessionId: 'key1' });
    expect((await ask(url, key)).status).toBe(200);
    behind.known.delete(key);
    issuer.end('key1');
    await eventually(async () => expect(await problem(await ask(url, key))).toEqual([401, 'http.api-key-refused']));
  });

  it.each(['failing', 'hanging'] as const)(
    'while identity is %s goes on with the token at hand; others hear 503, never 401',
    async (mode) => {
      const url = await started();
      const [used, other] = [behind.key({ sessionId: 'key1' }), behind.key({ sessionId: 'key2' })];
      expect((await ask(url, used)).status).toBe(200);
      behind.mode = mode;
      const refused = await ask(url, other);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await problem(refused)).toEqual([503, 'http.unavailable']);
      expect((await ask(url, used)).status).toBe(200);
      behind.release();
      await eventually(async () => expect((await ask(url, other)).status).toBe(200));
    },
  );

  it('that nobody can be asked about uses up nothing of what an address may ask', async () => {
    const url = await started({ RATE_LIMIT_API_KEYS: '10' });
    const key = behind.key({ sessionId: 'key1' });
    behind.mode = 'failing';
    const statuses = [];
    for (let n = 0; n < 20; n += 1) statuses.push((await ask(url, key)).status);
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 503));
    behind.release();
    await eventually(async () => expect((await ask(url, key)).status).toBe(200));
  });

  it('can be guessed only so many times a minute from one address, whichever path is asked, while known ones go on', async () => {
    const url = await started({ RATE_LIMIT_API_KEYS: '5' });
    const from = { 'x-forwarded-for': '203.0.113.1' };
    const used = behind.key({ sessionId: 'key1' });
    expect((await ask(url, used, from)).status).toBe(200);
    const paths = ['/courses', '/webhooks/stripe', '/me', '/nothing', '/auth/sign-in', '/health', '/courses', '/'];
    const statuses = [];
    for (const path of paths)
      statuses.push((await fetch(`${url}${path}`, { headers: { 'x-api-key': newApiKey().text, ...from } })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429, 429, 429]);
    expect(behind.asked).toHaveLength(5);
    expect(behind.asked.every(({ address }) => address === '203.0.113.1')).toBe(true);
    const refused = await ask(url, newApiKey().text, from);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problem(refused)).toEqual([429, 'http.too-many-requests']);
    expect((await ask(url, used, from)).status).toBe(200);
    expect(await problem(await ask(url, newApiKey().text, { 'x-forwarded-for': '203.0.113.2' }))).toEqual([
      401,
      'http.api-key-refused',
    ]);
  });

  it('is counted by its owner, together with their sessions and other keys', async () => {
    const url = await started({ RATE_LIMIT_ACCOUNT: '3' });
    const [one, other] = [behind.key({ sessionId: 'key1' }), behind.key({ sessionId: 'key2' })];
    const token = await issuer.token({ sub: 'ada' });
    const statuses = [];
    for (const credential of [one, other, token, one]) statuses.push((await ask(url, credential)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask(url, await issuer.token({ sub: 'bob' }))).status).toBe(200);
  });

  it('stays out of the log, whatever goes wrong', async () => {
    const lines: string[] = [];
    const stream = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
    const urls = Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, behind.url]));
    const service = await start(edge, {
      env: { ...issuer.env, ...urls, CATALOG_URL: 'http://127.0.0.1:1', PUBLIC_URL: 'http://localhost:4000' },
      log: createLog({ service: 'edge', level: 'debug', format: 'json', stream }),
      processMetrics: false,
    });
    running.push(service);
    const key = behind.key({ sessionId: 'key1' });
    expect((await ask(service.url, key)).status).toBe(502);
    expect((await fetch(`${service.url}/nothing?key=${key}`, { headers: { 'x-api-key': key } })).status).toBe(404);
    behind.mode = 'failing';
    expect((await ask(service.url, newApiKey().text)).status).toBe(503);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('')).not.toMatch(/lyk_|eyJ/);
  });
});
