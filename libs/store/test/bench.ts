import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bus } from '@lyceum/bus';
import type { Envelope } from '@lyceum/contracts';
import { Clock, type DomainEvent, changed } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import mongoose from 'mongoose';
import {
  Aggregates,
  Database,
  type Filter,
  type KeyRing,
  type Page,
  type PageRequest,
  type RelayOptions,
} from '../src/index.js';

/** Tries again until it no longer throws. */
export async function eventually<T>(check: () => T | Promise<T>, within = 20_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= end) throw error;
      await pause(20);
    }
  }
}

/** What arrives at the broker; breaks and hangs on demand, and notices when two publish one aggregate's events at once. */
export class TestBus implements Bus {
  readonly kind = 'test';
  readonly published: Envelope[] = [];
  readonly overlaps: string[] = [];
  /** Throws for what cannot be published. */
  fault: ((events: readonly Envelope[]) => void) | undefined;
  ready = true;
  /** Whether what was published is remembered. */
  keeps = true;
  delay: () => Promise<void> = () => Promise.resolve();
  attempts = 0;
  /** Aggregates of which somebody has tried to publish an event. */
  readonly tried = new Set<string>();
  private readonly busy = new Set<string>();

  async publish(events: readonly Envelope[]): Promise<void> {
    this.attempts += 1;
    const subjects = new Set(events.map((event) => event.subject));
    for (const subject of subjects) {
      this.tried.add(subject);
      if (this.busy.has(subject)) this.overlaps.push(subject);
      this.busy.add(subject);
    }
    try {
      await this.delay();
      this.fault?.(events);
      if (this.keeps) this.published.push(...structuredClone([...events]));
    } finally {
      for (const subject of subjects) this.busy.delete(subject);
    }
  }
  isReady(): boolean {
    return this.ready;
  }
  async start(): Promise<void> {}
  async publishTo(): Promise<void> {}
  async subscribe(): Promise<{ stop(): Promise<void> }> {
    return { stop: () => Promise.resolve() };
  }
  async deadLetters(): Promise<[]> {
    return [];
  }
  async countDead(): Promise<number> {
    return 0;
  }
  async replayDead(): Promise<[]> {
    return [];
  }
  async dropDead(): Promise<[]> {
    return [];
  }
  async close(): Promise<void> {}

  about(subject: string): Envelope[] {
    return this.published.filter((event) => event.subject === subject);
  }
}

export class TestClock extends Clock {
  at = new Date('2026-03-01T12:00:00.000Z');
  now(): Date {
    return new Date(this.at);
  }
}

export interface Server {
  readonly name: string;
  readonly start: () => Promise<{ uri: string; stop: () => Promise<void> }>;
}

export const quick: RelayOptions = { sweepMs: 50, leaseMs: 600, maxRestMs: 200, deferMs: 100 };

export interface InstanceOptions {
  readonly relay?: RelayOptions;
  readonly bus?: Bus;
  readonly keyEncryption?: KeyRing | undefined;
  readonly sealAfterMs?: number;
}

/** One database of a server, with as many instances of a service as a test wants. */
export class Bench {
  readonly bus = new TestBus();
  readonly clock = new TestClock();
  readonly logged: string[] = [];
  readonly keyEncryption: KeyRing = {
    currentKeyId: 'k1',
    keys: { k1: randomBytes(32).toString('base64'), k2: randomBytes(32).toString('base64') },
  };
  private readonly open = new Set<Database>();

  constructor(
    readonly uri: string,
    readonly name: string = `store_${randomBytes(5).toString('hex')}`,
    /** Whose events are in its log. */
    readonly service = 'shelf',
  ) {}

  async instance(options: InstanceOptions = {}): Promise<Database> {
    const stream = new PassThrough();
    stream.on('data', (line) => this.logged.push(String(line)));
    const database = await Database.connect({
      uri: this.uri,
      name: this.name,
      clock: this.clock,
      log: createLog({ service: 'shelf', level: 'info', format: 'json', stream }),
      metrics: new Metrics('shelf', { processMetrics: false }),
      bus: options.bus ?? this.bus,
      service: this.service,
      relay: options.relay ?? quick,
      keyEncryption: 'keyEncryption' in options ? options.keyEncryption : this.keyEncryption,
      sealAfterMs: options.sealAfterMs ?? 0,
    });
    this.open.add(database);
    return database;
  }

  async shelves(options: InstanceOptions = {}): Promise<{ database: Database; shelves: Shelves }> {
    const database = await this.instance(options);
    const shelves = new Shelves(database);
    await database.prepare();
    return { database, shelves };
  }

  /** Everything that lies in the data's database, and in that of the keys, as bytes. */
  async stored(database: Database, { keys = true } = {}): Promise<Buffer> {
    const client = database.connection.getClient();
    const all: Buffer[] = [];
    for (const name of keys ? [this.name, `${this.name}-keys`] : [this.name])
      for (const { collectionName } of await client.db(name).collections())
        for await (const document of client.db(name).collection(collectionName).find())
          all.push(Buffer.from(mongoose.mongo.BSON.serialize(document)));
    return Buffer.concat(all);
  }

  /** As if the process had been killed: nothing is finished or handed over. */
  async kill(database: Database): Promise<void> {
    this.open.delete(database);
    await database.connection.close(true);
  }

  async end(): Promise<void> {
    for (const database of this.open) await database.close();
    const last = await this.instance();
    await last.dropAllForTests();
    await last.close();
  }
}

export interface Shelf {
  readonly id: string;
  readonly label?: string | undefined;
  readonly books: number;
  readonly code?: string;
  readonly madeAt?: Date;
  readonly note?: string | null;
  readonly tags?: readonly string[];
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly boxes?: readonly { readonly name: string; readonly since?: Date }[];
}

export class Shelves extends Aggregates<Shelf> {
  constructor(database: Database) {
    super(database, {
      collection: 'shelves',
      fields: {
        label: String,
        books: { type: Number, required: true },
        code: String,
        madeAt: Date,
        note: String,
        tags: [String],
        labels: Object,
        boxes: [{ name: String, since: Date }],
      },
      indexes: [
        { name: 'one shelf for each code', keys: { code: 1 }, unique: true, where: { code: { $exists: true } } },
        { keys: { books: 1, _id: 1 } },
      ],
    });
  }

  addBook(id: string, events: readonly DomainEvent[] = [{ type: 'shelf.book-added.v1', data: {} }]): Promise<Shelf> {
    return this.change(id, (shelf) => changed({ ...shelf, id, books: (shelf?.books ?? 0) + 1 }, events));
  }

  list(filter: Filter, page: PageRequest): Promise<Page<Shelf>> {
    return this.page(filter, page);
  }

  clear(condition: Filter, limit: number): Promise<number> {
    return this.removeSome(condition, limit);
  }

  search(filter: Filter): Promise<Shelf[]> {
    return this.find(filter);
  }
}
