import type { Envelope } from '@lyceum/contracts';

/** A message as a subscriber gets it. */
export interface Delivery {
  readonly event: Envelope;
  /** 1 for the first delivery, counted by us: brokers count differently from version to version. */
  readonly attempt: number;
  /** True when the event comes from a replay and not for the first time. */
  readonly replayed: boolean;
  /** True when a failure of this attempt parks the event instead of having it tried again. */
  readonly lastAttempt?: boolean;
}

export interface Subscription {
  /** The subscribing service; its instances share one durable queue. */
  readonly service: string;
  /** Exactly the event types that the queue is bound to; bindings of types that are gone are removed. */
  readonly types: readonly string[];
  /** Resolves when the effect is durable. A rejection is tried again later, at last parked. */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** How many deliveries may be under way at once in this instance; {@link PREFETCH} if nobody says. */
  readonly prefetch?: number;
}

/**
 * Deliveries under way at once in one instance, unless somebody says otherwise. What they write is gathered, so that more of
 * them cost less each; what waits in a process stays bounded by it.
 */
export const PREFETCH = 50;

export interface Consumer {
  /** Takes no more deliveries, waits for those under way; undone ones go back to the queue. */
  stop(): Promise<void>;
}

/** A message that was given up on; its trace is in `event.traceparent`. */
export interface DeadLetter {
  readonly event: Envelope;
  readonly service: string;
  readonly error: string;
  readonly stack?: string;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

/** Which dead letters are meant: those to which all that is given applies; without anything all of them. */
export interface DeadLetterSelection {
  /** Ids of their events. */
  readonly ids?: readonly string[];
  /** Type of their events. */
  readonly type?: string;
  /** Last failed at this moment or later. */
  readonly failedAfter?: Date;
  /** Last failed earlier than this moment. */
  readonly failedBefore?: Date;
  /** At most so many. */
  readonly limit?: number;
}

/**
 * The message bus: durable topic exchange, one durable queue for each service, at-least-once.
 * Implementations: RabbitMQ and in-process; both pass `bus.contract.ts`.
 */
export interface Bus {
  /** What it runs on, for the log: `rabbitmq` or `in-process`. */
  readonly kind: string;
  /** Declares the exchange and connects. Called once, before the first publish. */
  start(): Promise<void>;
  /**
   * Publishes in the given order. Resolves when every message has been confirmed; rejects when one was not within the
   * time limit, and then any of them may have arrived. Rejects with `Unroutable` when all were confirmed and nobody listens
   * to some of them, unless their definitions say that nobody does.
   */
  publish(events: readonly Envelope[]): Promise<void>;
  /** Puts events into one service's own queue (replays, rebuilds), confirmed like {@link publish}. */
  publishTo(service: string, events: readonly Envelope[]): Promise<void>;
  subscribe(subscription: Subscription): Promise<Consumer>;
  /** Parked messages of a service, the one that failed longest ago first, without taking them away; 100 if no limit is given. */
  deadLetters(service: string, selection?: DeadLetterSelection): Promise<DeadLetter[]>;
  /** How many messages of a service are parked. */
  countDead(service: string): Promise<number>;
  /**
   * Puts parked messages back into their service's own queue, marked as replayed and with their attempts counted anew,
   * and resolves with what was given back. A crash in between may give one back twice, and none is lost.
   * One call takes 10,000 if no limit is given: while it returns as many, call again, with `failedBefore` the time of the
   * first call so that what fails anew does not go round in a circle.
   */
  replayDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]>;
  /** Takes parked messages away for good and resolves with them; limited like {@link replayDead}. */
  dropDead(service: string, selection: DeadLetterSelection): Promise<DeadLetter[]>;
  /** Whether messages can be published right now. */
  isReady(): boolean;
  /** Waits for outstanding confirms, then disconnects. */
  close(): Promise<void>;
}

/**
 * Delays before a failed delivery is tried again, in ms, each with some jitter. They come after three attempts at once;
 * after the last one the event is parked.
 */
export const RETRY_DELAYS: readonly number[] = [1_000, 10_000, 60_000, 600_000];
