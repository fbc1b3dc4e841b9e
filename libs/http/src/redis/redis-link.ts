import { once } from 'node:events';
import type { Log, Metrics } from '@lyceum/telemetry';
import type { Redis } from 'ioredis';
import { Counter, Gauge } from 'prom-client';

/** Redis cannot be asked right now, or did not answer. Whoever gets this does without. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

export interface RedisOptions {
  /** Without it Redis is away for good. */
  readonly url?: string | undefined;
  /** Put before every key: environments that share a Redis do not meet. */
  readonly prefix?: string | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For one command. */
  readonly timeoutMs?: number | undefined;
  /** How often an absent Redis is looked for. */
  readonly lookMs?: number | undefined;
}

/** So many looks without an answer, and the connection is given up for a new one: its other end may be gone without a word. */
const LOOKS_FOR_A_CONNECTION = 3;
const REMINDER_MS = 60_000;

/**
 * The connection to Redis, for what is better shared but can be done without. Nothing waits for Redis longer than one command's
 * timeout: the first that gets no answer opens a circuit, and until a look in the background is answered all others are told
 * at once that it is away.
 */
export class RedisLink {
  private redis: Redis | undefined;
  private up = false;
  private told: 'up' | 'away' | undefined;
  private refusedAt = Number.NEGATIVE_INFINITY;
  private unanswered = 0;
  private looking: NodeJS.Timeout | undefined;
  private readonly listeners: (() => void)[] = [];
  private readonly failures: Counter;
  private readonly gauge: Gauge;

  private constructor(private readonly options: RedisOptions) {
    const registers = [options.metrics.registry];
    this.gauge = new Gauge({ name: 'lyceum_redis_up', help: 'Whether Redis answers this instance', registers });
    this.failures = new Counter({
      name: 'lyceum_redis_failures_total',
      help: 'Commands to Redis that failed or were not answered in time',
      registers,
    });
  }

  /** Begins to connect; waits for the connection for a second at most, so that what follows usually finds it. Never rejects. */
  static async open(options: RedisOptions): Promise<RedisLink> {
    const link = new RedisLink(options);
    if (options.url) await link.connect(options.url);
    return link;
  }

  /** Whether there is to be a Redis at all. */
  get isConfigured(): boolean {
    return this.redis !== undefined;
  }

  get isUp(): boolean {
    return this.up;
  }

  /** Calls `listener` at every return of Redis, which may have forgotten everything meanwhile. */
  onReturn(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Throws {@link RedisAway}, at once when Redis is known to be away, else after the timeout of a command. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.redis || !this.up) throw new RedisAway('Redis is away');
    try {
      return await work(this.redis);
    } catch (cause) {
      this.failures.inc();
      // an answer that is an error (memory full, a replica): Redis is there, and cannot help
      if (cause instanceof Error && cause.name === 'ReplyError') this.refused(cause);
      else this.lost(cause);
      throw new RedisAway('Redis did not answer', { cause });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    const { redis } = this;
    this.redis = undefined;
    this.up = false;
    redis?.disconnect();
  }

  private async connect(url: string): Promise<void> {
    const { log, prefix, timeoutMs = 150, lookMs = 1_000 } = this.options;
    const { Redis } = await import('ioredis'); // which costs memory, and where there is no Redis nothing needs it
    const redis = new Redis(url, {
      ...(prefix ? { keyPrefix: prefix } : {}),
      commandTimeout: timeoutMs,
      connectTimeout: 2_000,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 100, lookMs),
    });
    this.redis = redis;
    this.gauge.set(0);
    redis.on('ready', () => this.found());
    redis.on('error', (error: Error) => this.lost(error));
    redis.on('close', () => this.lost(new Error('The connection is closed')));
    this.looking = setInterval(() => void this.look(redis), lookMs);
    this.looking.unref();
    await once(redis, 'ready', { signal: AbortSignal.timeout(1_000) }).catch((error: unknown) => this.lost(error));
    if (!this.up) log.debug('started without Redis');
  }

  private async look(redis: Redis): Promise<void> {
    if (this.up) return;
    try {
      await redis.ping();
      if (this.redis) this.found();
    } catch {
      this.unanswered += 1;
      if (this.unanswered % LOOKS_FOR_A_CONNECTION === 0 && redis.status !== 'reconnecting') redis.disconnect(true);
    }
  }

  private found(): void {
    this.unanswered = 0;
    if (this.up || !this.redis) return;
    this.up = true;
    this.gauge.set(1);
    if (this.told === 'away') this.options.log.info('Redis is back');
    this.told = 'up';
    for (const listener of this.listeners) listener();
  }

  private lost(error: unknown): void {
    this.up = false;
    if (!this.redis || this.told === 'away') return;
    this.told = 'away';
    this.gauge.set(0);
    this.options.log.warn('Redis is away; this instance does without', { reason: String(error) });
  }

  private refused(error: Error): void {
    if (performance.now() - this.refusedAt < REMINDER_MS) return;
    this.refusedAt = performance.now();
    this.options.log.warn('Redis refuses; this instance does without', { reason: error.message });
  }
}
