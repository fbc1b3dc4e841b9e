import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ScratchRabbit, startScratchRabbit } from '@lyceum/bus/testing';
import { Repeating } from '@lyceum/host';
import { type ScratchRedis, startScratchRedis } from '@lyceum/testing';
import { environmentOf, serviceNames } from '../environment.js';
import { freePorts } from '../ports.js';
import { newSecrets } from '../secrets.js';
import { type StandIns, startStandIns } from '../stand-ins.js';
import { until } from '../until.js';
import { Crossing, type Target } from './crossing.js';
import { type Instance, type Link, type ProcessName, type Server, instances, processNames } from './plan.js';
import { ScratchDisk } from './scratch-disk.js';
import { Supervised } from './supervised.js';
import type { Timeline } from './timeline.js';

export interface WorldOptions {
  /** Root of the workspace: the services' built `dist/main.js` are run from there. */
  readonly root: string;
  /** For logs and data. */
  readonly directory: string;
  readonly leaseMs: number;
  readonly timeline: Timeline;
}

/** Two instances of every service on a broker, a database and a cache of their own, all of them to be hurt. */
export interface World {
  readonly edgeUrl: string;
  readonly standIns: StandIns;
  readonly broker: ScratchRabbit;
  readonly cache: ScratchRedis;
  readonly database: Supervised;
  readonly disk: ScratchDisk;
  readonly services: ReadonlyMap<Instance, Supervised>;
  readonly crossings: ReadonlyMap<Link, Crossing>;
  /** Where each instance itself answers: health, metrics. */
  readonly addresses: ReadonlyMap<Instance, string>;
  /** Whether it answered ready when it was last asked, a second ago at most. */
  isReady(instance: Instance): boolean;
  isServerUp(server: Server): Promise<boolean>;
  /** Ends everything in good order. */
  close(): Promise<void>;
}

const checkEveryMs = 1_000;
/** Sixteen processes start at once, and the machine may be busy with other things. */
const readyWithinMs = 300_000;

/** Starts everything. Throws when something does not become ready within five minutes; then nothing is left running. */
export async function startWorld({ root, directory, leaseMs, timeline }: WorldOptions): Promise<World> {
  const opened: { close(): unknown }[] = [];
  const close = async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  };
  const log = (name: string) => join(directory, `${name.replace('/', '-')}.log`);
  const ready = new Set<string>();
  const wasReady = new Set<string>();
  const ended =
    (name: string) =>
    ({ how, livedMs, asked }: { how: string; livedMs: number; asked: boolean }) => {
      ready.delete(name);
      // one that never became ready could not start, and is started again: a server that it needs is away
      const crashed = wasReady.delete(name) || name === 'database';
      if (!asked) timeline.ended(name, how, livedMs, crashed);
    };
  const abandoned: (() => unknown)[] = [];
  const leaveNothing = () => {
    for (const each of abandoned) each();
  };
  process.once('exit', leaveNothing); // however this process ends
  opened.push({ close: () => process.off('exit', leaveNothing) });
  try {
    const disk = ScratchDisk.make(join(directory, 'disk'));
    opened.push({ close: () => disk.remove() });
    abandoned.push(() => disk.remove());
    mkdirSync(disk.dataDir, { recursive: true });
    const [databasePort = 0, ...ports] = await freePorts(1 + processNames.length * instances.length);
    const database = new Supervised({
      name: 'database',
      args: [join(root, 'libs/embedded/dist/mongo/main.js'), '--port', String(databasePort), '--data', disk.dataDir],
      env: {},
      logFile: log('database'),
      ended: ended('database'),
    });
    opened.push({ close: () => database.stop() });
    abandoned.push(() => database.abandon());
    database.start();
    const [broker, cache] = await Promise.all([startScratchRabbit(), startScratchRedis()]);
    opened.push({ close: () => broker.stop() }, { close: () => cache.stop() });
    abandoned.push(() => void cache.kill());

    const crossings = new Map<Link, Crossing>();
    const targets = new Map<Target, Instance>();
    const cross = async (link: Link, to: readonly Target[]): Promise<number> => {
      const crossing = await Crossing.open(to);
      opened.push(crossing);
      crossings.set(link, crossing);
      return crossing.port;
    };
    const to = {
      database: await cross('database', [{ name: 'database', port: databasePort }]),
      broker: await cross('broker', [{ name: 'broker', port: broker.port }]),
      cache: await cross('cache', [{ name: 'cache', port: cache.port }]),
    };
    const doors = new Map<ProcessName, number>();
    for (const name of processNames) {
      const both = instances.map((n): Target => ({ name: `${name}/${n}`, port: ports.pop() ?? 0 }));
      for (const [index, target] of both.entries()) targets.set(target, `${name}/${index === 0 ? 1 : 2}`);
      doors.set(name, await cross(name, both));
    }
    const door = (name: ProcessName): number => doors.get(name) ?? 0;

    const edgeUrl = `http://127.0.0.1:${door('edge')}`;
    const secrets = await newSecrets();
    const standIns = await startStandIns({
      secrets,
      publicUrl: edgeUrl,
      ports: { mailbox: 0, stripe: 0, bucket: 0 },
      keepMails: 20_000,
    });
    opened.push(standIns);
    const admin = { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
    const env = {
      ...environmentOf({
        secrets,
        standIns,
        publicUrl: edgeUrl,
        ports: Object.fromEntries(serviceNames.map((name) => [name, door(name)])) as Record<
          (typeof serviceNames)[number],
          number
        >,
        admin,
      }),
      // one server behind a proxy: the address that it gives for itself is not to be used
      MONGODB_URI: `mongodb://127.0.0.1:${to.database}/?directConnection=true`,
      AMQP_URL: `amqp://guest:guest@127.0.0.1:${to.broker}`,
      REDIS_URL: `redis://127.0.0.1:${to.cache}`,
      RECONCILE_INTERVAL_SECONDS: '5',
      STRIPE_TIMEOUT_MS: '3000',
      SENDGRID_TIMEOUT_MS: '3000',
      DELIVERY_LEASE_MS: String(leaseMs),
      RATE_LIMIT_ADDRESS: '200000',
      RATE_LIMIT_ACCOUNT: '200000',
      RATE_LIMIT_SIGN_IN: '20000',
      OTEL_SDK_DISABLED: 'true',
      NODE_COMPILE_CACHE: join(directory, 'compiled'), // they start again and again
      LOG_LEVEL: 'info',
    };
    const services = new Map<Instance, Supervised>();
    const addresses = new Map<Instance, string>();
    for (const [target, name] of targets) {
      const [service = ''] = name.split('/');
      addresses.set(name, `http://127.0.0.1:${target.port}`);
      services.set(
        name,
        new Supervised({
          name,
          args: ['--enable-source-maps', join(root, `services/${service}/dist/main.js`)],
          env: { ...env, PORT: String(target.port) },
          logFile: log(name),
          ended: ended(name),
        }),
      );
    }
    opened.push({ close: () => Promise.all([...services.values()].map((each) => each.stop())) });
    abandoned.push(...[...services.values()].map((each) => () => each.abandon()));

    const check = async ([target, name]: [Target, Instance]): Promise<void> => {
      const url = `http://127.0.0.1:${target.port}/health`;
      const well = await isWell(`${url}/ready`);
      if (well) {
        ready.add(name);
        wasReady.add(name);
      } else ready.delete(name);
      const [service = ''] = name.split('/');
      crossings.get(service as ProcessName)?.note(target, well);
      if (well || (await statusOf(`${url}/live`)) !== 503) return;
      timeline.note(`${name} says that it is stuck, and is started anew`);
      await services.get(name)?.kill();
    };
    const checks = [...targets].map(
      (each) =>
        new Repeating(
          checkEveryMs,
          () => check(each),
          () => undefined,
        ),
    );
    opened.push({ close: () => Promise.all(checks.map((each) => each.stop())) });
    for (const each of checks) each.start();

    // whoever is ready has declared its queue: only then identity tells of its first account
    const becomeReady = (names: readonly Instance[]) =>
      until(() => {
        const missing = names.filter((name) => !ready.has(name));
        if (missing.length > 0) throw new Error(`${missing.join(', ')} did not become ready; see ${directory}`);
      }, readyWithinMs);
    const startThem = async (names: readonly ProcessName[]) => {
      const all = names.flatMap((name) => instances.map((n): Instance => `${name}/${n}`));
      for (const name of all) services.get(name)?.start();
      await becomeReady(all);
    };
    await startThem(serviceNames.filter((name) => name !== 'identity'));
    await startThem(['identity', 'edge']);
    const serverPorts = { database: databasePort, broker: broker.port, cache: cache.port };
    const isServerUp = (server: Server): Promise<boolean> => accepts(serverPorts[server]);
    const isReady = (instance: Instance): boolean => ready.has(instance);
    return {
      edgeUrl,
      standIns,
      broker,
      cache,
      database,
      disk,
      services,
      crossings,
      addresses,
      isReady,
      isServerUp,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const isWell = async (url: string): Promise<boolean> => (await statusOf(url)) === 200;

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_500) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
