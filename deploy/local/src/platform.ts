import { join } from 'node:path';
import { type Bus, InProcessBus } from '@lyceum/bus';
import { type EmbeddedMongo, startMongo } from '@lyceum/embedded/mongo';
import { type Hosting, type RunningService, start } from '@lyceum/host';
import type { Clock } from '@lyceum/kernel';
import { type Metrics, createLog } from '@lyceum/telemetry';
import { definitions } from './definitions.js';
import { type ServiceName, environmentOf, serviceNames } from './environment.js';
import { freePorts } from './ports.js';
import { type Secrets, newSecrets } from './secrets.js';
import { type StandIns, startStandIns } from './stand-ins.js';

export interface PlatformOptions {
  /** Where everything is kept. Without it everything is gone at the end: for tests. */
  readonly dataDir?: string;
  readonly secrets?: Secrets;
  readonly ports?: {
    readonly edge: number;
    readonly mailbox: number;
    readonly stripe: number;
    readonly bucket: number;
    readonly mongo: number;
  };
  readonly admin?: { readonly email: string; readonly password: string };
  readonly clock?: Clock;
  /** Settings beside those that one machine needs. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Delays before a failed reaction is tried again, in ms: shorter for tests. */
  readonly retryDelays?: readonly number[];
  /** Waiting times of erasures: shorter for tests. */
  readonly erasures?: Hosting['erasures'];
  /** The same of rebuilds. */
  readonly rebuilds?: Hosting['rebuilds'];
  /** Where the log lines go; nowhere without it. */
  readonly logStream?: NodeJS.WritableStream;
  /** Default `info`. */
  readonly logLevel?: 'debug' | 'info';
  readonly onProgress?: (what: string) => void;
}

/** The whole platform in this process. */
export interface Platform {
  readonly edgeUrl: string;
  readonly mongoUri: string;
  readonly standIns: StandIns;
  readonly services: readonly RunningService[];
  /** What carries the events. */
  readonly bus: Bus;
  /** Rewrites the files of database and bus, so that nothing is left in them of what is gone. */
  rewriteFiles(): Promise<void>;
  /** Starts a service that was closed, where it was before. */
  again(name: ServiceName): Promise<RunningService>;
  close(): Promise<void>;
}

/** So long, at most, the files of a platform that runs hold what was erased. */
const DAY_MS = 86_400_000;

/** Starts the stand-ins, then every service, then the edge. Throws what the first of them threw; then nothing is left running. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const { dataDir, clock, logStream, onProgress = () => undefined } = options;
  const secrets = options.secrets ?? (await newSecrets());
  const admin = options.admin ?? { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
  const [edgePort = 0, ...freed] = await freePorts(1 + serviceNames.length);
  const ports = options.ports ?? { edge: edgePort, mailbox: 0, stripe: 0, bucket: 0, mongo: 0 };
  const servicePorts = Object.fromEntries(serviceNames.map((name, i) => [name, freed[i] ?? 0])) as Record<
    ServiceName,
    number
  >;
  const publicUrl = `http://localhost:${ports.edge}`;

  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  };
  const log = (service: string) =>
    createLog({
      service,
      level: logStream ? (options.logLevel ?? 'info') : 'silent',
      format: 'json',
      ...(logStream ? { stream: logStream } : {}),
    });
  try {
    onProgress('database');
    const mongo = await startMongo({ port: ports.mongo, ...(dataDir ? { dataDir: join(dataDir, 'mongo') } : {}) });
    opened.push(mongo);
    onProgress('payments, mailbox and storage');
    const standIns = await startStandIns({
      secrets,
      dataDir,
      ports,
      publicUrl,
      ...(logStream ? { onFailure: (error: unknown) => log('stand-ins').error('unexpected failure', error) } : {}),
    });
    opened.push(standIns);
    const bus = new InProcessBus({
      log: log('bus'),
      ...(dataDir ? { journal: join(dataDir, 'bus') } : {}),
      ...(options.retryDelays ? { retryDelays: options.retryDelays } : {}),
    });
    await bus.start();
    opened.push(bus);

    const settings = environmentOf({ secrets, standIns, publicUrl, ports: servicePorts, admin });
    const services: RunningService[] = [];
    const run = async (name: string, port: number) => {
      const definition = definitions[name];
      if (!definition) throw new RangeError(`There is no service ${name}`);
      onProgress(name);
      const env = { ...settings, ...localSettings(mongo), ...options.settings, PORT: String(port), HOST: '127.0.0.1' };
      const service = await start(definition, {
        env,
        log: log(definition.name),
        processMetrics: definition.name === 'edge',
        ...(definition.stateful ? { bus: (metrics: Metrics) => bus.shared({ metrics }) } : {}),
        ...(clock ? { clock } : {}),
        ...(options.erasures ? { erasures: options.erasures } : {}),
        ...(options.rebuilds ? { rebuilds: options.rebuilds } : {}),
      });
      services.push(service);
      return service;
    };
    // identity last: the accounts that it creates at its start are heard of by everyone
    for (const name of serviceNames) await run(name, servicePorts[name]);
    await run('edge', ports.edge);
    opened.push({ close: () => closeServices(services) });
    const again = (name: ServiceName) => run(name, servicePorts[name]);
    const rewriteFiles = async () => {
      await mongo.compact();
      await bus.compact();
    };
    if (dataDir) {
      await mongo.compact(); // the bus does so by itself when it is opened
      const daily = setInterval(() => void rewriteFiles().catch(() => undefined), DAY_MS).unref();
      opened.push({ close: async () => clearInterval(daily) });
    }
    return { edgeUrl: publicUrl, mongoUri: mongo.uri, standIns, services, bus, again, rewriteFiles, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// one process: whoever held a delivery when it died is surely gone, and people wait for their mail
const localSettings = (mongo: EmbeddedMongo) => ({
  MONGODB_URI: mongo.uri,
  SHUTDOWN_GRACE_MS: '1000',
  SENDGRID_TIMEOUT_MS: '5000',
  DELIVERY_LEASE_MS: '10000',
});

/** The door first, then all rooms at once. */
async function closeServices(services: readonly RunningService[]): Promise<void> {
  const [door] = services.filter((service) => service.name === 'edge');
  await door?.close();
  await Promise.all(services.map((service) => service.close()));
}
