import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Log } from '@lyceum/telemetry';
import { CourseIndex } from './course-index.js';
import { ListingsStore } from './listings.store.js';

const EVERY = 1_000;
/** Instances' clocks and their writes under way may differ by so much. */
const OVERLAP = 15_000;
/** How often everything is compared, for what a stalled instance wrote too late to be seen in time. */
const THOROUGH_EVERY = 300_000;

/** Keeps the index of this instance like the collection, whichever instance writes to that. */
@Injectable()
export class IndexFeeder implements OnModuleInit, OnModuleDestroy {
  private seen = 0;
  private compared = Date.now();
  /** The rebuild of the collection after which everything was compared. */
  private comparedAfter: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly listings: ListingsStore,
    private readonly index: CourseIndex,
    private readonly log: Log,
  ) {}

  /** Requests are served once everything is in the index. */
  async onModuleInit(): Promise<void> {
    await this.follow();
    this.next();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  /** Applies what was written since the last time. */
  async follow(): Promise<void> {
    for await (const row of this.listings.writtenSince(new Date(this.seen - OVERLAP))) {
      if (!this.index.knows(row.id, row.refreshedAt)) this.index.apply(row);
      this.seen = Math.max(this.seen, row.refreshedAt.getTime());
    }
  }

  /** Applies whatever differs, however old it is. */
  async compare(): Promise<void> {
    const stamps = await this.listings.stamps();
    for (const id of this.index.known()) if (!stamps.has(id)) this.index.forget(id);
    const differing = [...stamps].filter(([id, refreshedAt]) => !this.index.knows(id, refreshedAt)).map(([id]) => id);
    for (let from = 0; from < differing.length; from += 500)
      for (const row of await this.listings.getAll(differing.slice(from, from + 500))) this.index.apply(row);
  }

  private next(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.working = this.work().finally(() => this.next());
    }, EVERY);
    this.timer.unref();
  }

  private async work(): Promise<void> {
    try {
      await this.follow();
      const rebuild = await this.listings.rebuild.state();
      const replaced = rebuild?.status === 'done' && rebuild.id !== this.comparedAfter;
      if (!replaced && Date.now() - this.compared < THOROUGH_EVERY) return;
      await this.compare();
      this.compared = Date.now();
      if (replaced) this.comparedAfter = rebuild.id;
    } catch (error) {
      this.log.warn('the search index could not follow; it tries again', { error });
    }
  }
}
