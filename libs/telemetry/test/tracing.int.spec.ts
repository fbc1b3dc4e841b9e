import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

jest.setTimeout(60_000);

describe('traces', () => {
  let collector: Server;
  let exported = '';
  beforeAll(async () => {
    collector = createServer((request, response) => {
      const collect = async () => {
        const body = await buffer(request);
        exported += String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      };
      void collect();
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
  });
  afterAll(() => {
    collector.close();
    collector.closeAllConnections();
  });

  it('have the paths of requests, served and made, and never their queries: there are tokens in them', async () => {
    const root = join(__dirname, '../../..');
    const options = [join(root, 'tools/ts.mjs'), join(root, 'libs/telemetry/src/register.ts')].flatMap((file) => [
      '--import',
      pathToFileURL(file).href,
    ]);
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [...options, '--conditions=@lyceum/source', join(__dirname, 'traced.ts')], {
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_METRICS_EXPORTER: 'none',
        CANARY: 'canary-in-a-query',
        OTEL_LOGS_EXPORTER: 'none',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [complaints, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect([status, complaints]).toEqual([0, complaints]);
    expect(exported.match(/"\/verify-email"/g)?.length).toBeGreaterThanOrEqual(2); // served twice
    expect(exported.match(/"http:\/\/127\.0\.0\.1:\d+\/verify-email"/g)?.length).toBeGreaterThanOrEqual(2); // asked twice
    expect(exported).not.toContain('canary-in-a-query');
    expect(exported).not.toContain('sort=name');
  });
});
