import { Envelope } from '@lyceum/contracts';
import type { Log, Metrics } from '@lyceum/telemetry';
import { Broker, type ConsumeMessage } from 'smqp';
import {
  type Bus,
  type Consumer,
  type DeadLetter,
  type DeadLetterSelection,
  PREFETCH,
  RETRY_DELAYS,
  type Subscription,
} from './bus.js';
import { MOST_AT_ONCE, MOST_LISTED, byFailure, byOccurrence, selectedBy } from './dead-letters.js';
import { type Failure, HANDLER_TIMEOUT } from './failure.js';
import { viewOf } from './in-process-view.js';
import { Journal } from './journal.js';
import { JITTER, type Verdict, handled } from './retries.js';
import { Unroutable, mustBeHeard } from './unroutable.js';

export interface InProcessOptions {
  /** Where accepted but unfinished deliveries are kept over the end of the process. Without it they are in memory only. */
  readonly journal?: string;
  /** Delays before a failed delivery is tried again, in ms. */
  readonly retryDelays?: readonly number[];
  /** Longest time in ms that a handler may take for one attempt. */
  readonly handlerTimeoutMs?: number;
  readonly prefetch?: number;
  readonly log?: Log;
}

/** One event in one service's queue. */
interface Item {
  readonly id: string;
  readonly service: string;
  /** The envelope as it would cross a wire. */
  readonly body: string;
  readonly replayed: boolean;
  failure?: Failure;
  /** When a failed one is tried again, in ms since 1970. */
  due?: number;
  parked?: boolean;
}

type Line =
  | { op: 'queue'; service: string; types: readonly string[] }
  | { op: 'put'; item: Item }
  | { op: 'failed'; id: string; failure: Failure; due?: number; parked?: boolean }
  | { op: 'done'; id: string };

const exchange = 'lyceum.events';

/**
 * The message bus inside one process, for the local platform and for tests: topic routing, competing consumers,
 * retries and parking as with RabbitMQ. With a journal nothing that {@link publish} accepted is lost when the process dies.
 * Several services share one; each is given its own {@link shared} view.
 */
export class InProcessBus implements Bus {
  readonly kind = 'in-process';
  private readonly broker = Broker();
  private readonly items = new Map<string, Item>();
  private readonly types = new Map<string, readonly string[]>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly consumers = new Set<Consumer>();
  private readonly journal: Journal<Line> | undefined;
  private readonly delays: readonly number[];
  private starting: Promise<void> | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private counter = 0;
  private readonly life = `${Date.now().toString(36)}-${process.pid.toString(36)}`;

  constructor(private readonly options: InProcessOptions = {}) {
    this.delays = options.retryDelays ?? RETRY_DELAYS;
    this.broker.assertExchange(exchange, 'topic', { durable: true, autoDelete: false });
    if (options.journal) this.journal = new Journal<Line>(options.journal, () => this.snapshot());
  }

  start(): Promise<void> {
    this.starting ??= this.open();
    return this.starting;
  }

  /**
   * A view for one service: closing it stops that service's consumers and leaves the bus open.
   * `metrics` are those of the service.
   */
  shared({ metrics }: { metrics?: Metrics } = {}): Bus {
    return viewOf(this, metrics);
  }

  async publish(events: readonly Envelope[]): Promise<void> {
    const unheard: Envelope[] = [];
    const items = events.flatMap((event) => {
      const body = JSON.stringify(event);
      const listeners = this.listenersOf(event.type);
      if (listeners.length === 0 && mustBeHeard(event.type)) unheard.push(event);
      return listeners.map((service) => this.item(service, body, false));
    });
    await this.accept(items);
    if (unheard.length > 0) throw new Unroutable(unheard);
  }

  async publishTo(service: string, events: readonly Envelope[]): Promise<void> {
    if (!this.broker.getQueue(service)) throw new Error(`${service} has no queue`);
    await this.accept(events.map((event) => this.item(service, JSON.stringify(event), true)));
  }

  async subscribe({ service, types, handle, prefetch }: Subscription): Promise<Consumer> {
    this.mustBeOpen();
    this.declare(service, types);
    await this.journal?.append([{ op: 'queue', service, types }]);
    const underWay = new Set<Promise<void>>();
    const consumer = this.broker.consume(
      service,
      (_: string, message: ConsumeMessage) => {
        const work = this.attempt(message, handle).finally(() => underWay.delete(work));
        underWay.add(work);
      },
      { prefetch: prefetch ?? this.options.prefetch ?? PREFETCH },
    );
    let stopping: Promise<void> | undefined;
    const stop = async () => {
      consumer.cancel({ keepPending: true });
      await Promise.all(underWay);
      this.consumers.delete(stoppable);
    };
    const stoppable: Consumer = { stop: () => (stopping ??= stop()) };
    this.consumers.add(stoppable);
    return stoppable;
  }

  async deadLetters(service: string, selection: DeadLetterSelection = {}): Promise<DeadLetter[]> {
    const letters = this.parked(service, selection).map(({ letter }) => letter);
    return letters.sort(byFailure).slice(0, selection.limit ?? MOST_LISTED);
  }

  async countDead(service: string): Promise<number> {
    return this.parked(service, {}).length;
  }

  async replayDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]> {
    this.mustBeOpen();
    const taken = this.parked(service, selection)
      .sort((one, other) => byOccurrence(one.letter, other.letter))
      .slice(0, selection.limit ?? MOST_AT_ONCE);
    const again = taken.map(({ item: { id, body } }): Item => ({ id, service, body, replayed: true }));
    await this.store(
      again,
      again.map((item) => ({ op: 'put', item })),
    );
    for (const item of again) this.enqueue(item);
    return taken.map(({ letter }) => letter);
  }

  async dropDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]> {
    this.mustBeOpen();
    const taken = this.parked(service, selection).slice(0, selection.limit ?? MOST_AT_ONCE);
    for (const { item } of taken) this.items.delete(item.id);
    try {
      await this.journal?.append(taken.map(({ item: { id } }) => ({ op: 'done', id })));
    } catch (error) {
      for (const { item } of taken) this.items.set(item.id, item);
      throw error;
    }
    return taken.map(({ letter }) => letter);
  }

  /** Rewrites the journal: what was delivered is not in it afterwards. */
  async compact(): Promise<void> {
    this.mustBeOpen();
    await this.journal?.rewrite();
  }

  isReady(): boolean {
    return this.state === 'open';
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    await Promise.all(Array.from(this.consumers, (consumer) => consumer.stop()));
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await this.journal?.close();
  }

  private async open(): Promise<void> {
    const unread = await this.journal?.open((line) => this.replay(line));
    if (unread) this.options.log?.warn('The journal of the message bus had torn lines', { lines: unread });
    this.state = 'open';
    for (const item of this.items.values()) if (!item.parked) this.enqueueWhenDue(item);
  }

  private mustBeOpen(): void {
    if (this.state !== 'open') throw new Error(`The message bus is ${this.state === 'new' ? 'not started' : 'closed'}`);
  }

  private declare(service: string, types: readonly string[]): void {
    this.broker.assertQueue(service, { durable: true, autoDelete: false });
    for (const type of this.types.get(service) ?? [])
      if (!types.includes(type)) this.broker.unbindQueue(service, exchange, type);
    for (const type of types) this.broker.bindQueue(service, exchange, type);
    this.types.set(service, types);
  }

  private listenersOf(type: string): string[] {
    const bindings = this.broker.getExchange(exchange).bindings;
    return bindings.filter((binding) => binding.testPattern(type)).map((binding) => binding.queue.name);
  }

  private item(service: string, body: string, replayed: boolean): Item {
    this.counter += 1;
    return { id: `${this.life}-${this.counter}`, service, body, replayed };
  }

  private async accept(items: readonly Item[]): Promise<void> {
    this.mustBeOpen();
    if (items.length > 0)
      await this.store(
        items,
        items.map((item) => ({ op: 'put', item })),
      );
    for (const item of items) this.enqueue(item);
  }

  /** In memory before the journal is written, whose snapshot may be taken meanwhile; as it was if it cannot be written. */
  private async store(items: readonly Item[], lines: readonly Line[]): Promise<void> {
    const before = items.map(({ id }) => this.items.get(id));
    for (const item of items) this.items.set(item.id, item);
    try {
      await this.journal?.append(lines);
    } catch (error) {
      for (const [index, item] of items.entries()) {
        const earlier = before[index];
        if (earlier) this.items.set(item.id, earlier);
        else this.items.delete(item.id);
      }
      throw error;
    }
  }

  private parked(service: string, selection: DeadLetterSelection): { item: Item; letter: DeadLetter }[] {
    const isSelected = selectedBy(selection);
    return Array.from(this.items.values()).flatMap((item) => {
      if (!item.parked || !item.failure || item.service !== service) return [];
      const letter: DeadLetter = { event: JSON.parse(item.body), service, ...item.failure };
      return isSelected(letter) ? [{ item, letter }] : [];
    });
  }

  private enqueue(item: Item): void {
    this.broker.sendToQueue(item.service, item);
  }

  private enqueueWhenDue(item: Item): void {
    const wait = item.due === undefined ? 0 : item.due - Date.now();
    if (wait <= 0) return this.enqueue(item);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.enqueue(item);
    }, wait);
    timer.unref();
    this.timers.add(timer);
  }

  private async attempt(message: ConsumeMessage, handle: Subscription['handle']): Promise<void> {
    const item: Item = message.content;
    const { id, service, body, replayed, failure: earlier } = item;
    const event: Envelope = JSON.parse(body);
    const { delays } = this;
    const timeoutMs = this.options.handlerTimeoutMs ?? HANDLER_TIMEOUT;
    const verdict = await handled({ delivery: { event, replayed }, earlier, handle, delays, timeoutMs, service });
    if (verdict) this.fail(item, verdict);
    else {
      this.items.delete(id);
      this.journal?.note({ op: 'done', id });
    }
    message.ack();
  }

  private fail(item: Item, { failure, waitMs }: Verdict): void {
    const { id } = item;
    item.failure = failure;
    if (waitMs === undefined) {
      item.parked = true;
      delete item.due;
      this.journal?.note({ op: 'failed', id, failure, parked: true });
      return;
    }
    item.due = Date.now() + waitMs * (1 - JITTER + 2 * JITTER * Math.random());
    this.journal?.note({ op: 'failed', id, failure, due: item.due });
    if (this.state === 'open') this.enqueueWhenDue(item);
  }

  private *snapshot(): Iterable<Line> {
    for (const [service, types] of this.types) yield { op: 'queue', service, types };
    for (const item of this.items.values()) yield { op: 'put', item };
  }

  private replay(line: Line): void {
    switch (line.op) {
      case 'queue':
        this.declare(line.service, line.types);
        break;
      case 'put':
        this.items.set(line.item.id, line.item);
        break;
      case 'failed': {
        const item = this.items.get(line.id);
        if (item) Object.assign(item, { failure: line.failure, due: line.due, parked: line.parked });
        break;
      }
      case 'done':
        this.items.delete(line.id);
        break;
    }
  }
}
