import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers } from './answers.js';

/** A RabbitMQ that belongs to one test, to be hurt. It keeps its ports and its data over `kill` and `restart`. */
export interface ScratchRabbit {
  readonly url: string;
  readonly port: number;
  /** What it has written, over all its lives. */
  readonly logFile: string;
  /** kill -9 of the whole server. */
  kill(): Promise<void>;
  /** Starts it again, killed or not, and waits until it answers. */
  restart(): Promise<void>;
  /** SIGSTOP: it accepts connections and never answers. */
  freeze(): void;
  /** Goes on after `freeze`. */
  thaw(): void;
  /** `rabbitmqctl` on this server; gives what it said. Rejects when it failed. */
  control(...args: string[]): Promise<string>;
  /** Ends it and throws its data away. */
  stop(): Promise<void>;
}

const programs = '/usr/lib/rabbitmq/bin'; // the wrapper in the PATH would change to the system's account and files
const startWithinMs = 90_000;

/** Whether {@link startScratchRabbit} has a `rabbitmq-server` to start: tells without waiting, when Jest collects the tests. */
export const mayStartRabbit = (): boolean =>
  existsSync(join(programs, 'rabbitmq-server')) &&
  spawnSync('epmd', ['-names'], { timeout: 5_000 }).error === undefined;

/** Starts a RabbitMQ of one's own on free ports of 127.0.0.1. Throws when there is no such program or it does not start. */
export async function startScratchRabbit(options: { port?: number } = {}): Promise<ScratchRabbit> {
  const port = options.port ?? (await freePort());
  const [distPort, epmdPort] = [await freePort(), await freePort()];
  const home = await mkdtemp(join(tmpdir(), 'lyceum-rabbit-'));
  const at = (name: string) => join(home, name);
  const logFile = at('server.log');
  const node = `scratch${port}@localhost`;
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    RABBITMQ_NODENAME: node,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  };
  await writeFile(at('.erlang.cookie'), 'scratch');
  await chmod(at('.erlang.cookie'), 0o400);
  await writeFile(at('plugins'), '[].\n');
  await writeFile(at('rabbitmq.conf'), 'disk_free_limit.absolute = 50MB\n');
  const log = openSync(logFile, 'a');
  let server: ChildProcess | undefined;

  /** To the server and everything that it has started: they are a process group of their own. */
  const signal = (name: NodeJS.Signals): void => {
    if (server?.pid !== undefined && server.exitCode === null && server.signalCode === null)
      process.kill(-server.pid, name);
  };
  async function launch(): Promise<void> {
    // epmd would outlive the server as a daemon that nobody can tell from others': it is started, and ended, by hand
    server = spawn(join(programs, 'rabbitmq-server'), { env, cwd: home, detached: true, stdio: ['ignore', log, log] });
    await once(server, 'spawn');
    const deadline = Date.now() + startWithinMs;
    while (!(await answers(port, 'AMQP\0\0\u0009\u0001', (answer) => answer[0] === 1))) {
      if (server.exitCode !== null || Date.now() > deadline)
        throw new Error(`rabbitmq-server did not start; its log is ${logFile}`);
      await delay(100);
    }
  }
  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const { pid } = server;
    const ended = once(server, 'exit');
    signal('SIGKILL'); // which also ends one that is stopped
    await ended;
    while (pid !== undefined && isThere(-pid)) await delay(10); // the parts of it do not end at the same moment
  }
  const names = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { env, stdio: 'ignore' });
  await once(names, 'spawn');
  // whoever ends without having stopped it leaves nothing behind
  const leaveNothing = (): void => {
    signal('SIGKILL');
    names.kill('SIGKILL');
  };
  process.once('exit', leaveNothing);
  const stop = async (): Promise<void> => {
    await kill();
    names.kill('SIGKILL');
    process.off('exit', leaveNothing);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await launch();
  } catch (error) {
    await kill();
    names.kill('SIGKILL');
    process.off('exit', leaveNothing);
    throw error;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    port,
    logFile,
    kill,
    restart: async () => {
      await kill();
      await launch();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    control: async (...args) => {
      const where = { env, cwd: home, timeout: 60_000 };
      return (await promisify(execFile)(join(programs, 'rabbitmqctl'), ['-n', node, ...args], where)).stdout;
    },
    stop,
  };
}

function isThere(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
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
