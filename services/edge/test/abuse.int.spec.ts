import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type RunningService, start } from '@lyceum/host';
import { createLog } from '@lyceum/telemetry';
import { startIssuer } from '@lyceum/testing';
import { services } from '../src/routes.js';
import { edge } from '../src/service.js';

/** What the service behind the edge took for requests: method, path and body of each. */
interface Seen {
  readonly line: string;
  readonly body: string;
}

describe('the edge, abused', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let behind: Server;
  let running: RunningService;
  const seen: Seen[] = [];
  beforeAll(async () => {
    issuer = await startIssuer();
    behind = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ line: `${request.method} ${request.url}`, body: Buffer.concat(chunks).toString() });
        response.setHeader('content-type', 'application/json');
        response.end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(behind, 'listening');
    const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
    running = await start(edge, {
      env: {
        ...issuer.env,
        PORT: '0',
        HOST: '127.0.0.1',
        PUBLIC_URL: 'https://lyceum.example',
        CORS_ORIGINS: 'https://app.example',
        ...Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, url])),
      },
      log: createLog({ service: 'edge', level: 'silent', format: 'json' }),
      processMetrics: false,
    });
  });
  beforeEach(() => seen.splice(0));
  afterAll(async () => {
    await running.close();
    behind.closeAllConnections();
    behind.close();
    await issuer.close();
  });

  /** Sends bytes as they are and gives everything that comes back until the edge, or we after a while, hang up. */
  async function send(bytes: string): Promise<string> {
    const socket = connect({ port: Number(new URL(running.url).port), host: '127.0.0.1' });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => undefined);
    socket.setTimeout(1_500, () => socket.destroy());
    socket.write(bytes, 'latin1');
    await once(socket, 'close');
    return Buffer.concat(received).toString();
  }
  const statuses = (answer: string) => Array.from(answer.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status));

  const hidden = 'GET /me/hidden HTTP/1.1\r\nhost: x\r\n\r\n';
  const post = (headers: string, body: string) =>
    `POST /auth/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`;

  it.each([
    ['a length and chunks', post(`content-length: 5\r\ntransfer-encoding: chunked`, `0\r\n\r\n${hidden}`)],
    [
      'chunks and a length',
      post(`transfer-encoding: chunked\r\ncontent-length: ${5 + hidden.length}`, `0\r\n\r\n${hidden}`),
    ],
    ['two lengths', post(`content-length: 0\r\ncontent-length: ${hidden.length}`, hidden)],
    ['two lengths in one', post(`content-length: 0, ${hidden.length}`, hidden)],
    ['a length with a sign', post(`content-length: +0`, hidden)],
    ['a length that is no number', post(`content-length: 0x0`, hidden)],
    ['a length before a space', post(`content-length : ${hidden.length}`, hidden)],
    ['chunks of another spelling', post('transfer-encoding: xchunked', `0\r\n\r\n${hidden}`)],
    ['chunks that are not the last encoding', post('transfer-encoding: chunked, identity', `0\r\n\r\n${hidden}`)],
    ['chunks twice', post('transfer-encoding: chunked\r\ntransfer-encoding: identity', `0\r\n\r\n${hidden}`)],
    ['chunks after a tab', post('transfer-encoding:\tchunked\r\ncontent-length: 5', `0\r\n\r\n${hidden}`)],
    ['a chunk whose size is none', post('transfer-encoding: chunked', `0x0\r\n\r\n${hidden}`)],
    ['a header that goes on in the next line', post(`x: y\r\n content-length: ${hidden.length}`, hidden)],
    [
      'lines that end in a bare line feed',
      `POST /auth/x HTTP/1.1\nhost: x\ncontent-length: ${hidden.length}\n\n${hidden}`,
    ],
    ['a NUL byte in a header', post('x: a\0b', '')],
  ])('takes %s for no request, and nothing that hides in it either', async (_what, bytes) => {
    const answer = await send(bytes);
    expect(statuses(answer)).toEqual([400]);
    expect(seen).toEqual([]);
  });

  it('takes what is well formed for as many requests as there are, with their own bodies', async () => {
    const answer = await send(
      `${post('transfer-encoding: chunked', '5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n')}GET /me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(statuses(answer)).toEqual([200, 200]);
    expect(seen).toEqual([
      { line: 'POST /auth/x', body: '{"a":1}' },
      { line: 'GET /me', body: '' },
    ]);
  });

  it.each([
    'https://evil.example',
    'null',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'https://sub.app.example',
    'https://app.example, https://evil.example',
    '*',
    'file://',
  ])('lets no page of %s read anything, with or without being asked before', async (origin) => {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const { headers } = await fetch(`${running.url}/courses`, {
        method,
        headers: { origin, ...(method === 'OPTIONS' ? { 'access-control-request-method': 'POST' } : {}) },
      });
      expect([method, headers.get('access-control-allow-origin')]).toEqual([method, null]);
    }
  });

  it('lets the pages of its own application read, and names them: a star would go with anybody’s cookies', async () => {
    const { headers } = await fetch(`${running.url}/courses`, { headers: { origin: 'https://app.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(headers.get('vary')).toContain('Origin');
  });

  it('knows no TRACE, and no method that it was not told of', async () => {
    for (const method of ['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'DEBUG'])
      expect([
        method,
        statuses(await send(`${method} /courses HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).every(
          (status) => status >= 400,
        ),
      ]).toEqual([method, true]);
    const overridden = await fetch(`${running.url}/courses`, { headers: { 'x-http-method-override': 'DELETE' } });
    expect(overridden.status).toBe(200);
    expect(seen.map(({ line }) => line)).toEqual(['GET /courses']);
  });

  it.each([
    '/new',
    '/internal',
    '/metrics',
    '/.well-known/ended-sessions',
    '/mexico',
    '/operations/nobody',
    '//metrics',
    '/me/../metrics',
    '/me/%2e%2e/metrics',
    '/ME/x/..%2f..%2fmetrics',
    '/me%2f..%2fmetrics',
  ])('has no way to %s, however it is spelled', async (path) => {
    const answered = statuses(await send(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`));
    expect([[400], [404]]).toContainEqual(answered);
    expect(seen).toEqual([]);
  });
});
