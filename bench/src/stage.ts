import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { type ScratchRedis, mayStartRedis, startScratchRedis } from '@lyceum/testing';
import { type Platform, startPlatform } from './http/platform.js';
import { type Server, startEmbeddedMongo, startRabbit } from './servers.js';
import { type Work, type Worker, startWorker } from './workers.js';

export interface DatabaseServer {
  readonly url: string;
  /** For headings: `embedded database`. */
  readonly what: string;
  readonly version: string;
  readonly pid?: number | undefined;
}

/** The servers of one run, each started when it is first needed. */
export class Stage {
  /** Put before the names of databases, queues and exchanges. */
  readonly namespace = `bench-${randomBytes(3).toString('hex')}`;
  private readonly closing: (() => Promise<void>)[] = [];
  private broker: Promise<Server> | undefined;
  private servers: Promise<DatabaseServer[]> | undefined;
  private counters: Promise<ScratchRedis | undefined> | undefined;
  private readonly platforms = new Map<string, Promise<Platform>>();
  private ending: Promise<void> | undefined;

  /** @param quick fewer and shorter rounds: to see that it works, not to measure */
  constructor(
    readonly quick: boolean,
    readonly say: (line: string) => void,
  ) {}

  rabbit(): Promise<Server> {
    return (this.broker ??= this.kept(startRabbit()));
  }

  /** Undefined where there is no redis-server: rate limits are then counted in memory. */
  redis(): Promise<ScratchRedis | undefined> {
    return (this.counters ??= mayStartRedis() ? this.startRedis() : Promise.resolve(undefined));
  }

  /** The embedded one, and the one that MONGODB_URI names. */
  databases(): Promise<DatabaseServer[]> {
    return (this.servers ??= this.startDatabases());
  }

  /** All services as processes, one set for each database server. */
  platform(database: DatabaseServer): Promise<Platform> {
    const known = this.platforms.get(database.url);
    if (known) return known;
    const starting = this.startPlatform(database);
    this.platforms.set(database.url, starting);
    return starting;
  }

  /** A process that ends with the run at the latest. */
  readonly hire = async <Asked extends Work>(
    file: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Worker<Asked>> => {
    const starting = startWorker<Asked>(file, env);
    this.atTheEnd(starting, (worker) => worker.end());
    return starting;
  };

  /** Ends everything, and leaves nothing behind on servers that are not ours. Safe to call twice. */
  close(): Promise<void> {
    return (this.ending ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    for (const close of this.closing.splice(0).toReversed())
      await close().catch((error: unknown) => this.say(`could not be ended: ${String(error)}`));
  }

  private async startRedis(): Promise<ScratchRedis> {
    const server = await this.kept(startScratchRedis());
    const client = new Redis(server.url);
    await client.config('SET', 'appendonly', 'no'); // nobody waits for a disk to count requests
    client.disconnect();
    return server;
  }

  private async startDatabases(): Promise<DatabaseServer[]> {
    const embedded = await this.kept(startEmbeddedMongo());
    const { pid } = embedded;
    const found = [{ url: embedded.url, what: 'embedded database', version: await versionOf(embedded.url), pid }];
    const given = process.env['MONGODB_URI'];
    if (!given) return found;
    this.closing.push(() => this.dropDatabases(given));
    return [...found, { url: given, what: 'database of MONGODB_URI', version: await versionOf(given) }];
  }

  private async startPlatform(database: DatabaseServer): Promise<Platform> {
    this.say(`starting the services on the ${database.what}`);
    const [rabbit, redis] = [await this.rabbit(), await this.redis()];
    const names = { mongoUri: database.url, amqpUrl: rabbit.url, redisUrl: redis?.url };
    const starting = startPlatform({ ...names, namespace: `${this.namespace}-${this.platforms.size}` });
    this.atTheEnd(starting, (platform) => platform.close());
    return starting;
  }

  private kept<Started extends { stop(): Promise<void> }>(starting: Promise<Started>): Promise<Started> {
    this.atTheEnd(starting, (started) => started.stop());
    return starting;
  }

  /** Also what is still starting when the run is broken off, and what is started after that. */
  private atTheEnd<Started>(starting: Promise<Started>, end: (started: Started) => Promise<void>): void {
    const close = async () => {
      const started = await starting.catch(() => undefined); // whoever asked for it has been told
      if (started) await end(started);
    };
    if (this.ending) this.ending = Promise.all([this.ending, close()]).then(() => undefined);
    else this.closing.push(close);
  }

  private async dropDatabases(url: string): Promise<void> {
    const client = await MongoClient.connect(url);
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
    for (const { name } of databases) if (name.startsWith(this.namespace)) await client.db(name).dropDatabase();
    await client.close();
  }
}

async function versionOf(url: string): Promise<string> {
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 5_000 });
  const { version } = await client.db().admin().command({ buildInfo: 1 });
  await client.close();
  return String(version);
}
