import type { Envelope } from '@lyceum/contracts';
import type { Log, Metrics } from '@lyceum/telemetry';
import type { ChannelModel } from 'amqplib';
import { type BusMetrics, busMetrics } from './bus-metrics.js';
import {
  type Bus,
  type Consumer,
  type DeadLetter,
  type DeadLetterSelection,
  PREFETCH,
  RETRY_DELAYS,
  type Subscription,
} from './bus.js';
import { HANDLER_TIMEOUT } from './failure.js';
import { DeadLetterQueue } from './rabbit/dead-letters.js';
import { Link, type LinkSettings } from './rabbit/link.js';
import { outgoing } from './rabbit/message.js';
import { NoQueue, Publisher } from './rabbit/publisher.js';
import { RabbitSubscriber } from './rabbit/subscriber.js';
import { Topology } from './rabbit/topology.js';
import { Unroutable, mustBeHeard } from './unroutable.js';

export interface RabbitOptions {
  /** `amqp://` or `amqps://`; several for the nodes of a cluster. */
  readonly url: string | readonly string[];
  /** Put before the name of everything that is declared. */
  readonly namespace?: string;
  /** Shown in the broker's list of connections. */
  readonly name?: string;
  /** How many deliveries may be under way at once in one consumer. */
  readonly prefetch?: number;
  /** Delays before a failed delivery is tried again, in ms. */
  readonly retryDelays?: readonly number[];
  /** Longest time in ms that a publish waits for the broker, be it away, blocked or slow. */
  readonly confirmTimeoutMs?: number;
  /** Longest time in ms that a handler may take for one attempt. */
  readonly handlerTimeoutMs?: number;
  /** Longest time in ms that start() and subscribe() wait for the broker. */
  readonly startTimeoutMs?: number;
  /** Pause in ms between two looks after the dead letters and the bindings of a service. */
  readonly lookMs?: number;
  /** Pause in ms before a lost connection is tried again. */
  readonly reconnectMs?: number;
  /** Quorum queues survive the loss of a node; classic ones are for brokers older than 3.10. */
  readonly queues?: 'quorum' | 'classic';
  /** Authority that signed the broker's certificate (PEM), where it is not a public one. */
  readonly ca?: string;
  readonly log?: Log;
  readonly metrics?: Metrics;
}

/** The message bus on RabbitMQ 3.10 to 4.x. */
export class RabbitBus implements Bus {
  readonly kind = 'rabbitmq';
  private readonly topology: Topology;
  private readonly publisher: Publisher;
  private readonly consuming: Link;
  private readonly subscribers = new Set<RabbitSubscriber>();
  private readonly nobodyListens = new Set<string>();
  private readonly metrics: BusMetrics | undefined;
  private readonly settings;
  private consumes = false;
  private state: 'new' | 'open' | 'closed' = 'new';

  constructor(private readonly options: RabbitOptions) {
    const { retryDelays = RETRY_DELAYS, queues = 'quorum', namespace = '', log, metrics } = options;
    this.settings = {
      prefetch: options.prefetch ?? PREFETCH,
      retryDelays,
      handlerTimeoutMs: options.handlerTimeoutMs ?? HANDLER_TIMEOUT,
      confirmTimeoutMs: options.confirmTimeoutMs ?? 10_000,
      startTimeoutMs: options.startTimeoutMs ?? 60_000,
      lookMs: options.lookMs ?? 15_000,
      log,
    };
    this.topology = new Topology({ namespace, queues, retryDelays });
    const link = (purpose: string): LinkSettings => ({
      urls: [options.url].flat(),
      name: `${options.name ?? 'lyceum'} ${purpose}`,
      reconnectMs: options.reconnectMs ?? 1_000,
      ca: options.ca,
      log,
    });
    this.publisher = new Publisher(link('publishes'), this.topology, log);
    this.consuming = new Link(link('consumes'), async (connection) => {
      for (const subscriber of this.subscribers) await subscriber.attach(connection);
    });
    if (metrics) this.metrics = busMetrics(metrics, () => this.isReady());
  }

  /** Connects and declares the exchange. Rejects when the broker refuses us or cannot be reached in time. */
  async start(): Promise<void> {
    await this.publisher.open(this.settings.startTimeoutMs);
    this.state = 'open';
  }

  async publish(events: readonly Envelope[]): Promise<void> {
    this.mustBeOpen();
    const { exchange } = this.topology;
    const toMessage = (event: Envelope) => outgoing(event, { exchange, key: event.type });
    const returned = await this.publisher.send(events, toMessage, this.settings.confirmTimeoutMs); // the relay counts
    const missed = returned.filter(({ type }) => mustBeHeard(type));
    if (missed.length > 0) throw this.unheard(missed);
  }

  async publishTo(service: string, events: readonly Envelope[]): Promise<void> {
    this.mustBeOpen();
    const target = { exchange: '', key: this.topology.queueOf(service) };
    try {
      const toMessage = (event: Envelope) => outgoing(event, target, true);
      await this.publisher.send(events, toMessage, this.settings.confirmTimeoutMs);
    } catch (error) {
      throw error instanceof NoQueue ? new Error(`${service} has no queue`, { cause: error }) : error;
    }
    for (const { type } of events) this.options.metrics?.published.inc({ type });
  }

  async subscribe(subscription: Subscription): Promise<Consumer> {
    this.mustBeOpen();
    const subscriber = new RabbitSubscriber(subscription, this.topology, this.publisher, this.settings, {
      lost: () => this.consuming.repair(),
      dead: (count) => this.metrics?.dead.set(count),
    });
    const deadline = Date.now() + this.settings.startTimeoutMs;
    for (;;) {
      const connection = await this.connection(deadline - Date.now());
      try {
        await subscriber.attachFirst(connection);
        break;
      } catch (error) {
        const stands = (await this.connection(deadline - Date.now())) === connection;
        if (stands || Date.now() > deadline) throw error;
      }
    }
    this.subscribers.add(subscriber);
    return {
      stop: async () => {
        await subscriber.stop();
        this.subscribers.delete(subscriber);
      },
    };
  }

  async deadLetters(service: string, selection: DeadLetterSelection = {}): Promise<DeadLetter[]> {
    return this.reading(service, (dead) => dead.list(selection));
  }

  async countDead(service: string): Promise<number> {
    return this.reading(service, (dead) => dead.count());
  }

  async replayDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]> {
    return (await this.dead(service)).replay(selection);
  }

  async dropDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]> {
    return (await this.dead(service)).drop(selection);
  }

  isReady(): boolean {
    return this.state === 'open' && this.publisher.isReady();
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    await Promise.all(Array.from(this.subscribers, (subscriber) => subscriber.stop()));
    await Promise.all([this.publisher.close(), this.consuming.close()]);
  }

  private mustBeOpen(): void {
    if (this.state !== 'open') throw new Error(`The message bus is ${this.state === 'new' ? 'not started' : 'closed'}`);
  }

  private connection(ms: number) {
    if (!this.consumes) this.consuming.open();
    this.consumes = true;
    return this.consuming.connected(ms);
  }

  private async dead(service: string): Promise<DeadLetterQueue> {
    this.mustBeOpen();
    return this.deadOn(await this.connection(this.settings.confirmTimeoutMs), service);
  }

  private deadOn(connection: ChannelModel, service: string): DeadLetterQueue {
    return new DeadLetterQueue(connection, service, this.topology, this.publisher, this.settings.confirmTimeoutMs);
  }

  /** What only looks is done again when the connection breaks underneath. */
  private async reading<T>(service: string, read: (dead: DeadLetterQueue) => Promise<T>): Promise<T> {
    this.mustBeOpen();
    const deadline = Date.now() + this.settings.confirmTimeoutMs;
    for (;;) {
      const connection = await this.connection(deadline - Date.now());
      try {
        return await read(this.deadOn(connection, service));
      } catch (error) {
        const stands = (await this.connection(deadline - Date.now())) === connection;
        if (stands || Date.now() > deadline) throw error;
      }
    }
  }

  private unheard(events: readonly Envelope[]): Unroutable {
    for (const { type } of events) {
      this.metrics?.unroutable.inc({ type });
      if (this.nobodyListens.has(type)) continue;
      this.nobodyListens.add(type);
      this.options.log?.warn('Nobody listens to an event', { type });
    }
    return new Unroutable(events);
  }
}
