import type { Log, Metrics } from '@lyceum/telemetry';
import { Gauge } from 'prom-client';

/** Sessions that have ended, as far as their access tokens might still be used. */
export interface Endings {
  /** Their ids; some may have been told before. */
  readonly sessions: readonly string[];
  /** The keys that identity has withdrawn lately, by their `kid`: all of them, each time. */
  readonly withdrawnKeys: readonly string[];
  /** Where to go on the next time. */
  readonly next: string;
  /** How long an access token may outlive its session, in ms. */
  readonly keepMs: number;
  /** Whether more is to be had at once. */
  readonly more: boolean;
}

/** Where a service hears which sessions have ended: identity, or in identity its own database, or Redis. */
export abstract class EndedSessionsFeed {
  /** It is asked no more often than this, in ms. */
  abstract readonly everyMs: number;
  /**
   * What has ended since `next` of an earlier answer; without it, everything that still matters.
   * Rejects when this source cannot tell, or cannot tell all.
   */
  abstract since(next?: string): Promise<Endings>;
}

/** What is promised: a session that has ended is refused everywhere so soon. */
const PROMISED_MS = 5_000;
const MAX_PARTS = 100;

interface Source {
  readonly feed: EndedSessionsFeed;
  next: string | undefined;
  askedAt: number;
  answered: boolean;
}

/**
 * The sessions whose access tokens are no longer good although they have not expired: a list in memory, so that looking costs
 * a request nothing and waits for nobody, kept up to date in the background from the first source that can tell.
 */
export class EndedSessions {
  private readonly sources: readonly Source[];
  /** Session id -> when its last token has expired. */
  private readonly ended = new Map<string, number>();
  private readonly listeners: ((sessionId: string) => void)[] = [];
  private readonly withdrawn = new Set<string>();
  private readonly keyListeners: ((kid: string) => void)[] = [];
  private heardAt: number;
  private late = false;
  private sweptAt = 0;

  /**
   * @param feeds the preferred one first; all tell the same
   * @param now ms from any beginning
   */
  constructor(
    feeds: readonly EndedSessionsFeed[],
    private readonly log: Log,
    metrics: Metrics,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.sources = feeds.map((feed) => ({ feed, next: undefined, askedAt: Number.NEGATIVE_INFINITY, answered: false }));
    this.heardAt = now();
    const age = () => (this.now() - this.heardAt) / 1_000;
    const gauge = new Gauge({
      name: 'lyceum_ended_sessions_age_seconds',
      help: 'Since this instance last heard which sessions have ended',
      registers: [],
      collect() {
        this.set(age());
      },
    });
    metrics.registry.registerMetric(gauge);
  }

  /** Whether a session has ended so lately that one of its access tokens might not have expired. */
  has(sessionId: string): boolean {
    return this.ended.has(sessionId);
  }

  /** Calls `listener` once for each session of which this instance hears that it has ended. */
  onEnded(listener: (sessionId: string) => void): void {
    this.listeners.push(listener);
  }

  /** Calls `listener` once for each key of which this instance hears, or has heard, that it was withdrawn. */
  onKeyWithdrawn(listener: (kid: string) => void): void {
    this.keyListeners.push(listener);
    for (const kid of this.withdrawn) listener(kid);
  }

  /** Asks the sources that are due, in their order, until one answers. Never rejects. To be called again and again. */
  async follow(): Promise<void> {
    for (const source of this.sources) {
      if (this.now() - source.askedAt >= source.feed.everyMs) await this.ask(source);
      if (source.answered) break;
    }
    this.forget();
    this.tell();
  }

  private async ask(source: Source): Promise<void> {
    const asked = this.now();
    source.askedAt = asked;
    try {
      for (let part = 1; part <= MAX_PARTS; part += 1) {
        const { sessions, withdrawnKeys, next, keepMs, more } = await source.feed.since(source.next);
        source.next = next;
        for (const kid of withdrawnKeys) this.withdraw(kid);
        for (const id of sessions) this.add(id, asked + keepMs);
        if (!more) break;
      }
      source.answered = true;
      this.heard();
    } catch (error) {
      source.answered = false;
      this.log.debug('a source does not tell which sessions have ended', { reason: String(error) });
    }
  }

  private add(id: string, until: number): void {
    const isNews = !this.ended.has(id);
    this.ended.set(id, until);
    if (isNews) for (const listener of this.listeners) listener(id);
  }

  private withdraw(kid: string): void {
    if (this.withdrawn.has(kid)) return;
    this.withdrawn.add(kid);
    this.log.warn('a signing key has been withdrawn', { kid });
    for (const listener of this.keyListeners) listener(kid);
  }

  private heard(): void {
    this.heardAt = this.now();
    if (this.late) this.log.info('ended sessions are heard of again');
    this.late = false;
  }

  private tell(): void {
    if (this.late || this.now() - this.heardAt < PROMISED_MS) return;
    this.late = true;
    this.log.warn('nobody tells which sessions have ended; their access tokens hold until they expire');
  }

  private forget(): void {
    const now = this.now();
    if (now - this.sweptAt < 10_000) return;
    this.sweptAt = now;
    for (const [id, until] of this.ended) if (until <= now) this.ended.delete(id);
  }
}
