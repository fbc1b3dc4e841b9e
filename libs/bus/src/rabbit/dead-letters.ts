import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { DeadLetter, DeadLetterSelection } from '../bus.js';
import { MOST_AT_ONCE, MOST_LISTED, byFailure, byOccurrence, selectedBy } from '../dead-letters.js';
import { deadLetter, replayedCopy } from './message.js';
import type { Publisher } from './publisher.js';
import { type Topology, exclusively } from './topology.js';

const patienceMs = 30_000;
/** Only so many messages that nobody has looked at yet are in this process. */
const pageSize = 1_000;
/** Nothing came for so long: maybe somebody has taken messages away. */
const idleMs = 500;

interface Letter {
  readonly letter: DeadLetter;
  readonly message: ConsumeMessage;
}

/**
 * What operators do with a service's dead letters, one at a time. A queue cannot be searched: each act takes every message
 * that is there at its beginning, unanswered, and closes its channel at the end, by which the broker puts back what was
 * not acknowledged, as it also does when this process dies. The broker holds them meanwhile; here there is one page.
 */
export class DeadLetterQueue {
  private readonly queue: string;

  constructor(
    private readonly connection: ChannelModel,
    private readonly service: string,
    private readonly topology: Topology,
    private readonly publisher: Publisher,
    private readonly confirmTimeoutMs: number,
  ) {
    this.queue = topology.deadOf(service);
  }

  /** The limit counts after the sort: quorum queues put what is given back behind the rest. */
  async list(selection: DeadLetterSelection): Promise<DeadLetter[]> {
    const { limit = MOST_LISTED } = selection;
    const isSelected = selectedBy(selection);
    let oldest: DeadLetter[] = [];
    await this.through(async (page) => {
      const found = page.map(({ letter }) => letter).filter(isSelected);
      oldest = [...oldest, ...found].sort(byFailure).slice(0, limit);
      return [];
    });
    return oldest;
  }

  async count(): Promise<number> {
    let count = 0;
    await this.alone(async (channel) => {
      count = (await channel.checkQueue(this.queue)).messageCount;
    });
    return count;
  }

  /** Confirmed in the service's queue before it leaves this one: dying in between leaves it in both. */
  replay(selection: DeadLetterSelection): Promise<DeadLetter[]> {
    return this.take(selection, async (page) => {
      const target = this.topology.queueOf(this.service);
      await this.publisher.send(page, ({ message }) => replayedCopy(message, target), this.confirmTimeoutMs);
    });
  }

  drop(selection: DeadLetterSelection): Promise<DeadLetter[]> {
    return this.take(selection, async () => {});
  }

  private async take(
    selection: DeadLetterSelection,
    before: (page: readonly Letter[]) => Promise<void>,
  ): Promise<DeadLetter[]> {
    const { limit = MOST_AT_ONCE } = selection;
    const isSelected = selectedBy(selection);
    const taken: DeadLetter[] = [];
    await this.through(async (page) => {
      const found = page
        .filter(({ letter }) => isSelected(letter))
        .sort((one, other) => byOccurrence(one.letter, other.letter))
        .slice(0, limit - taken.length);
      await before(found);
      for (const { letter } of found) taken.push(letter);
      return found.map(({ message }) => message);
    });
    return taken;
  }

  /** Hands over every message page by page; those that `each` resolves with leave the queue. */
  private through(each: (page: readonly Letter[]) => Promise<readonly ConsumeMessage[]>): Promise<void> {
    return this.alone(async (channel) => {
      const { messageCount } = await channel.checkQueue(this.queue);
      const reading = new Reading(channel, this.queue);
      for (let seen = 0; seen < messageCount;) {
        const page = (await reading.next(messageCount - seen)).map((message) => ({
          message,
          letter: deadLetter(message, this.service),
        }));
        if (page.length === 0) break;
        seen += page.length;
        for (const message of await each(page)) reading.takeAway(message);
      }
      await reading.end();
    });
  }

  /** A service that never had a queue has no dead letters. */
  private alone(work: (channel: Channel) => Promise<void>): Promise<void> {
    return exclusively(
      this.connection,
      this.topology.operatorOf(this.service),
      async () => {
        const channel = await this.connection.createChannel();
        channel.on('error', () => {}); // the rejection says it
        try {
          await work(channel);
        } catch (error) {
          if (!/NOT.FOUND/.test(String(error))) throw error;
        } finally {
          await channel.close().catch(() => {}); // closed by the broker, or with the connection
        }
      },
      patienceMs,
    );
  }
}

/** Reads a queue without giving anything back before the end: a new consumer for each page, all of which stay. */
class Reading {
  private readonly tags: string[] = [];
  private page: ConsumeMessage[] = [];
  private held = 0;
  private failure: Error | undefined;
  private arrived = (): void => {};

  constructor(
    private readonly channel: Channel,
    private readonly queue: string,
  ) {
    channel.on('close', () => {
      this.failure = new Error(`The connection was lost while ${queue} was read`);
      this.arrived();
    });
  }

  /** The next `wanted` messages or as many as make a page; fewer when no more come. */
  async next(wanted: number): Promise<readonly ConsumeMessage[]> {
    const enough = Math.min(wanted, pageSize);
    // acknowledged ones make room, so that earlier consumers may be served before a new one is needed
    while (this.page.length + this.tags.length * pageSize - this.held < enough) await this.consume();
    while (this.page.length < enough) {
      if (this.failure) throw this.failure;
      const more = Promise.withResolvers<void>();
      this.arrived = more.resolve;
      const idle = new AbortController();
      const late = delay(idleMs, 'late', { signal: idle.signal }).catch(() => undefined);
      const outcome = await Promise.race([more.promise, late]);
      idle.abort();
      if (outcome === 'late' && (await this.channel.checkQueue(this.queue)).messageCount === 0) break;
    }
    return this.page.splice(0, enough);
  }

  takeAway(message: ConsumeMessage): void {
    this.channel.ack(message);
    this.held -= 1;
  }

  /** Gives the rest back and waits until it is there again, so that whoever comes next sees it. */
  async end(): Promise<void> {
    for (const tag of this.tags) await this.channel.cancel(tag);
    const givenBack = this.held;
    if (givenBack === 0) return;
    this.channel.nackAll(true);
    const deadline = Date.now() + patienceMs;
    while ((await this.channel.checkQueue(this.queue)).messageCount < givenBack && Date.now() < deadline)
      await delay(10);
  }

  private async consume(): Promise<void> {
    await this.channel.prefetch(pageSize); // of the consumers that come after it
    const { consumerTag } = await this.channel.consume(this.queue, (message) => {
      if (!message) return;
      this.held += 1;
      this.page.push(message);
      this.arrived();
    });
    this.tags.push(consumerTag);
  }
}
