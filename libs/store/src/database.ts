import type { Bus } from '@lyceum/bus';
import type { Clock } from '@lyceum/kernel';
import type { Log, Metrics } from '@lyceum/telemetry';
import mongoose from 'mongoose';
import { ErasedPeople } from './erased-people.js';
import { EventLog } from './event-log.js';
import { Inbox } from './inbox.js';
import { Leases } from './leases.js';
import { LogRetention } from './log-retention.js';
import { type Registration, prepareCollection } from './migration.js';
import { PersonalEvents, eventPath } from './personal-events.js';
import { PersonalFields } from './personal-fields.js';
import { PersonalKeys } from './personal-keys.js';
import type { Projection } from './projection.js';
import { Relay, type RelayOptions } from './relay.js';
import { SealedCollection } from './sealed-collection.js';
import { SealedLog } from './sealed-log.js';
import { SealingPass } from './sealing-pass.js';
import { type KeptSealing, SealingState } from './sealing-state.js';
import { FieldCipher, type KeyRing } from './secrets.js';
import type { Native, Personal, Stored } from './shape.js';
import { TimerSweep } from './timers.js';
import { blankWaiting } from './untold.js';
import { within } from './waiting.js';

export interface DatabaseOptions {
  /** `mongodb://…`, a replica set. */
  uri: string;
  /** The database: one for each service. */
  name: string;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  bus: Bus;
  /** The publishing service, the source of its events. */
  service: string;
  relay?: RelayOptions;
  /** How many days superseded events stay in the log. Default 400. */
  logRetentionDays?: number;
  /**
   * What the keys of personal data are encrypted with. A service that keeps none needs none; without it such data is refused, and
   * what events tell about people lies in clear.
   */
  keyEncryption?: KeyRing | undefined;
  /**
   * How long, in ms, after the first start of a version that encrypts more than the one before older instances may still run: until
   * then everything that lies there already stays readable for them. Default 0.
   */
  sealAfterMs?: number;
  /** How long an operation looks for a primary before it fails, ms. Default 5,000. */
  serverSelectionMs?: number;
}

/** A projection, whatever its rows are. */
export type Rebuildable = Pick<
  Projection<never>,
  'name' | 'feeds' | 'rebuild' | 'retell' | 'prepareCopy' | 'takeCopy' | 'dropCopy' | 'size'
>;

/** A service's database: its connection, its stores' collections, and the relay of their events. One for each service. */
export class Database {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly relay: Relay;
  /** Everything that the service has published. */
  readonly events: EventLog;
  readonly inbox: Inbox;
  readonly leases: Leases;
  readonly log: Log;
  /** Who was erased here. */
  readonly erased: ErasedPeople;
  /** The keys of the people whose data is kept here. */
  readonly personalKeys: PersonalKeys;
  readonly personalEvents: PersonalEvents;
  /** Encrypts what lies there in clear from before. */
  readonly sealing: SealingPass;
  /** The stores that are made from events, by name. */
  readonly projections = new Map<string, Rebuildable>();
  private readonly timers: TimerSweep;
  private readonly retention: LogRetention;
  private readonly registered = new Map<string, Registration>();
  private readonly sealed = new Map<string, SealedCollection>();
  private readonly sealedLog: SealedLog;
  private readonly sealAfterMs: number;

  private constructor(
    readonly connection: mongoose.Connection,
    options: DatabaseOptions,
  ) {
    const { clock, log, metrics, bus, service, relay, logRetentionDays = 400, keyEncryption } = options;
    this.clock = clock;
    this.metrics = metrics;
    this.log = log;
    this.sealAfterMs = options.sealAfterMs ?? 0;
    this.personalKeys = new PersonalKeys(connection, keyEncryption && new FieldCipher(keyEncryption));
    const eventsState = this.sealingStateOf(EventLog.collection, [eventPath]);
    this.personalEvents = new PersonalEvents(this.personalKeys, eventsState);
    this.events = new EventLog(connection, service, this.personalEvents, () => this.erased);
    this.sealedLog = new SealedLog(this.events, eventsState);
    this.relay = new Relay(service, bus, this.events, this.personalEvents, log, metrics, relay);
    this.timers = new TimerSweep(clock, this.relay, log, metrics, relay?.sweepMs);
    this.leases = new Leases(connection, log);
    this.sealing = new SealingPass(() => this.unsealed(), this.personalKeys, this.leases, log);
    this.retention = new LogRetention(
      this.events,
      () => this.db.collection(LogRetention.collection),
      this.leases,
      log,
      { keepMs: logRetentionDays * 86_400_000 },
    );
    this.inbox = new Inbox(connection, log);
    this.erased = new ErasedPeople(this);
  }

  /** Connects. Rejects when no primary answers within `serverSelectionMs`. */
  static async connect(options: DatabaseOptions): Promise<Database> {
    const connection = mongoose.createConnection(options.uri, {
      dbName: options.name,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      sanitizeFilter: true,
      ignoreUndefined: true,
      promoteBuffers: true,
      retryWrites: true,
      retryReads: true,
      writeConcern: { w: 'majority' },
      serverSelectionTimeoutMS: options.serverSelectionMs ?? 5_000,
      maxPoolSize: 20,
      appName: options.service,
    });
    // the driver reconnects by itself; what fails meanwhile rejects where it was asked for
    connection.on('error', (error: unknown) => options.log.error('the database connection has failed', error));
    try {
      await connection.asPromise();
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
    return new Database(connection, options);
  }

  /** Called by the stores: what belongs to this database. */
  register(
    registration: Omit<Required<Registration>, 'collection' | 'personal'> & Pick<Registration, 'personal'>,
  ): void {
    const collection = registration.shape.model.modelName;
    this.registered.set(collection, { ...registration, collection });
    const { personal, native, indexes } = registration;
    if (personal) {
      const sealed = new SealedCollection(native, personal, indexes, this.log);
      this.sealed.set(collection, sealed);
      this.personalKeys.whenShredded((owner) => sealed.forget(owner));
    }
    if (!registration.outbox) return;
    this.relay.watch(collection, registration.native);
    this.timers.watch(collection, registration.native);
  }

  /**
   * Builds missing indexes and brings older documents to today's shape, for every store made so far. May run any number of
   * times and in several instances at once; documents that a later instance finds outdated are also upgraded when read.
   */
  async prepare(): Promise<void> {
    const own: Registration[] = [
      { collection: EventLog.collection, native: this.native(EventLog.collection), indexes: this.events.indexes },
      { collection: Inbox.collection, native: this.native(Inbox.collection), indexes: Inbox.indexes },
      { collection: Leases.collection, native: this.native(Leases.collection), indexes: Leases.indexes },
    ];
    for (const place of this.unsealed()) await place.prepare(this.sealAfterMs);
    for (const registration of [...own, ...this.registered.values()]) await prepareCollection(registration, this.log);
  }

  /** From now on events that a crash or an outage has left behind are found and published, and timers that are due are fired. */
  startSweeping(): void {
    this.relay.startSweeping();
    this.timers.start();
    this.retention.start();
    this.sealing.start();
  }

  /** Whether the database answers within `timeoutMs`. Never throws. */
  async ping(timeoutMs = 1_000): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((done) => (timer = setTimeout(() => done(false), timeoutMs)));
    const answer = this.db
      .admin()
      .command({ ping: 1 })
      .then(
        () => true,
        () => false,
      );
    const answered = await Promise.race([answer, late]);
    clearTimeout(timer);
    return answered;
  }

  /**
   * Blanks what the outboxes and the timers of all aggregates tell about a person, and then the log: whatever leaves an outbox
   * meanwhile is written down, looked at and blanked there. Says in how many events there was something to blank.
   */
  async forgetTold(personId: string): Promise<number> {
    let count = 0;
    for (const { native, outbox } of this.registered.values())
      if (outbox) count += await blankWaiting(native, personId);
    return count + (await this.events.forget(personId));
  }

  /** Publishes everything that is pending. False when something was still pending after `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean> {
    return this.relay.flush(timeoutMs);
  }

  /** Lets what is being published finish (5 s at most), then disconnects. Pending events stay for another instance. */
  async close(): Promise<void> {
    await within(Date.now() + 5_000, Promise.all([this.timers.stop(), this.retention.stop(), this.sealing.stop()]));
    await this.relay.stop(5_000);
    await this.connection.close();
  }

  /** The documents of a collection as its readers see them, in the order of their ids: decrypted where there is a key. */
  async *readable(collection: string): AsyncGenerator<Readonly<Stored>, void> {
    const personal = this.registered.get(collection)?.personal;
    for await (const raw of this.native(collection).find<Stored>({}, { sort: { _id: 1 } })) {
      const [opened] = personal ? await personal.open([raw]) : [];
      yield opened?.plain ?? raw;
    }
  }

  /** Deletes the database with everything in it. */
  async dropAllForTests(): Promise<void> {
    await this.db.dropDatabase();
    await this.personalKeys.dropAllForTests();
  }

  /** Called by the stores: how the personal fields of a collection are kept. Throws RangeError without a key-encryption key. */
  personalFields(collection: string, personal: Personal): PersonalFields {
    if (!this.personalKeys.canEncrypt)
      throw new RangeError(`${collection} keeps personal data: that needs a key-encryption key`);
    const state = this.sealingStateOf(collection, Object.keys(personal.fields));
    return new PersonalFields(collection, personal, this.personalKeys, state);
  }

  private sealingStateOf(collection: string, paths: readonly string[]): SealingState {
    return new SealingState(collection, paths, () => this.db.collection<KeptSealing>(SealingState.collection));
  }

  private unsealed(): readonly (SealedCollection | SealedLog)[] {
    return this.personalKeys.canEncrypt ? [...this.sealed.values(), this.sealedLog] : [];
  }

  /** The driver's own view of a collection: for the stores, which have validated what they write. */
  native(collection: string): Native {
    return this.db.collection(collection);
  }

  private get db(): mongoose.mongo.Db {
    return this.connection.getClient().db(this.connection.name);
  }
}
