import { randomUUID } from 'node:crypto';
import type { Bus } from '@lyceum/bus';
import type { Log, Metrics } from '@lyceum/telemetry';
import { Dispatch, type Work } from './dispatch.js';
import type { EventLog } from './event-log.js';
import { OutboxGauges } from './gauges.js';
import { type Claimed, claimedByWrite, Outbox } from './outbox.js';
import type { PersonalEvents } from './personal-events.js';
import type { Lease, Native, OutboxEntry, Stored } from './shape.js';
import { spill } from './spill.js';
import { pause, within } from './waiting.js';

export interface RelayOptions {
  /** Between two sweeps, ms, with jitter. Default 1,000. */
  sweepMs?: number;
  /** How long a document is one relay's own without a sign of life, ms. Default 15,000. */
  leaseMs?: number;
  /** Longest rest after failures of the bus, ms. Default 10,000. */
  maxRestMs?: number;
  /** First rest of a document whose events are refused while the bus works, ms; doubles each time. Default 2,000. */
  deferMs?: number;
  /** Longest rest of such a document, ms. Default 60,000. */
  maxDeferMs?: number;
}

/** What a write has left in a document that it took a lease of. */
export interface Left {
  readonly lease: Lease;
  readonly entries: readonly OutboxEntry[];
}

/** A document that is being looked after. */
interface Slot {
  work?: Work | undefined;
  /** Somebody wrote there meanwhile. */
  again: boolean;
  /** A write took a lease while the previous publication was coming to its end. */
  next?: Work | undefined;
}
interface Wanted {
  readonly place: Outbox;
  readonly id: string;
}

/** Batches under way at once: while one is written down, another is being published. */
const laneCount = 4;
const batchLimit = 200;
const readyLimit = 1_000;
const claimLimit = 200;
const wantedLimit = 1_000;
const sweepLimit = 1_000;

/** Takes events from the outboxes to the event log and the bus: in order for each document, at least once. */
export class Relay {
  private readonly places = new Map<string, Outbox>();
  /** Documents being claimed, waiting with their lease, or being sent. */
  private readonly slots = new Map<string, Slot>();
  private readonly wanted = new Map<string, Wanted>();
  private ready: Work[] = [];
  private lanes = 0;
  private soon: NodeJS.Immediate | undefined;
  private readonly dispatch: Dispatch;
  private readonly gauges: OutboxGauges;
  private readonly options: Required<RelayOptions>;
  private readonly instance = randomUUID();
  private leases = 0;
  private failures = 0;
  private restUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<boolean> | undefined;
  private stopped = false;
  private quiet: (() => void)[] = [];
  private readonly alive: NodeJS.Timeout;

  constructor(
    service: string,
    private readonly bus: Bus,
    private readonly events: EventLog,
    personal: PersonalEvents,
    private readonly log: Log,
    metrics: Metrics,
    options: RelayOptions = {},
  ) {
    const defaults = { sweepMs: 1_000, leaseMs: 15_000, maxRestMs: 10_000, deferMs: 2_000, maxDeferMs: 60_000 };
    this.options = { ...defaults, ...options };
    this.dispatch = new Dispatch(service, bus, events, personal, metrics, this.options);
    this.gauges = new OutboxGauges(metrics);
    this.alive = setInterval(() => void this.showLife(), this.options.leaseMs / 3).unref();
  }

  /** Looks after the outboxes of a collection from now on. */
  watch(name: string, documents: Native): void {
    this.places.set(name, new Outbox(name, documents));
  }

  /**
   * A lease that a write may take along with its events, or undefined when others may be at the document or nothing can be
   * published now. Only a document without pending events can be leased so: nobody else can claim it before the write.
   */
  leaseFor(stored: Stored | undefined): Lease | undefined {
    if ((stored?.outbox?.length ?? 0) > 0 || stored?.pendingSince || stored?.lease) return undefined;
    return this.isAwake() && this.ready.length < readyLimit ? this.newLease() : undefined;
  }

  /** A write has left events in a document; they are published without the caller waiting. */
  written(name: string, id: string, left?: Left): void {
    const place = this.places.get(name);
    if (!place || this.stopped) return;
    const key = keyOf(place, id);
    const slot = this.slots.get(key);
    const work = left && { place, document: claimedByWrite(id, left.lease, left.entries) };
    if (slot) {
      slot.again = true;
      slot.next ??= work;
    } else if (work) this.admit(work);
    else if (this.isAwake() && this.wanted.size < wantedLimit) this.want({ place, id });
    // else: the sweeper finds it
  }

  /**
   * Moves what waits in a document to the event log, whence it leaves later in the same order, so that the document does not
   * outgrow what the database takes. False when somebody is publishing from it.
   */
  spill(name: string, id: string): Promise<boolean> {
    const place = this.places.get(name);
    return place ? spill(place, id, this.newLease(), this.dispatch, this.events) : Promise.resolve(false);
  }

  /** Begins to look for events that were left behind: after a crash, by an overflow, while the bus was away. */
  startSweeping(): void {
    if (this.timer || this.stopped) return;
    const next = (): void => {
      this.timer = setTimeout(() => void run(), this.options.sweepMs * (0.8 + Math.random() * 0.4));
      this.timer.unref();
    };
    const run = async (): Promise<void> => {
      while ((await this.sweep()) && this.isAwake()) await this.idle();
      if (!this.stopped) next();
    };
    next();
  }

  /** Publishes what is pending, also what others left. False when something was still pending after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    const nothingLeft = () => this.idle().then(() => this.nothingPending());
    for (;;) {
      if (await within(end, nothingLeft())) return true;
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
    this.pump();
    await within(Date.now() + timeoutMs, Promise.all([this.idle(), this.sweeping]));
    clearInterval(this.alive);
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
    for (const place of this.places.values()) {
      await this.gauges.measure(place);
      if (!this.isAwake()) continue;
      const ids = await place.waiting(sweepLimit);
      for (const id of ids) if (!this.slots.has(keyOf(place, id))) this.want({ place, id });
      more ||= ids.length === sweepLimit;
    }
    return more;
  }

  private nothingPending(): Promise<boolean> {
    return Promise.all([...this.places.values()].map((place) => place.hasPending())).then(
      (pending) => !pending.includes(true),
      () => false, // the database is away: who knows
    );
  }

  private want(wanted: Wanted): void {
    this.wanted.set(keyOf(wanted.place, wanted.id), wanted);
    this.pumpSoon();
  }

  /** The document is ours: its events are sent as soon as there is room. */
  private admit(work: Work): void {
    const key = keyOf(work.place, work.document.id);
    const slot = this.slots.get(key);
    if (slot) slot.work = work;
    else this.slots.set(key, { work, again: false });
    this.ready.push(work);
    this.pumpSoon();
  }

  /** What comes in the same moment is taken up together. */
  private pumpSoon(): void {
    this.soon ??= setImmediate(() => {
      this.soon = undefined;
      this.pump();
    });
  }

  /** Begins as much as may be under way at once. */
  private pump(): void {
    if (!this.isAwake()) this.wanted.clear();
    while (this.lanes < laneCount) {
      const [first] = this.wanted.values();
      if (this.ready.length > 0) {
        const batch = this.ready.splice(0, batchLimit);
        this.begin(batch, () => (this.canPublish() ? this.send(batch) : this.giveUp(batch)));
      } else if (first) this.begin([], () => this.claim(first.place));
      else break;
    }
    if (this.isIdle()) for (const done of this.quiet.splice(0)) done();
  }

  private begin(batch: readonly Work[], work: () => Promise<void>): void {
    this.lanes += 1;
    void work()
      .catch(async (error: unknown) => {
        this.rest(error, batch);
        await this.dispatch.release(batch).catch(() => undefined); // else the leases run out
        for (const each of batch) this.finish(each.place, each.document.id);
      })
      .finally(() => {
        this.lanes -= 1;
        this.pump();
      });
  }

  private async claim(place: Outbox): Promise<void> {
    const ids: string[] = [];
    for (const [key, wanted] of this.wanted) {
      if (ids.length === claimLimit) break;
      if (wanted.place !== place) continue;
      this.wanted.delete(key);
      if (this.slots.has(key)) continue;
      this.slots.set(key, { again: false });
      ids.push(wanted.id);
    }
    const left = new Set(ids);
    try {
      for (const document of await place.claim(ids, this.newLease().owner, this.options.leaseMs)) {
        left.delete(document.id);
        this.admit({ place, document });
      }
    } finally {
      for (const id of left) this.finish(place, id);
    }
  }

  private async send(batch: readonly Work[]): Promise<void> {
    const { more, refused, trouble } = await this.dispatch.send(batch);
    const going = new Set(more.map(({ place, document }) => keyOf(place, document.id)));
    if (trouble !== undefined) this.rest(trouble, batch);
    else if (refused.length < batch.length) this.failures = 0;
    for (const { work, error } of refused)
      if (error !== trouble && work.document.rests === 0)
        this.log.warn('an event was refused, it stays in the outbox', { what: nameOf(work), error });
    for (const { place, document } of batch) if (!going.has(keyOf(place, document.id))) this.finish(place, document.id);
    for (const work of more) this.admit(work);
  }

  private async giveUp(batch: readonly Work[]): Promise<void> {
    await this.dispatch.release(batch);
    for (const { place, document } of batch) this.finish(place, document.id);
  }

  /** Nothing of the document is under way any more; a write that came meanwhile has not been seen by the last round trip. */
  private finish(place: Outbox, id: string): void {
    const key = keyOf(place, id);
    const slot = this.slots.get(key);
    this.slots.delete(key);
    if (slot?.next) this.admit(slot.next);
    else if (slot?.again && this.isAwake()) this.want({ place, id });
  }

  /** Leases that have been held for a while are extended. */
  private async showLife(): Promise<void> {
    const { leaseMs } = this.options;
    const until = Date.now() + leaseMs;
    for (const place of this.places.values()) {
      const held: Claimed[] = [];
      for (const { work } of this.slots.values())
        if (work?.place === place && work.document.until < until - leaseMs / 4) held.push(work.document);
      if (held.length === 0) continue;
      const all = await place.extend(held, until).catch(() => false); // else they run out, and another relay takes over
      if (all) for (const document of held) document.until = until;
    }
  }

  private rest(error: unknown, batch: readonly Work[]): void {
    if (this.stopped || Date.now() < this.restUntil) return;
    const rest = Math.min(this.options.maxRestMs, 250 * 2 ** this.failures) * (0.5 + Math.random() / 2);
    this.failures = Math.min(this.failures + 1, 16);
    this.restUntil = Date.now() + rest;
    const what = batch[0] && { what: nameOf(batch[0]), documents: batch.length };
    this.log.warn('events could not be published, they stay in the outbox', {
      ...what,
      restMs: Math.round(rest),
      error,
    });
  }

  private newLease(): Lease {
    this.leases += 1;
    return { owner: `${this.instance}:${this.leases}`, until: new Date(Date.now() + this.options.leaseMs) };
  }

  private canPublish(): boolean {
    return Date.now() >= this.restUntil && this.bus.isReady();
  }

  private isAwake(): boolean {
    return !this.stopped && this.canPublish();
  }

  private isIdle(): boolean {
    return this.slots.size === 0 && this.wanted.size === 0 && this.lanes === 0;
  }

  private async idle(): Promise<void> {
    if (!this.isIdle()) await new Promise<void>((done) => this.quiet.push(done));
  }
}

const keyOf = ({ name }: Outbox, id: string): string => `${name}/${id}`;
const nameOf = ({ place, document }: Work): string => keyOf(place, document.id);
