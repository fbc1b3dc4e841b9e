import { eventOfType } from '@lyceum/contracts';
import { type Clock, type DomainEvent, type Timers, newId } from '@lyceum/kernel';
import { type Log, type Metrics, currentTrace } from '@lyceum/telemetry';
import { Sparingly } from './gauges.js';
import type { PersonalEvents } from './personal-events.js';
import type { Relay } from './relay.js';
import { type Native, type OutboxEntry, type Stored, type StoredTimer, storable } from './shape.js';

const batchLimit = 200;
const countEveryMs = 10_000;

/** The data of an event as it is stored. Throws ZodError when it breaks its contract. */
export function dataOf({ type, data }: DomainEvent): unknown {
  const json: unknown = JSON.parse(JSON.stringify(data ?? null));
  return storable(eventOfType(type)?.schema.parse(json) ?? json, type);
}

/** A document's timers after a decision, or undefined when it changes none. Throws ZodError, and TypeError for a bad date. */
export async function timersAfter(
  present: readonly StoredTimer[],
  change: Timers | undefined,
  personal: Pick<PersonalEvents, 'seal'>,
): Promise<readonly StoredTimer[] | undefined> {
  const { set = [], cancel = [] } = change ?? {};
  const gone = new Set([...cancel, ...set.map(({ key }) => key)]);
  const left = present.filter(({ key }) => !gone.has(key));
  if (set.length === 0 && left.length === present.length) return undefined;
  const traceparent = currentTrace()?.traceparent;
  const added = set.map(async ({ key, at, event }): Promise<StoredTimer> => {
    if (Number.isNaN(at.getTime())) throw new TypeError(`The timer ${key} has no date`);
    const told = { type: event.type, data: dataOf(event) };
    const { data, sealed } = await personal.seal(told, newId());
    const stored = { key, due: at, type: event.type, data, ...(sealed ? { sealed } : {}) };
    return traceparent ? { ...stored, traceparent } : stored;
  });
  return [...left, ...(await Promise.all(added))];
}

/** How a document's timers are written: fields to set, or to take away. */
export function storedTimers(timers: readonly StoredTimer[]): {
  set: { timers?: StoredTimer[]; nextDue?: Date };
  unset: { timers?: ''; nextDue?: '' };
} {
  if (timers.length === 0) return { set: {}, unset: { timers: '', nextDue: '' } };
  const nextDue = new Date(Math.min(...timers.map(({ due }) => due.getTime())));
  return { set: { timers: [...timers], nextDue }, unset: {} };
}

/** Takes timers that are due out of their documents and puts their events into the outboxes: one write for each document. */
export class TimerSweep {
  private readonly places = new Map<string, { documents: Native; counting: Sparingly }>();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly relay: Relay,
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly everyMs = 1_000,
  ) {}

  /** Looks after the timers of a collection from now on. */
  watch(name: string, documents: Native): void {
    this.places.set(name, { documents, counting: new Sparingly(countEveryMs) });
  }

  /** Begins to look for timers that are due. Any number of instances may. */
  start(): void {
    if (this.timer || this.stopped) return;
    const next = (): void => {
      this.timer = setTimeout(
        () => {
          this.sweeping = this.sweep()
            .catch((error: unknown) => {
              if (!this.stopped) this.log.error('the sweep of the timers failed', error);
            })
            .finally(() => {
              if (!this.stopped) next();
            });
        },
        this.everyMs * (0.8 + Math.random() * 0.4),
      );
      this.timer.unref();
    };
    next();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    for (const [name, { documents, counting }] of this.places) {
      let more = true;
      while (more && !this.stopped) more = await this.fireSome(name, documents);
      await counting.do(async () => {
        const pending = await documents.countDocuments({ nextDue: { $exists: true } });
        this.metrics.timersPending.set({ collection: name }, pending);
      });
    }
  }

  /** True when there may be more that are due. */
  private async fireSome(name: string, documents: Native): Promise<boolean> {
    const now = this.clock.now();
    const due = await documents
      .find({ nextDue: { $lte: now } }, { projection: { version: 1, timers: 1, nextDue: 1 } })
      .sort({ nextDue: 1 })
      .limit(batchLimit)
      .toArray();
    const since = due[0]?.nextDue;
    this.metrics.timersLag.set({ collection: name }, since ? (now.getTime() - since.getTime()) / 1_000 : 0);
    if (due.length === 0) return false;
    const { matchedCount } = await documents.bulkWrite(
      due.map((document) => ({ updateOne: firing(document, now) })),
      { ordered: false },
    );
    this.metrics.timersFired.inc({ collection: name }, matchedCount);
    for (const { _id } of due) this.relay.written(name, _id);
    // nothing of a full batch: other instances are at the same documents, and nobody gains by going on at once
    return due.length === batchLimit && matchedCount > 0;
  }
}

/** Whoever has changed the document meanwhile, be it by cancelling or by firing, makes this match nothing. */
function firing({ _id, version, timers = [] }: Pick<Stored, '_id' | 'version' | 'timers'>, now: Date) {
  const isDue = ({ due }: StoredTimer): boolean => due.getTime() <= now.getTime();
  const entries = timers
    .filter(isDue)
    .sort((a, b) => a.due.getTime() - b.due.getTime())
    .map(({ type, data, sealed, traceparent }): OutboxEntry => {
      const entry = { id: newId(), type, data, time: now, version: version + 1, ...(sealed ? { sealed } : {}) };
      return traceparent ? { ...entry, traceparent } : entry;
    });
  const { set, unset } = storedTimers(timers.filter((timer) => !isDue(timer)));
  return {
    filter: { _id, version },
    update: {
      $inc: { version: 1 },
      ...(Object.keys(set).length > 0 ? { $set: set } : { $unset: unset }),
      $push: { outbox: { $each: entries } },
      $min: { pendingSince: new Date() },
    },
  };
}
