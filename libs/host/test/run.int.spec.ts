import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from './probe.js';

jest.setTimeout(30_000);

const root = join(__dirname, '../../..');
const good = {
  PUBLIC_URL: 'http://localhost:4000',
  JWT_ISSUER: 'http://localhost:4000',
  JWKS_URL: 'http://127.0.0.1:9/jwks.json',
  API_KEY: 'a-key-of-twenty-letters',
};

class Running {
  out = '';
  err = '';
  private readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  constructor(env: Record<string, string>) {
    const main = join(__dirname, 'stateless.main.ts');
    const flags = ['--conditions=@lyceum/source', '--import', join(root, 'tools/ts.mjs')];
    this.child = spawn(process.execPath, [...flags, main], { env: { PATH: process.env['PATH'], ...env } });
    this.child.stdout?.on('data', (chunk) => (this.out += String(chunk)));
    this.child.stderr?.on('data', (chunk) => (this.err += String(chunk)));
    this.code = once(this.child, 'close').then(([code]) => code as number | null);
  }
  url(): Promise<string> {
    return eventually(() => {
      const url = /"url":"([^"]+)"/.exec(this.out)?.[1];
      if (!url) throw new Error(`it does not listen: ${this.out}${this.err}`);
      return url;
    }, 20_000);
  }
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

describe('a service as a process', () => {
  it('with bad settings exits with 78 and one line that names each and shows no value', async () => {
    const service = new Running({ ...good, PUBLIC_URL: '', API_KEY: 'hunter2', PORT: 'secret-port' });
    expect(await service.code).toBe(78);
    expect(service.err.trim().split('\n')).toHaveLength(1);
    expect(service.err).toMatch(/^stateless cannot start: .*PUBLIC_URL is missing/);
    for (const name of ['API_KEY', 'PORT']) expect(service.err).toContain(name);
    expect(service.err + service.out).not.toMatch(/hunter2|secret-port/);
  });
  it('that cannot start for another reason exits with 1 and says why', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const service = new Running({ ...good, PORT: String((other.address() as AddressInfo).port) });
    expect(await service.code).toBe(1);
    expect(service.err).toMatch(/^stateless cannot start: .*EADDRINUSE/);
    other.close();
  });
  it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s with 0, after it has answered', async (signal) => {
    const service = new Running(good);
    const answer = fetch(`${await service.url()}/slow`);
    await eventually(() => expect(service.out).toContain('somebody is being served'));
    service.signal(signal);
    service.signal(signal);
    expect(await (await answer).json()).toEqual({ done: true });
    expect(await service.code).toBe(0);
    expect(service.out).toContain('"message":"stopped"');
  });
});
