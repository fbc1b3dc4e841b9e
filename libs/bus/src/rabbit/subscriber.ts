import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@lyceum/telemetry';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Consumer, Subscription } from '../bus.js';
import { ContractBroken, recordFailure } from '../failure.js';
import { type Verdict, handled } from '../retries.js';
import { failedCopy, incoming, unansweredDeliveries } from './message.js';
import { NoQueue, type Publisher } from './publisher.js';
import { type Topology, exclusively } from './topology.js';

export interface SubscriberSettings {
  readonly prefetch: number;
  readonly retryDelays: readonly number[];
  readonly handlerTimeoutMs: number;
  readonly confirmTimeoutMs: number;
  readonly lookMs: number;
  readonly log?: Log | undefined;
}

/** A message that was handed out so often without an answer has most likely ended each process that took it. */
const mostUnanswered = 20;
const longestPause = 5_000;

interface Attachment {
  readonly connection: ChannelModel;
  readonly channel: Channel;
  open: boolean;
  tag?: string;
}

function endsProcesses(message: ConsumeMessage): ContractBroken | undefined {
  const unanswered = unansweredDeliveries(message);
  if (unanswered <= mostUnanswered) return undefined;
  return new ContractBroken(`Handed out ${unanswered} times without an answer: it may end the process that takes it`);
}

/** One subscription: a channel of its own that acknowledges a message only when its effect, or its copy, is durable. */
export class RabbitSubscriber implements Consumer {
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private attachment: Attachment | undefined;
  private stopped: Promise<void> | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly subscription: Subscription,
    private readonly topology: Topology,
    private readonly publisher: Publisher,
    private readonly settings: SubscriberSettings,
    private readonly tell: { lost(): void; dead(count: number): void },
  ) {}

  /** Declares the queues and consumes; what the service no longer listens to is unbound. */
  attachFirst(connection: ChannelModel): Promise<void> {
    const { service } = this.subscription;
    return exclusively(connection, `${this.topology.queueOf(service)}.starting`, () =>
      this.attach(connection, (channel) => this.unbindRetired(channel)),
    );
  }

  /** Consumes on a new connection, unless it does so already. */
  async attach(connection: ChannelModel, before?: (channel: Channel) => Promise<void>): Promise<void> {
    const attached = this.attachment?.open === true && this.attachment.connection === connection;
    if (attached || this.stopping.signal.aborted) return;
    const { service, types, prefetch } = this.subscription;
    const channel = await connection.createChannel();
    const attachment: Attachment = { connection, channel, open: true };
    channel.on('error', (error) =>
      this.settings.log?.warn('The broker closed a channel', { service, reason: error.message }),
    );
    channel.on('close', () => {
      attachment.open = false;
      if (this.attachment === attachment && !this.stopping.signal.aborted) this.tell.lost();
    });
    try {
      await this.topology.declareService(channel, service, types);
      await before?.(channel);
      await channel.prefetch(prefetch ?? this.settings.prefetch);
      const { consumerTag } = await channel.consume(this.topology.queueOf(service), (message) => {
        if (message) this.receive(attachment, message);
        else void channel.close().catch(() => {}); // the queue was deleted: closing has it set up again
      });
      attachment.tag = consumerTag;
    } catch (error) {
      await channel.close().catch(() => {}); // the broker has closed it already
      throw error;
    }
    this.attachment = attachment;
    if (!attachment.open) this.tell.lost();
    this.looking ??= this.look();
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    const { attachment } = this;
    if (attachment?.open && attachment.tag) await attachment.channel.cancel(attachment.tag).catch(() => {});
    await Promise.all(this.underWay);
    if (attachment?.open) await attachment.channel.close().catch(() => {}); // gives back what was not answered
  }

  private receive(attachment: Attachment, message: ConsumeMessage): void {
    if (this.stopping.signal.aborted) return; // goes back to the queue when the channel closes
    const work = this.attempt(attachment, message).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async attempt(attachment: Attachment, message: ConsumeMessage): Promise<void> {
    const verdict = await this.tried(attachment, message);
    if (verdict) {
      const { service } = this.subscription;
      const { failure, waitMs } = verdict;
      const next = waitMs === undefined ? this.topology.deadOf(service) : this.topology.retryOf(service, waitMs);
      if (!(await this.forward(attachment, failedCopy(message, failure, next)))) return;
    }
    this.acknowledge(attachment, message);
  }

  private async tried(attachment: Attachment, message: ConsumeMessage): Promise<Verdict | undefined> {
    const { handle, service } = this.subscription;
    const { retryDelays: delays, handlerTimeoutMs: timeoutMs } = this.settings;
    const { event, replayed, failure: earlier } = incoming(message);
    const broken = event instanceof ContractBroken ? event : endsProcesses(message);
    if (broken || event instanceof ContractBroken) {
      const failure = recordFailure(broken, (earlier?.attempts ?? 0) + 1, new Date(), earlier);
      return { failure, waitMs: undefined };
    }
    const delivery = { event, replayed };
    return handled({ delivery, earlier, handle, delays, timeoutMs, service, isOurs: () => attachment.open });
  }

  /** Resolves with false when the message was lost to this process meanwhile: the broker hands it out again. */
  private async forward(attachment: Attachment, copy: ReturnType<typeof failedCopy>): Promise<boolean> {
    const { service, types } = this.subscription;
    for (let pause = 100; attachment.open; pause = Math.min(2 * pause, longestPause)) {
      try {
        await this.publisher.send([copy], (each) => each, this.settings.confirmTimeoutMs);
        return true;
      } catch (error) {
        this.settings.log?.warn('A failed event cannot be set aside yet', {
          service,
          queue: copy.key,
          reason: String(error),
        });
        if (error instanceof NoQueue) await this.publisher.restore(service, types).catch(() => {});
      }
      if (this.stopping.signal.aborted) return false;
      await delay(pause, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
    return false;
  }

  private acknowledge(attachment: Attachment, message: ConsumeMessage): void {
    try {
      if (attachment.open) attachment.channel.ack(message);
    } catch {
      attachment.open = false; // closed in this very moment: the broker hands the message out again
    }
  }

  /**
   * Counts the dead letters at times, and binds again, which changes nothing as long as somebody has not deleted the
   * exchange: without bindings the queue would stay silent. What is missing closes the channel, and that sets all up again.
   */
  private async look(): Promise<void> {
    const { signal } = this.stopping;
    const { service, types } = this.subscription;
    while (!signal.aborted) {
      const { channel, open } = this.attachment ?? {};
      if (channel && open)
        try {
          this.tell.dead((await channel.checkQueue(this.topology.deadOf(service))).messageCount);
          await this.topology.bind(channel, service, types);
        } catch {
          // the channel is closed, which was told
        }
      await delay(this.settings.lookMs, undefined, { signal, ref: false }).catch(() => {}); // ended
    }
  }

  /**
   * The protocol does not list bindings, so the last bound types are kept in a side queue. Nothing is unbound while another
   * instance consumes: in a rolling update it may be a newer one that knows more types than this one.
   */
  private async unbindRetired(channel: Channel): Promise<void> {
    const { service, types } = this.subscription;
    const queue = this.topology.queueOf(service);
    const side = this.topology.bindingsOf(service);
    const kept = await channel.get(side);
    const bound = kept ? typesIn(kept.content) : [];
    const { consumerCount } = await channel.checkQueue(queue);
    const retired = consumerCount === 0 ? bound.filter((type) => !types.includes(type)) : [];
    for (const type of retired) await channel.unbindQueue(queue, this.topology.exchange, type);
    const now = [...new Set([...bound.filter((type) => !retired.includes(type)), ...types])].sort();
    if (kept && JSON.stringify(now) === JSON.stringify(bound)) return channel.nack(kept, false, true);
    const content = Buffer.from(JSON.stringify(now));
    const options = { persistent: true, contentType: 'application/json' };
    const toMessage = () => ({ exchange: '', key: side, content, options });
    await this.publisher.send([now], toMessage, this.settings.confirmTimeoutMs);
    if (kept) channel.ack(kept);
  }
}

function typesIn(content: Buffer): string[] {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    return Array.isArray(value) ? value.filter((type) => typeof type === 'string') : [];
  } catch {
    return [];
  }
}
