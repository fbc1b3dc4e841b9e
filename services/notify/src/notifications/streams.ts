import { CONFIG, Repeating } from '@lyceum/host';
import { type Caller, EndedSessions } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Config } from '../config.js';
import { NotifyMetrics } from '../notify-metrics.js';
import { refusals } from '../refusals.js';
import { NotificationsService } from './notifications.service.js';
import { Notifications } from './notifications.store.js';
import { BEGINNING, Stream, eventText } from './stream.js';

const mostOfOnePerson = 10;
const batch = 100;
/** How often we look for what other instances have written, in ms. */
const lookEvery = 500;
/** Clocks of instances may differ by this much, in ms; what is beyond comes with the heartbeat. */
const skew = 10_000;
/** No longer than an access token is valid; and no longer than the session, as soon as its end is heard of. */
const longest = 15 * 60_000;

type Reader = Pick<Caller, 'id' | 'sessionId'>;

/** The open streams of this instance. What they show is read from the database, so it does not matter who wrote it. */
@Injectable()
export class Streams implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly open = new Map<string, Set<Stream>>();
  private readonly rounds: Repeating;
  private readonly heartbeatMs: number;
  private heart: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly notifications: Notifications,
    private readonly views: NotificationsService,
    private readonly metrics: NotifyMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly ended: EndedSessions,
    @Inject(CONFIG) config: Config,
  ) {
    this.heartbeatMs = config.STREAM_HEARTBEAT_MS;
    this.rounds = new Repeating(
      lookEvery,
      () => this.look(),
      (error) => log.error('looking for new notifications failed', error),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
    this.heart = setInterval(() => this.beat(), this.heartbeatMs).unref();
    this.ended.onEnded((sessionId) => this.endAllOf(sessionId));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.heart);
    for (const stream of this.all()) stream.end();
    await this.rounds.stop();
  }

  /**
   * Opens a stream: the unread count first, then whatever is new, or whatever came after `lastEventId`.
   * Refuses a person's eleventh at once.
   */
  async connect({ id: userId, sessionId }: Reader, lastEventId: string | undefined): Promise<Stream> {
    const mine = this.open.get(userId) ?? new Set();
    if (mine.size >= mostOfOnePerson) throw refusals.tooManyStreams();
    const stream = new Stream(userId, sessionId);
    this.open.set(userId, mine.add(stream));
    this.metrics.openStreams.inc();
    const tooLong = setTimeout(() => stream.end(), longest).unref();
    stream.body.once('close', () => {
      clearTimeout(tooLong);
      mine.delete(stream);
      this.metrics.openStreams.dec();
      if (mine.size === 0 && this.open.get(userId) === mine) this.open.delete(userId);
    });
    try {
      await stream.inTurn(() => this.welcome(stream, lastEventId));
    } catch (error) {
      stream.body.destroy();
      throw error;
    }
    if (this.stopped) stream.end();
    return stream;
  }

  private endAllOf(sessionId: string): void {
    for (const stream of this.all()) if (stream.sessionId === sessionId) stream.end();
  }

  /** Somebody has got something: here it need not wait for the next look. */
  nudge(userId: string): void {
    for (const stream of this.open.get(userId) ?? []) this.catchUp(stream);
  }

  private async welcome(stream: Stream, lastEventId: string | undefined): Promise<void> {
    const last = await this.notifications.newestOf(stream.userId);
    stream.seen = await this.placeOf(stream.userId, lastEventId, last?.number ?? 0);
    const unread = await this.views.unread(stream.userId);
    // a reader that loses the connection before the next event says with this id where it was
    const id = stream.seen === (last?.number ?? 0) ? (last?.id ?? BEGINNING) : undefined;
    stream.send(`retry: 3000\n${eventText('unread-count', { unread }, id)}`);
    await this.sendNews(stream);
  }

  private async placeOf(userId: string, lastEventId: string | undefined, newest: number): Promise<number> {
    if (lastEventId === undefined) return newest;
    if (lastEventId === BEGINNING) return 0;
    const last = await this.notifications.get(lastEventId);
    return last?.userId === userId ? last.number : newest;
  }

  private catchUp(stream: Stream): void {
    stream
      .inTurn(() => this.sendNews(stream))
      .catch((error: unknown) => {
        this.log.error('a notification stream was cut off', error);
        stream.end(); // the reader comes back and says where it was
      });
  }

  private async sendNews(stream: Stream): Promise<void> {
    let any = false;
    while (stream.isOpen && stream.seen !== undefined) {
      const news = await this.notifications.after(stream.userId, stream.seen, batch);
      if (news.length === 0) break;
      const views = await this.views.viewsOf(stream.userId, news);
      for (const view of views) stream.send(eventText('notification', view, view.notificationId));
      stream.seen = news.at(-1)?.number ?? stream.seen;
      any = true;
      if (news.length < batch) break;
    }
    if (any) stream.send(eventText('unread-count', { unread: await this.views.unread(stream.userId) }));
  }

  private async look(): Promise<void> {
    const userIds = [...this.open.keys()];
    if (userIds.length === 0) return;
    const since = new Date(this.clock.now().getTime() - skew);
    const newest = await this.notifications.newsSince(since, userIds);
    for (const stream of this.all())
      if (stream.seen !== undefined && stream.seen < (newest.get(stream.userId) ?? 0)) this.catchUp(stream);
  }

  private beat(): void {
    for (const stream of this.all()) {
      stream.heartbeat();
      this.catchUp(stream);
    }
  }

  private all(): Stream[] {
    return [...this.open.values()].flatMap((streams) => [...streams]);
  }
}
