import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@lyceum/telemetry';
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { withinTime } from '../failure.js';
import { Link, type LinkSettings } from './link.js';
import type { Outgoing } from './message.js';
import type { Topology } from './topology.js';

/** So many messages are under way to the broker at once for one call. */
const windowSize = 500;
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
   * Sends in order and resolves when the broker has confirmed all, with those that no queue was bound to. What was under
   * way when a connection broke is sent again on the next one. Rejects when that takes longer than `ms`, and with
   * {@link NoQueue} for a message to the default exchange whose queue does not exist.
   */
  send(messages: readonly Outgoing[], ms: number): Promise<readonly Outgoing[]> {
    const work = this.sendAll(messages, ms).finally(() => this.underWay.delete(work));
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

  private async sendAll(messages: readonly Outgoing[], ms: number): Promise<readonly Outgoing[]> {
    const unroutable: Outgoing[] = [];
    const deadline = Date.now() + ms;
    const late = `The broker confirmed nothing within ${ms} ms`;
    for (let done = 0; done < messages.length;) {
      await this.link.connected(deadline - Date.now());
      const window = messages.slice(done, done + windowSize);
      const confirms = window.map((message) => this.sendOne(message));
      const outcomes = await withinTime(Promise.all(confirms), deadline - Date.now(), late);
      const firstLost = outcomes.indexOf('lost');
      const finished = window.slice(0, firstLost < 0 ? window.length : firstLost); // from there on again, in order
      unroutable.push(...finished.filter((_, index) => outcomes[index] === 'unroutable'));
      done += finished.length;
      if (firstLost >= 0) await delay(pauseAfterFailure);
    }
    const nowhere = unroutable.find(({ exchange }) => exchange === '');
    if (nowhere) throw new NoQueue(`There is no queue ${nowhere.key}`);
    return unroutable;
  }

  private sendOne(message: Outgoing): Promise<Outcome> {
    const { exchange, key, content, options } = message;
    this.counter += 1;
    const correlationId = String(this.counter);
    const sent: Sent = { returned: false };
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const settle = (error: unknown) => {
      this.sent.delete(correlationId);
      if (error) resolve('lost');
      else resolve(sent.returned ? 'unroutable' : 'confirmed');
    };
    this.sent.set(correlationId, sent);
    try {
      if (!this.channel) throw new Error('no channel');
      this.channel.publish(exchange, key, content, { ...options, mandatory: true, correlationId }, settle);
    } catch (error) {
      settle(error);
    }
    return promise;
  }
}
