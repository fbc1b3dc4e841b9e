import type { AddressInfo } from 'node:net';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type Bus, EventsServer, RabbitBus, direct } from '@lyceum/bus';
import { type Envelope, erasureAsked, exportAsked, partAsked, partRead } from '@lyceum/contracts';
import {
  AccessGuard,
  IdempotencyRecords,
  MediaTypeGuard,
  ProblemFilter,
  RedisLink,
  RemoteKeys,
  SERVICE_NAME,
  VerificationKeys,
  createHttpApp,
  openApiOf,
  validationPipe,
} from '@lyceum/http';
import { Clock, SystemClock } from '@lyceum/kernel';
import { Database, PersonalKeys } from '@lyceum/store';
import { Log, Metrics, createLog } from '@lyceum/telemetry';
import type { z } from 'zod';
import { BaseConfig, BrokerConfig, CONFIG, DataConfig, keyConfig, keyRingOf, readConfig } from './config.js';
import { Health, type Operations, serveDocument, serveHealth, serveMetrics, startManagement } from './health.js';
import { jobsOf } from './jobs/job.js';
import { type JobTimes, ScheduledJobs, jobTimes } from './jobs/scheduled-jobs.js';
import { OperatorActs } from './operators/operator-acts.store.js';
import { operatorsController } from './operators/operators.controller.js';
import { OperatorsService } from './operators/operators.service.js';
import { Collecting } from './personal-data/collecting.js';
import { DeadLettersOf } from './personal-data/dead-letters.js';
import { DirectLine } from './personal-data/direct-line.js';
import { type ErasureTimes, Erasing, erasureTimes } from './personal-data/erasing.js';
import { PersonalData } from './personal-data/personal-data.js';
import { PersonalDataReactions, erasureIn } from './personal-data/reactions.js';
import { LogParts } from './rebuilds/log-parts.js';
import { type RebuildOptions, Rebuilds, partSize, rebuildTimes } from './rebuilds/rebuilds.js';
import type { ServiceDefinition } from './service.js';
import { sharedParts } from './sharing.js';

/** What the host hands a service in place of what it would make itself from its settings. */
export interface Hosting {
  env?: NodeJS.ProcessEnv;
  /** Given the service's metrics, where the bus can tell something in them. */
  bus?: Bus | ((metrics: Metrics) => Bus);
  clock?: Clock;
  log?: Log;
  /** Whether process-wide metrics (memory, event loop) belong to this service's registry. */
  processMetrics?: boolean;
  /** Shorter waiting times and smaller parts, for tests. */
  rebuilds?: RebuildOptions;
  /** The same for scheduled jobs. */
  jobs?: Partial<JobTimes>;
  /** Shorter waiting times of erasures, for tests. */
  erasures?: Partial<ErasureTimes>;
}

export interface RunningService {
  readonly name: string;
  /** Where it listens: `http://127.0.0.1:4101`. */
  readonly url: string;
  readonly app: NestFastifyApplication;
  openApi(): OpenAPIObject;
  /** Stops accepting, lets requests and handlers finish, sends what the outbox holds, disconnects. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a service. Throws BadConfiguration, or what its database or broker said when they cannot be reached;
 * then nothing is left running.
 */
export async function start(service: ServiceDefinition, hosting: Hosting = {}): Promise<RunningService> {
  const env = hosting.env ?? process.env;
  const config = readConfig(service.name, configSchema(service, hosting.bus !== undefined), env);
  const base = BaseConfig.parse(config);
  const log = hosting.log ?? createLog({ service: service.name, level: base.LOG_LEVEL, format: base.LOG_FORMAT });
  const metrics = new Metrics(service.name, { processMetrics: hosting.processMetrics ?? true });
  const clock = hosting.clock ?? new SystemClock();
  const opened: { close(): Promise<void> }[] = [];
  try {
    const data = service.stateful
      ? await openData(service, config, { ...hosting, clock, log, metrics }, opened)
      : undefined;
    const redis = await RedisLink.open({ url: base.REDIS_URL, prefix: base.REDIS_PREFIX, log, metrics });
    opened.push(redis);
    const people = data && personalDataOf(service, data, { ...hosting, log }, () => app);
    const app: NestFastifyApplication = await createHttpApp(
      rootModule(service, { config, base, clock, log, metrics, data, people, redis }),
      {
        log,
        metrics,
        bodyLimit: base.BODY_LIMIT_BYTES,
        trustProxy: base.TRUST_PROXY,
        parsesBodies: service.stateful,
      },
    );
    opened.push({ close: () => app.close() });
    const health = new Health(data, redis);
    const document = () => openApiOf(app, { title: `Lyceum ${service.name}`, description: service.description });
    const server = app.getHttpAdapter().getInstance();
    const operations = { health, metrics };
    const management = await managementOf(base, operations);
    if (management) opened.push(management);
    else {
      serveHealth(server, operations);
      if (service.stateful) serveMetrics(server, operations);
    }
    if (service.stateful) serveDocument(server, document);
    const strategy = data && eventsServer(service.name, data, people, { ...hosting, log, metrics });
    if (strategy) app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
    await data?.database.prepare();
    await app.init();
    await app.startAllMicroservices();
    await app.listen(base.PORT, base.HOST);
    data?.database.startSweeping();
    data?.rebuilds.start();
    if (service.jobs) data?.jobs.start(jobsOf(app.get<object>(service.jobs)));
    people?.erasing.start();
    health.phase = 'running';
    const url = urlOf(app, base.HOST);
    log.info('listening', { url });
    let closing: Promise<void> | undefined;
    const close = () =>
      (closing ??= shutDown({ app, health, data, people, log, strategy, management, grace: base.SHUTDOWN_GRACE_MS }));
    return { name: service.name, url, app, openApi: document, close };
  } catch (error) {
    for (const each of opened.toReversed()) await each.close().catch(() => undefined);
    throw error;
  }
}

export interface Data {
  readonly database: Database;
  readonly bus: Bus;
  readonly rebuilds: Rebuilds;
  readonly jobs: ScheduledJobs;
  readonly operators: OperatorsService;
  readonly acts: OperatorActs;
}

async function openData(
  service: ServiceDefinition,
  config: Record<string, unknown>,
  hosting: Hosting & { clock: Clock; log: Log; metrics: Metrics },
  opened: { close(): Promise<void> }[],
): Promise<Data> {
  const {
    MONGODB_URI,
    DATABASE_PREFIX,
    EVENT_LOG_RETENTION_DAYS: logRetentionDays,
    ...data
  } = DataConfig.parse(config);
  const { clock, log, metrics } = hosting;
  const given = hosting.bus ?? ((own: Metrics) => rabbit(config, log, own));
  const bus = typeof given === 'function' ? given(metrics) : given;
  opened.push(bus);
  await bus.start();
  const name = `${DATABASE_PREFIX}${service.name}`;
  const database = await Database.connect({
    uri: MONGODB_URI,
    name,
    service: service.name,
    clock,
    log,
    metrics,
    bus,
    logRetentionDays,
    keyEncryption: service.keyVariable === undefined ? undefined : keyRingOf(service.keyVariable, config),
    sealAfterMs: data.SEAL_PERSONAL_DATA_AFTER_SECONDS * 1_000,
  });
  opened.push(database);
  const rebuilds = new Rebuilds(service.name, database, bus, log, { ...rebuildTimes, ...hosting.rebuilds?.times });
  const acts = new OperatorActs(database);
  const jobs = new ScheduledJobs(database, metrics, log, { ...jobTimes, ...hosting.jobs });
  const operators = new OperatorsService(service.name, bus, database, rebuilds, jobs, acts, log);
  return { database, bus, rebuilds, jobs, operators, acts };
}

/** How a service answers for the personal data that it holds. */
interface People {
  readonly collecting: Collecting;
  readonly erasing: Erasing;
}

function personalDataOf(
  { name, personalData }: ServiceDefinition,
  { database, bus, acts }: Data,
  { log, erasures }: Hosting & { log: Log },
  app: () => NestFastifyApplication,
): People | undefined {
  if (!personalData) return undefined;
  const own = () => app().get(PersonalData);
  const holdings = () => ({ personalData: own(), answers: app().get(IdempotencyRecords) });
  const deadLetters = new DeadLettersOf(name, bus, acts);
  const times = { ...erasureTimes, ...erasures };
  return {
    collecting: new Collecting(name, database, bus, own),
    erasing: new Erasing(name, database, deadLetters, holdings, log, times),
  };
}

/** Listens to what the reactions listen to, and to what other services say to this one alone. */
function eventsServer(
  service: string,
  { database, bus, rebuilds }: Data,
  people: People | undefined,
  hosting: Hosting & { log: Log; metrics: Metrics },
): EventsServer {
  const { log, metrics } = hosting;
  const parts = new LogParts(service, database, bus, { ...partSize, ...hosting.rebuilds?.part });
  const directMessages = [
    direct(partAsked, (message) => parts.send(message)),
    direct(partRead, (message) => rebuilds.take(message)),
    ...(people
      ? [
          direct(exportAsked, ({ data }) => people.collecting.collect(data)),
          direct(erasureAsked, ({ data }) => people.erasing.erase(erasureIn(data))),
        ]
      : []),
  ];
  const heard = (event: Envelope) => database.erased.heard(event);
  return new EventsServer({ service, bus, log, metrics, directMessages, heard });
}

function managementOf({ MANAGEMENT_PORT, HOST }: BaseConfig, operations: Operations) {
  return MANAGEMENT_PORT === undefined ? undefined : startManagement(operations, HOST, MANAGEMENT_PORT);
}

function rabbit(config: Record<string, unknown>, log: Log, metrics: Metrics): Bus {
  const { AMQP_URL, BUS_NAMESPACE } = BrokerConfig.parse(config);
  return new RabbitBus({ url: AMQP_URL, namespace: BUS_NAMESPACE, log, metrics });
}

/** Every variable of a service, for reading them and for the generated reference. */
export function configSchema(service: ServiceDefinition, busIsGiven: boolean): z.ZodObject {
  let schema: z.ZodObject = BaseConfig.extend(service.config.shape);
  if (service.remoteKeys !== false) schema = schema.required({ JWKS_URL: true });
  if (service.stateful) schema = schema.extend(DataConfig.shape);
  if (service.stateful && !busIsGiven) schema = schema.extend(BrokerConfig.shape);
  if (service.keyVariable !== undefined) schema = schema.extend(keyConfig(service.keyVariable).shape);
  return schema;
}

interface Parts {
  config: Record<string, unknown>;
  base: BaseConfig;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  data: Data | undefined;
  people: People | undefined;
  redis: RedisLink;
}

class ServiceRoot {}

function rootModule(service: ServiceDefinition, parts: Parts): DynamicModule {
  const { config, base, clock, log, metrics, data, people, redis } = parts;
  const platform: Provider[] = [
    { provide: CONFIG, useValue: config },
    { provide: SERVICE_NAME, useValue: service.name },
    { provide: Clock, useValue: clock },
    { provide: Log, useValue: log },
    { provide: Metrics, useValue: metrics },
    ...sharedParts(service, base, redis),
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: MediaTypeGuard },
    { provide: APP_PIPE, useFactory: validationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ];
  const { JWKS_URL } = base;
  if (JWKS_URL && service.remoteKeys !== false)
    platform.push({ provide: VerificationKeys, useFactory: () => new RemoteKeys(JWKS_URL) });
  if (data)
    platform.push(
      { provide: Database, useValue: data.database },
      { provide: PersonalKeys, useValue: data.database.personalKeys },
      { provide: Rebuilds, useValue: data.rebuilds },
      { provide: ScheduledJobs, useValue: data.jobs },
      { provide: OperatorsService, useValue: data.operators },
      { provide: DirectLine, useValue: new DirectLine(service.name, data.bus) },
      IdempotencyRecords,
    );
  if (people && service.personalData)
    platform.push(
      { provide: PersonalData, useClass: service.personalData },
      { provide: Collecting, useValue: people.collecting },
      { provide: Erasing, useValue: people.erasing },
    );
  return {
    module: ServiceRoot,
    controllers: [
      ...service.controllers,
      ...(service.reactions ? [service.reactions] : []),
      ...(people ? [PersonalDataReactions] : []),
      ...(data ? [operatorsController(service.name)] : []),
    ],
    providers: [...platform, ...service.providers],
  };
}

function urlOf(app: NestFastifyApplication, host: string): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

interface Closing {
  app: NestFastifyApplication;
  health: Health;
  data: Data | undefined;
  people: People | undefined;
  log: Log;
  strategy: EventsServer | undefined;
  management: { close(): Promise<void> } | undefined;
  grace: number;
}

async function shutDown({ app, health, data, people, log, strategy, management, grace }: Closing): Promise<void> {
  health.phase = 'stopping';
  const deadline = Date.now() + grace;
  const within = async (what: string, work: Promise<unknown>) => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), Math.max(100, deadline - Date.now()));
    const outcome = await Promise.race([
      work.catch((error: unknown) => log.error(`${what} failed`, error)),
      late.promise,
    ]);
    clearTimeout(timer);
    if (outcome === 'late') log.warn(`${what} was not finished in time`);
  };
  // no new connection from here on; what is under way goes on, and app.close() below waits for it
  app
    .getHttpAdapter()
    .getInstance()
    .close()
    .catch(() => undefined);
  if (data) await within('leaving the rebuilds', data.rebuilds.stop());
  if (data) await within('leaving the jobs', data.jobs.stop());
  if (people) await within('leaving the erasures', people.erasing.stop());
  await within('finishing the reactions', Promise.resolve(strategy?.close()));
  await within('finishing the requests', app.close());
  app.getHttpServer().closeAllConnections();
  if (data) {
    await within('flushing the outbox', data.database.flush(Math.max(100, deadline - Date.now())));
    await within('closing the database', data.database.close());
    await within('closing the bus', data.bus.close());
  }
  if (management) await within('closing the management port', management.close());
  log.info('stopped');
}
