import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ServiceName, environmentOf, serviceNames } from './environment.js';
import { freePorts } from './ports.js';
import { newSecrets } from './secrets.js';
import { type StandIns, startStandIns } from './stand-ins.js';
import { until } from './until.js';

export interface FleetOptions {
  /** Root of the workspace: the services' built `dist/main.js` are run from there. */
  readonly root: string;
  readonly mongoUri: string;
  readonly amqpUrl: string;
  readonly redisUrl?: string | undefined;
  /** Keeps this fleet's database, queue and exchange names apart from others'. */
  readonly namespace: string;
  /** Further settings, for all services. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface FleetProcess {
  readonly name: ServiceName | 'edge';
  readonly url: string;
  readonly pid: number;
}

/** The services as separate processes on real servers; payments, mail and storage are stand-ins in this process. */
export interface Fleet {
  readonly edgeUrl: string;
  readonly standIns: StandIns;
  readonly processes: readonly FleetProcess[];
  /** Starts one more instance of a service, and does not wait until it is ready. */
  another(name: FleetProcess['name']): Promise<FleetProcess & { stop(): Promise<void> }>;
  /** What the processes wrote. */
  output(): string;
  close(): Promise<void>;
}

/** Starts eight processes. Throws with their output when one does not become ready within 60 s. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { root, mongoUri, amqpUrl, redisUrl, namespace } = options;
  const [edgePort = 0, ...freed] = await freePorts(1 + serviceNames.length);
  const ports = Object.fromEntries(serviceNames.map((name, i) => [name, freed[i] ?? 0])) as Record<ServiceName, number>;
  const publicUrl = `http://localhost:${edgePort}`;
  const secrets = await newSecrets();
  const standIns = await startStandIns({ secrets, publicUrl, ports: { mailbox: 0, stripe: 0, bucket: 0 } });
  const admin = { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
  const settings = {
    ...environmentOf({ secrets, standIns, publicUrl, ports, admin }),
    MONGODB_URI: mongoUri,
    AMQP_URL: amqpUrl,
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    DATABASE_PREFIX: `${namespace}-`,
    BUS_NAMESPACE: `${namespace}.`,
    LOG_LEVEL: 'info',
    OTEL_SDK_DISABLED: 'true',
    ...options.settings,
  };
  const lines: string[] = [];
  const children: ChildProcess[] = [];
  const processes: FleetProcess[] = [];
  const launch = (name: FleetProcess['name'], port: number) => {
    const child = spawn(process.execPath, ['--enable-source-maps', join(root, `services/${name}/dist/main.js`)], {
      env: { PATH: process.env['PATH'], ...settings, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => lines.push(`${name}: ${chunk.toString().trimEnd()}`));
    children.push(child);
    return { child, process: { name, url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 } };
  };
  const another = async (name: FleetProcess['name']) => {
    const [port = 0] = await freePorts(1);
    const { child, process: started } = launch(name, port);
    return { ...started, stop: () => ended(child) };
  };
  const close = async () => {
    await Promise.all(children.map((child) => ended(child)));
    await standIns.close();
  };
  try {
    const others = serviceNames.filter((name) => name !== 'identity');
    for (const name of others) processes.push(launch(name, ports[name]).process);
    // whoever listens has declared its queue: only then identity tells of its first account
    for (const name of others) await until(() => answers(`http://127.0.0.1:${ports[name]}/health/ready`), 60_000);
    processes.push(launch('identity', ports.identity).process, launch('edge', edgePort).process);
    await until(() => answers(`${publicUrl}/health`), 60_000);
    return { edgeUrl: publicUrl, standIns, processes, another, output: () => lines.join('\n'), close };
  } catch (error) {
    await close();
    throw new Error(`The services did not become ready\n${lines.join('\n')}`, { cause: error });
  }
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

/** Asks it to end; after 15 s makes it. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
