import { performance } from 'node:perf_hooks';
import type { Metrics } from '@lyceum/telemetry';
import type { Outbox } from './outbox.js';

/** Counting takes at most this share of an instance's time. */
const share = 0.2;
const rarestMs = 10_000;
/** A backlog is swept many times a second; nobody reads gauges so often. */
const seldomMs = 1_000;

/** Keeps something that is costly to do from being done too often: the longer it takes, the rarer. */
export class Sparingly {
  private notBefore = -Infinity;

  constructor(private readonly leastMs = 0) {}

  async do(work: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    if (begun < this.notBefore) return;
    await work();
    const ended = performance.now();
    this.notBefore = ended + Math.max(this.leastMs, Math.min(rarestMs, (ended - begun) / share));
  }
}

/** What every instance tells of the outboxes. They all tell the same, because they all ask the database. */
export class OutboxGauges {
  private readonly sparingly = new Map<string, Sparingly>();

  constructor(private readonly metrics: Metrics) {}

  async measure(place: Outbox): Promise<void> {
    const { name: collection } = place;
    const mine = this.sparingly.get(collection) ?? new Sparingly(seldomMs);
    this.sparingly.set(collection, mine);
    await mine.do(async () => {
      const { pending, unroutable, oldest } = await place.count();
      this.metrics.outboxPending.set({ collection }, pending);
      this.metrics.outboxUnroutable.set({ collection }, unroutable);
      this.metrics.outboxLag.set({ collection }, oldest ? Math.max(0, Date.now() - oldest.getTime()) / 1_000 : 0);
    });
  }
}
