import { randomUUID } from 'node:crypto';
import type { Bus } from '@lyceum/bus';
import { envelop } from '@lyceum/contracts';
import type { Log, Metrics } from '@lyceum/telemetry';
import type { EventLog } from './event-log.js';
import type { Lease, Native, OutboxEntry, Stored } from './shape.js';

export interface RelayOptions {
  /** Between two sweeps, ms, with jitter. Default 1,000. */
  sweepMs?: number;
  /** How long a document is one relay's own without a sign of life, ms. Default 15,000. */
  leaseMs?: number;
  /** Longest rest after failures, ms. Default 10,000. */
  maxRestMs?: number;
  /** After a failure while the bus says that it is ready, the document is left alone this long, ms. Default 2,000. */
  deferMs?: number;
  /** Documents under way at once. Default 32. */
  concurrency?: number;
}

/** A document whose events are ours to publish until the lease ends. */
interface Held {
  readonly lease: Lease;
  readonly entries: readonly OutboxEntry[];
}
/** What arrived while a document's events were being published. */
interface Slot {
  again: boolean;
  held?: Held | undefined;
}
interface Place {
  readonly name: string;
  readonly documents: Native;
}

const batchSize = 100;
const queueLimit = 1_000;
const sweepLimit = 200;

/** Takes events from the outboxes to the event log and the bus: in order for each document, at least once. */
export class Relay {
  private readonly places = new Map<string, Place>();
  private readonly underWay = new Map<string, Slot>();
  private readonly waiting = new Map<string, () => Promise<void>>();
  private readonly options: Required<RelayOptions>;
  private readonly instance = randomUUID();
  private leases = 0;
  private failures = 0;
  private restUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<boolean> | undefined;
  private stopped = false;
  private quiet: (() => void)[] = [];

  constructor(
    private readonly service: string,
    private readonly bus: Bus,
    private readonly events: EventLog,
    private readonly log: Log,
    private readonly metrics: Metrics,
    options: RelayOptions = {},
  ) {
    this.options = { sweepMs: 1_000, leaseMs: 15_000, maxRestMs: 10_000, deferMs: 2_000, concurrency: 32, ...options };
  }

  /** Looks after the outboxes of a collection from now on. */
  watch(name: string, documents: Native): void {
    this.places.set(name, { name, documents });
  }

  /**
   * A lease that a write may take along with its events, or undefined when others may be at the document or nothing can be
   * published now. Only a document without pending events can be leased so: nobody else can claim it before the write.
   */
  leaseFor(stored: Stored | undefined): Lease | undefined {
    if ((stored?.outbox?.length ?? 0) > 0 || stored?.pendingSince || stored?.lease) return undefined;
    return this.canStart() ? this.newLease() : undefined;
  }

  /** A write has left events in a document; they are published without the caller waiting. */
  written(name: string, id: string, held: Held | undefined): void {
    const place = this.places.get(name);
    if (!place || this.stopped) return;
    const key = `${name}/${id}`;
    const current = this.underWay.get(key);
    if (current) {
      current.again = true;
      current.held ??= held;
    } else if (held) void this.begin(key, place, id, held);
    else if (this.waiting.has(key) || !this.isAwake()) return;
    else if (this.underWay.size < this.options.concurrency) void this.begin(key, place, id);
    else if (this.waiting.size < queueLimit) this.waiting.set(key, () => this.begin(key, place, id));
    // else: the sweeper finds it
  }

  /** Begins to look for events that were left behind: after a crash, by an overflow, while the bus was away. */
  startSweeping(): void {
    if (this.timer || this.stopped) return;
    const next = (): void => {
      this.timer = setTimeout(() => void run(), this.options.sweepMs * (0.8 + Math.random() * 0.4));
      this.timer.unref();
    };
    const run = async (): Promise<void> => {
      while ((await this.sweep()) && !this.stopped && this.isAwake()) await this.idle();
      if (!this.stopped) next();
    };
    next();
  }

  /** Publishes what is pending, also what others left. False when something was still pending after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      if (
        await within(
          end,
          this.idle().then(() => this.nothingPending()),
        )
      )
        return true;
      if (Date.now() >= end) return false;
      if (this.isAwake())
        await within(
          end,
          this.sweep().then(() => this.idle()),
        );
      if (await within(end, this.nothingPending())) return true;
      await pause(Math.max(0, Math.min(25, end - Date.now())));
    }
  }

  /** Takes up nothing new and waits, at most `timeoutMs`, for what is under way. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.waiting.clear();
    await within(Date.now() + timeoutMs, Promise.all([this.idle(), this.sweeping]));
  }

  /** One look at every outbox. True when there may be more than was looked at. */
  private sweep(): Promise<boolean> {
    this.sweeping ??= this.sweepOnce()
      .catch((error: unknown) => {
        if (!this.stopped) this.log.error('the sweep of the outboxes failed', error);
        return false;
      })
      .finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  private async sweepOnce(): Promise<boolean> {
    let more = false;
    for (const { name, documents } of this.places.values()) {
      const pending = await documents
        .find({ pendingSince: { $exists: true } }, { projection: { pendingSince: 1, lease: 1 } })
        .sort({ pendingSince: 1 })
        .limit(sweepLimit)
        .toArray();
      const full = pending.length === sweepLimit;
      const oldest = pending[0]?.pendingSince?.getTime();
      const total = full ? await documents.countDocuments({ pendingSince: { $exists: true } }) : pending.length;
      this.metrics.outboxPending.set({ collection: name }, total);
      this.metrics.outboxLag.set({ collection: name }, oldest ? Math.max(0, Date.now() - oldest) / 1_000 : 0);
      const free = pending.filter(({ lease }) => !lease || lease.until.getTime() <= Date.now());
      for (const { _id } of free) if (!this.underWay.has(`${name}/${_id}`)) this.written(name, _id, undefined);
      more ||= full && free.length > 0;
    }
    return more;
  }

  private async nothingPending(): Promise<boolean> {
    const pending = [...this.places.values()].map(({ documents }) =>
      documents.findOne({ pendingSince: { $exists: true } }, { projection: { _id: 1 } }),
    );
    return Promise.all(pending).then(
      (found) => found.every((document) => document === null),
      () => false, // the database is away: who knows
    );
  }

  private async begin(key: string, place: Place, id: string, held?: Held): Promise<void> {
    const slot: Slot = { again: false };
    this.underWay.set(key, slot);
    try {
      let mine = held ?? (await this.claim(place, id));
      for (;;) {
        while (mine) mine = await this.publish(place, id, mine);
        // a write that came while we were finishing has not been seen by the last round trip
        if (!slot.again || (!slot.held && !this.isAwake())) break;
        slot.again = false;
        const taken = slot.held;
        slot.held = undefined;
        mine = taken ?? (await this.claim(place, id));
      }
    } catch (error) {
      this.fail(error, `${place.name}/${id}`);
    } finally {
      this.underWay.delete(key);
      if (slot.held) void this.begin(key, place, id, slot.held);
      this.startWaiting();
    }
  }

  private startWaiting(): void {
    while (this.isAwake() && this.underWay.size < this.options.concurrency) {
      const [next] = this.waiting;
      if (!next) break;
      this.waiting.delete(next[0]);
      void next[1]();
    }
    if (!this.isAwake()) this.waiting.clear();
    if (this.underWay.size === 0 && this.waiting.size === 0) for (const done of this.quiet.splice(0)) done();
  }

  private async claim({ documents }: Place, id: string): Promise<Held | undefined> {
    const lease = this.newLease();
    const claimed = await documents.findOneAndUpdate(
      { _id: id, pendingSince: { $exists: true }, 'lease.until': { $not: { $gt: new Date() } } },
      { $set: { lease } },
      { returnDocument: 'after', projection: { outbox: 1 } },
    );
    return claimed ? { lease, entries: claimed.outbox ?? [] } : undefined;
  }

  /** Publishes what is held. What came in meanwhile is held on; when there is nothing more, the lease is given back. */
  private async publish({ name, documents }: Place, id: string, { lease, entries }: Held): Promise<Held | undefined> {
    const mine = { _id: id, 'lease.owner': lease.owner };
    const batch = entries.slice(0, batchSize);
    const begun = new Date();
    const { leaseMs } = this.options;
    let until = lease.until.getTime();
    const alive = setInterval(() => {
      const longer = new Date(Date.now() + leaseMs);
      documents.updateOne(mine, { $set: { 'lease.until': longer } }).then(
        ({ matchedCount }) => matchedCount === 1 && (until = longer.getTime()),
        () => undefined, // then it runs out, and another relay takes over
      );
    }, leaseMs / 3).unref();
    try {
      const envelopes = batch.map(({ type, data, ...entry }) =>
        envelop({ type, data }, { ...entry, service: this.service, subject: id }),
      );
      await this.events.append(envelopes);
      if (Date.now() >= until) return undefined; // was held up for long: not ours any more
      if (envelopes.length > 0) await this.bus.publish(envelopes);
    } catch (error) {
      await this.giveBack(documents, mine);
      throw error;
    } finally {
      clearInterval(alive);
    }
    this.failures = 0;
    for (const { type } of batch) this.metrics.published.inc({ type });
    if (batch.length === entries.length) {
      const finished = await documents.updateOne(
        { ...mine, outbox: { $size: batch.length } },
        { $set: { outbox: [] }, $unset: { lease: '', pendingSince: '' } },
      );
      if (finished.matchedCount === 1) return undefined;
    }
    const longer: Lease = { owner: lease.owner, until: new Date(Date.now() + leaseMs) };
    const left = await documents.findOneAndUpdate(
      mine,
      {
        $pull: { outbox: { id: { $in: batch.map((entry) => entry.id) } } },
        $set: { lease: longer, pendingSince: begun },
      },
      { returnDocument: 'after', projection: { outbox: 1 } },
    );
    if (!left)
      this.log.warn('an outbox was taken over while its events were being published', { collection: name, id });
    return left ? { lease: longer, entries: left.outbox ?? [] } : undefined;
  }

  private async giveBack(documents: Native, mine: { _id: string; 'lease.owner': string }): Promise<void> {
    const update = this.bus.isReady()
      ? { $set: { lease: { owner: '', until: new Date(Date.now() + this.options.deferMs) } } } // this event is the trouble: others first
      : { $unset: { lease: '' as const } };
    await documents.updateOne(mine, update).catch(() => undefined);
  }

  private fail(error: unknown, what: string): void {
    if (this.stopped || Date.now() < this.restUntil) return;
    const rest = Math.min(this.options.maxRestMs, 250 * 2 ** this.failures) * (0.5 + Math.random() / 2);
    this.failures = Math.min(this.failures + 1, 16);
    this.restUntil = Date.now() + rest;
    this.log.warn('events could not be published, they stay in the outbox', { what, restMs: Math.round(rest), error });
  }

  private newLease(): Lease {
    this.leases += 1;
    return { owner: `${this.instance}:${this.leases}`, until: new Date(Date.now() + this.options.leaseMs) };
  }

  private isAwake(): boolean {
    return !this.stopped && Date.now() >= this.restUntil && this.bus.isReady();
  }

  private canStart(): boolean {
    return this.isAwake() && this.underWay.size < this.options.concurrency;
  }

  private async idle(): Promise<void> {
    if (this.underWay.size === 0 && this.waiting.size === 0) return;
    await new Promise<void>((done) => this.quiet.push(done));
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The result, or undefined when it did not come in time. */
async function within<T>(end: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), Math.max(0, end - Date.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
