import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A Redis that belongs to one test, to be hurt. It keeps its port and its data over `kill` and `restart`. */
export interface ScratchRedis {
  readonly url: string;
  readonly port: number;
  /** kill -9; what it has confirmed is there again after `restart`. */
  kill(): Promise<void>;
  /** Starts it again, killed or not, and waits until it answers. */
  restart(): Promise<void>;
  /** SIGSTOP: it accepts connections and never answers. */
  freeze(): void;
  /** Goes on after `freeze`. */
  thaw(): void;
  /** Ends it and throws its data away. */
  stop(): Promise<void>;
}

/** Whether {@link startScratchRedis} has a `redis-server` to start: tells without waiting, when Jest collects the tests. */
export const mayStartRedis = (): boolean => spawnSync('redis-server', ['--version'], { timeout: 5_000 }).status === 0;

/**
 * Starts a `redis-server` of one's own on a free port of 127.0.0.1, as durable as Redis can be.
 * Throws when there is no such program, or when it does not answer within ten seconds.
 */
export async function startScratchRedis({ port }: { port?: number } = {}): Promise<ScratchRedis> {
  const taken = port ?? (await freePort());
  const dir = await mkdtemp(join(tmpdir(), 'lyceum-redis-'));
  let server: ChildProcess | undefined;

  async function launch(): Promise<void> {
    const where = ['--port', String(taken), '--bind', '127.0.0.1', '--dir', dir];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    server = spawn('redis-server', [...where, ...durable], { stdio: 'ignore' });
    await once(server, 'spawn');
    const deadline = Date.now() + 10_000;
    while (!(await answers(taken))) {
      if (Date.now() > deadline) throw new Error(`redis-server does not answer at ${taken}`);
      await pause(20);
    }
  }
  async function kill(): Promise<void> {
    const ending = server;
    server = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL'); // which also ends one that is stopped
    await ended;
  }
  const stop = async (): Promise<void> => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${taken}`,
    port: taken,
    kill,
    restart: async () => {
      await kill();
      await launch();
    },
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    stop,
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    const signal = AbortSignal.timeout(1_000);
    await once(socket, 'connect', { signal });
    socket.write('PING\r\n');
    const [answer]: Buffer[] = await once(socket, 'data', { signal });
    return answer?.toString().startsWith('+PONG') ?? false;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
