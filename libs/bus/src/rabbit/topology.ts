import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelModel, Options } from 'amqplib';
import { JITTER } from '../retries.js';

export interface TopologySettings {
  /** Put before every name, so that environments and test runs that share a broker do not meet. */
  readonly namespace: string;
  readonly queues: 'quorum' | 'classic';
  readonly retryDelays: readonly number[];
}

// RabbitMQ 4 drops a message of a quorum queue after 20 deliveries unless told otherwise, and 3.10 knows no -1 for "never".
const neverDrop = 1_000_000_000;

/**
 * Jitter without one message waiting for another: a queue lets go of expired messages at its head only, so that a long
 * time to live in front holds up the shorter ones behind it. Hence a delay is not drawn for each message: there are three
 * queues for it, in each of which every message has the same time and so leaves when it is due.
 */
export const lanesOf = (delayMs: number): number[] => [
  Math.round(delayMs * (1 - JITTER)),
  delayMs,
  Math.round(delayMs * (1 + JITTER)),
];

/** Names and declares the exchange and each service's queues. Everything is durable. */
export class Topology {
  readonly exchange: string;

  constructor(private readonly settings: TopologySettings) {
    this.exchange = `${settings.namespace}lyceum.events`;
  }

  queueOf(service: string): string {
    return `${this.settings.namespace}${service}`;
  }

  deadOf(service: string): string {
    return `${this.queueOf(service)}.dead`;
  }

  /** One of the queues in which a message waits for about `delayMs`, picked at random. */
  retryOf(service: string, delayMs: number): string {
    const lanes = lanesOf(delayMs);
    return this.laneOf(service, lanes[Math.floor(Math.random() * lanes.length)] ?? delayMs);
  }

  /** Named by its delay: a queue's delay cannot be changed, and a changed setting must not meet the old queue. */
  private laneOf(service: string, ttl: number): string {
    return `${this.queueOf(service)}.retry.${ttl}`;
  }

  /** Declared by whoever handles the service's dead letters, for as long as that takes. */
  operatorOf(service: string): string {
    return `${this.queueOf(service)}.operator`;
  }

  /** Holds one message: the types that the service's queue was last bound to, which the protocol does not tell. */
  bindingsOf(service: string): string {
    return `${this.queueOf(service)}.bindings`;
  }

  async declareExchange(channel: Channel): Promise<void> {
    await channel.assertExchange(this.exchange, 'topic', { durable: true });
  }

  /** Declares a service's queues and binds its own to `types`. Existing ones are left as they are. */
  async declareService(channel: Channel, service: string, types: readonly string[]): Promise<void> {
    const queue = this.queueOf(service);
    await this.declareExchange(channel);
    await channel.assertQueue(queue, this.durable());
    await channel.assertQueue(this.deadOf(service), this.durable());
    await channel.assertQueue(this.bindingsOf(service), this.durable());
    for (const ms of new Set(this.settings.retryDelays.flatMap(lanesOf))) {
      const back = { 'x-message-ttl': ms, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue };
      // at-least-once: the message leaves the retry queue only when the service's queue has confirmed it
      const safely = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
      const args = this.settings.queues === 'quorum' ? { ...back, ...safely } : back;
      await channel.assertQueue(this.laneOf(service, ms), this.durable(args));
    }
    await this.bind(channel, service, types);
  }

  async bind(channel: Channel, service: string, types: readonly string[]): Promise<void> {
    for (const type of types) await channel.bindQueue(this.queueOf(service), this.exchange, type);
  }

  private durable(more: Record<string, unknown> = {}): Options.AssertQueue {
    const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': neverDrop };
    const args = this.settings.queues === 'quorum' ? { ...quorum, ...more } : more;
    return { durable: true, arguments: args };
  }
}

const turns = new WeakMap<ChannelModel, Map<string, Promise<unknown>>>();

/**
 * Runs `work` while nobody else does the same for `name`. Others are kept out by a queue that one connection only can
 * declare exclusive, and that the broker deletes with that connection; users of one connection take turns.
 * Rejects when others are at it for longer than `patienceMs`.
 */
export function exclusively<T>(
  connection: ChannelModel,
  name: string,
  work: () => Promise<T>,
  patienceMs = Infinity,
): Promise<T> {
  const ours = turns.get(connection) ?? new Map<string, Promise<unknown>>();
  turns.set(connection, ours);
  const before = ours.get(name) ?? Promise.resolve();
  const turn = before.then(() => holding(connection, name, work, patienceMs));
  const ended = turn.catch(() => {}); // whoever asked for it is told
  ours.set(name, ended);
  return turn;
}

async function holding<T>(
  connection: ChannelModel,
  name: string,
  work: () => Promise<T>,
  patienceMs: number,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const channel = await connection.createChannel();
    channel.on('error', () => {}); // the rejection below says it
    try {
      await channel.assertQueue(name, { exclusive: true, durable: false, autoDelete: true });
    } catch (error) {
      if (!String(error).includes('RESOURCE_LOCKED') && !String(error).includes('RESOURCE-LOCKED')) throw error;
      if (Date.now() > deadline) throw new Error(`Somebody else holds ${name}`, { cause: error });
      await delay(50);
      continue;
    }
    try {
      return await work();
    } finally {
      await channel.deleteQueue(name).catch(() => {}); // gone with the connection
      await channel.close().catch(() => {});
    }
  }
}
