import { type Bus, Unroutable } from '@lyceum/bus';
import { type Envelope, envelop } from '@lyceum/contracts';
import type { Metrics } from '@lyceum/telemetry';
import type { EventLog } from './event-log.js';
import type { Claimed, Outbox } from './outbox.js';
import type { PersonalEvents } from './personal-events.js';
import { Undecryptable } from './secrets.js';
import type { OutboxEntry } from './shape.js';

/** A claimed document and where it lies. */
export interface Work {
  readonly place: Outbox;
  readonly document: Claimed;
}

export interface DispatchOptions {
  readonly leaseMs: number;
  /** First rest of a document whose events cannot be published; doubles each time. */
  readonly deferMs: number;
  /** The longest of these rests. */
  readonly maxDeferMs: number;
}

export interface Outcome {
  /** Documents with more to send, still ours. */
  readonly more: readonly Work[];
  /** What the bus said when it is the bus that is the trouble, and not one document. */
  readonly trouble?: unknown;
  /** What it said of documents that now rest. */
  readonly refused: readonly { readonly work: Work; readonly error: unknown }[];
}

/** Some events of one document: those that leave next. */
interface Portion extends Work {
  readonly fromLog: boolean;
  readonly count: number;
  /** In order; the events of a step have the same version. */
  readonly steps: readonly (readonly Envelope[])[];
  /** How many of the steps the bus has confirmed. */
  confirmed: number;
}

const entryLimit = 100;
const stepLimit = 25;
/** A bus that takes that long to say no, ms, would take as long for each of many documents. */
const slowMs = 1_000;
const refusalsInARow = 3;

/** Sends events of many documents at once: written down, published, taken out of the documents. */
export class Dispatch {
  constructor(
    private readonly service: string,
    private readonly bus: Bus,
    private readonly events: EventLog,
    private readonly personal: PersonalEvents,
    private readonly metrics: Metrics,
    private readonly options: DispatchOptions,
  ) {}

  /** Rejects when the database fails; the leases then run out. */
  async send(batch: readonly Work[]): Promise<Outcome> {
    const begun = new Date();
    const refusals = new Map<Portion, unknown>();
    const taken = await Promise.all(batch.map((work) => this.portionOf(work, refusals)));
    const portions = taken.filter((portion) => !refusals.has(portion));
    const written = portions.filter(({ fromLog }) => !fromLog).flatMap(({ steps }) => steps.flat());
    await this.events.append(written);
    // before they leave the outboxes; a crash in between has them written down and looked at again
    const [trouble] = await Promise.all([this.publish(portions, refusals), this.events.keepForgotten(written)]);
    const sent = portions.filter(isSent);
    const more = await this.settle(sent, begun);
    const refused = [...refusals].map(([{ place, document }, error]) => ({ work: { place, document }, error }));
    await Promise.all(refused.map(({ work, error }) => this.rest(work, error)));
    await this.release(portions.filter((portion) => !isSent(portion) && !refusals.has(portion)));
    return { more, refused, ...(trouble === undefined ? {} : { trouble }) };
  }

  async envelopesOf(subject: string, entries: readonly OutboxEntry[]): Promise<Envelope[]> {
    const { service } = this;
    const opened = entries.some(({ sealed }) => sealed) ? await this.personal.open(entries) : entries;
    return opened.map(({ type, data, ...entry }) => envelop({ type, data }, { ...entry, service, subject }));
  }

  /** Leaves documents to whoever comes next; soon, or at once when it is only the bus that is away. */
  async release(batch: readonly Work[]): Promise<void> {
    const until = new Date(this.bus.isReady() ? Date.now() + this.options.deferMs : Date.now());
    await Promise.all(byPlace(batch).map(([place, works]) => place.release(works.map(documentOf), until)));
  }

  /** What cannot be decrypted is refused, and keeps nothing else from leaving. */
  private async portionOf(work: Work, refusals: Map<Portion, unknown>): Promise<Portion> {
    try {
      return await this.readPortion(work);
    } catch (error) {
      if (!(error instanceof Undecryptable)) throw error;
      const portion = { ...work, fromLog: false, count: 0, steps: [], confirmed: 0 };
      refusals.set(portion, error);
      return portion;
    }
  }

  private async readPortion({ place, document }: Work): Promise<Portion> {
    const { id, entries, overflow } = document;
    if (overflow) {
      const waiting = await this.events.unsent(place.name, id, entryLimit);
      return { place, document, fromLog: true, count: waiting.length, steps: stepsOf(waiting), confirmed: 0 };
    }
    const steps = stepsOf(await this.envelopesOf(id, entries.slice(0, entryLimit))).slice(0, stepLimit);
    return { place, document, fromLog: false, count: steps.flat().length, steps, confirmed: 0 };
  }

  /** Returns what the bus said, when it is the trouble. */
  private async publish(portions: readonly Portion[], refusals: Map<Portion, unknown>): Promise<unknown> {
    const begun = Date.now();
    const isAtFault = (): boolean => !this.bus.isReady() || Date.now() - begun > slowMs;
    try {
      await this.inSteps(portions, refusals);
      return undefined;
    } catch (error) {
      if (isAtFault()) return error;
      // one of many may be the trouble: each by itself
      let inARow = 0;
      for (const portion of portions) {
        try {
          if (portions.length === 1) throw error;
          await this.inSteps([portion], refusals);
          inARow = 0;
        } catch (reason) {
          refusals.set(portion, reason);
          inARow += 1;
          if (isAtFault() || inARow >= refusalsInARow) return reason;
        }
      }
    }
    const fresh = [...refusals].filter(([{ document }, reason]) => document.rests === 0 && !isItsOwn(reason));
    return portions.some(isSent) ? undefined : fresh[0]?.[1];
  }

  /** A version leaves when the bus has confirmed the one before, and only while the document is ours. */
  private async inSteps(portions: readonly Portion[], refusals: Map<Portion, unknown>): Promise<void> {
    for (;;) {
      const next = portions.filter(
        (portion) => !isSent(portion) && !refusals.has(portion) && Date.now() < portion.document.until,
      );
      const events = next.flatMap(stepOf);
      if (events.length === 0) return;
      const unheard = await this.publishHeard(events);
      for (const portion of next) {
        if (stepOf(portion).some(({ id }) => unheard?.ids.includes(id))) refusals.set(portion, unheard);
        else {
          for (const { type } of stepOf(portion)) this.metrics.published.inc({ type });
          portion.confirmed += 1;
        }
      }
    }
  }

  /** Resolves when everything was confirmed, and says to what nobody listens. */
  private async publishHeard(events: readonly Envelope[]): Promise<Unroutable | undefined> {
    try {
      await this.bus.publish(events);
      return undefined;
    } catch (error) {
      if (error instanceof Unroutable) return error;
      throw error;
    }
  }

  private async settle(sent: readonly Portion[], begun: Date): Promise<Work[]> {
    const more: Work[] = [];
    const fromLog = sent.filter((portion) => portion.fromLog);
    if (fromLog.length > 0) await this.events.sent(fromLog.flatMap(({ steps }) => steps.flat()));
    for (const { place, document, count } of fromLog) {
      const last = count < entryLimit;
      if (last) await place.overflowSent(document);
      more.push({ place, document: { ...document, overflow: !last } });
    }
    const cleared = byPlace(sent.filter((portion) => !portion.fromLog)).map(async ([place, portions]) => {
      const left = await place.clear(portions, begun, this.options.leaseMs);
      more.push(...left.map((document) => ({ place, document })));
    });
    await Promise.all(cleared);
    return more;
  }

  private async rest({ place, document }: Work, error: unknown): Promise<void> {
    const { deferMs, maxDeferMs } = this.options;
    const pause = Math.min(maxDeferMs, deferMs * 2 ** document.rests) * (0.75 + Math.random() / 2);
    const after = { rests: Math.min(document.rests + 1, 30), unroutable: isUnroutable(error) };
    await place.rest(document, new Date(Date.now() + pause), after);
  }
}

/** Whether it says something of the event, and nothing of the bus. */
const isItsOwn = (reason: unknown): boolean => isUnroutable(reason) || reason instanceof Undecryptable;
const isUnroutable = (error: unknown): boolean => error instanceof Unroutable;
const isSent = ({ steps, confirmed }: Portion): boolean => confirmed === steps.length;
const stepOf = ({ steps, confirmed }: Portion): readonly Envelope[] => steps[confirmed] ?? [];
const documentOf = ({ document }: Work): Claimed => document;

function stepsOf(events: readonly Envelope[]): Envelope[][] {
  const steps: Envelope[][] = [];
  for (const event of events) {
    const last = steps.at(-1);
    if (last?.[0]?.aggregateversion === event.aggregateversion) last.push(event);
    else steps.push([event]);
  }
  return steps;
}

function byPlace<W extends Work>(works: readonly W[]): [Outbox, W[]][] {
  const places = new Map<Outbox, W[]>();
  for (const work of works) {
    const known = places.get(work.place);
    if (known) known.push(work);
    else places.set(work.place, [work]);
  }
  return [...places];
}
