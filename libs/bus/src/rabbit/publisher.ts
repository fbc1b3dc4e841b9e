import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@lyceum/telemetry';
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { withinTime } from '../failure.js';
import { Link, type LinkSettings } from './link.js';
import type { Outgoing } from './message.js';
import type { Topology } from './topology.js';

/** So many messages are under way to the broker at once for one call. */
const windowSize = 500;
/** With so much unconfirmed nothing more is sent: a broker that has stopped reading would have it pile up in this process. */
const mostUnconfirmed = { messages: 5_000, bytes: 16 * 1024 * 1024 };
const pauseAfterFailure = 50;

export class NoQueue extends Error {
  override readonly name = 'NoQueue';
}

interface Sent {
  returned: boolean;
}
type Outcome = 'confirmed' | 'unroutable' | 'lost';

/**
 * Publishes with confirms, on a connection of its own: the broker stops reading from a connection that publishes while it
 * is short of memory or disk, and acknowledgements must not be stuck behind that.
 */
export class Publisher {
  private readonly link: Link;
  private readonly sent = new Map<string, Sent>();
  private readonly underWay = new Set<Promise<unknown>>();
  private channel: ConfirmChannel | undefined;
  private counter = 0;
  private unconfirmedBytes = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    settings: LinkSettings,
    private readonly topology: Topology,
    private readonly log: Log | undefined,
  ) {
    this.link = new Link(settings, (connection) => this.setUp(connection));
  }

  /** Connects and declares the exchange. Rejects when that takes longer than `ms`. */
  async open(ms: number): Promise<void> {
    this.link.open();
    await this.link.connected(ms);
  }

  isReady(): boolean {
    return this.link.isUp();
  }

  /**
   * Sends `items` in order, each as the message that `toMessage` makes of it when its turn comes, and resolves when the
   * broker has confirmed all, with those that no queue was bound to. What was under way when a connection broke is sent
   * again on the next one. Rejects when that takes longer than `ms`, and with {@link NoQueue} for a message to the default
   * exchange whose queue does not exist.
   */
  send<Item>(items: readonly Item[], toMessage: (item: Item) => Outgoing, ms: number): Promise<readonly Item[]> {
    const work = this.sendAll(items, toMessage, ms).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
    return work;
  }

  /** Declares a service's queues again, for one that has been deleted. */
  async restore(service: string, types: readonly string[]): Promise<void> {
    if (this.channel) await this.topology.declareService(this.channel, service, types);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await this.link.close();
  }

  private async setUp(connection: ChannelModel): Promise<void> {
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => this.log?.warn('The broker closed a channel', { reason: error.message }));
    channel.on('return', (message) => this.takeBack(message));
    channel.on('close', () => {
      if (this.channel !== channel) return;
      this.channel = undefined;
      this.link.repair();
    });
    await this.topology.declareExchange(channel);
    this.channel = channel;
  }

  private takeBack(message: Message): void {
    const sent = this.sent.get(String(message.properties.correlationId));
    if (sent) sent.returned = true;
  }

  private async sendAll<Item>(
    items: readonly Item[],
    toMessage: (item: Item) => Outgoing,
    ms: number,
  ): Promise<readonly Item[]> {
    const unroutable: Item[] = [];
    const deadline = Date.now() + ms;
    const late = `The broker confirmed nothing within ${ms} ms`;
    for (let done = 0; done < items.length;) {
      await this.link.connected(deadline - Date.now());
      if (this.isFull()) {
        await withinTime(this.confirmed(), deadline - Date.now(), late);
        continue; // others have waited too
      }
      const window = items.slice(done, done + windowSize);
      const confirms = window.map((item) => this.sendOne(toMessage(item)));
      const outcomes = await withinTime(Promise.all(confirms), deadline - Date.now(), late);
      const firstLost = outcomes.indexOf('lost');
      const finished = window.slice(0, firstLost < 0 ? window.length : firstLost); // from there on again, in order
      unroutable.push(...finished.filter((_, index) => outcomes[index] === 'unroutable'));
      done += finished.length;
      if (firstLost >= 0) await delay(pauseAfterFailure);
    }
    return unroutable;
  }

  private isFull(): boolean {
    return this.sent.size >= mostUnconfirmed.messages || this.unconfirmedBytes >= mostUnconfirmed.bytes;
  }

  /** Resolves when something has been confirmed or lost. */
  private confirmed(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private sendOne(message: Outgoing): Promise<Outcome> {
    const { exchange, key, content, options } = message;
    const size = content.length; // what waits for its confirm keeps no content
    this.counter += 1;
    const correlationId = String(this.counter);
    const sent: Sent = { returned: false };
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const settle = (error: unknown) => {
      this.sent.delete(correlationId);
      this.unconfirmedBytes -= size;
      for (const wake of this.waiting) wake();
      this.waiting.clear();
      if (error) resolve('lost');
      else if (sent.returned && exchange === '') reject(new NoQueue(`There is no queue ${key}`));
      else resolve(sent.returned ? 'unroutable' : 'confirmed');
    };
    this.sent.set(correlationId, sent);
    this.unconfirmedBytes += size;
    try {
      if (!this.channel) throw new Error('no channel');
      this.channel.publish(exchange, key, content, { ...options, mandatory: true, correlationId }, settle);
    } catch (error) {
      settle(error);
    }
    return promise;
  }
}
