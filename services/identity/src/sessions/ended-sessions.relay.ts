import { Repeating } from '@lyceum/host';
import { EndedSessionsFeed, type Endings, RedisAway, RedisEndedSessions, RedisLink } from '@lyceum/http';
import { Log } from '@lyceum/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const EVERY_MS = 500;

/**
 * Copies from the database into Redis which sessions have ended, for every reason there is or will be. A crash between the two
 * loses nothing, and a Redis for which nobody vouches any more, be it that it was away or has forgotten, is told everything anew.
 */
@Injectable()
export class EndedSessionsRelay implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly list: RedisEndedSessions;
  private readonly rounds: Repeating;
  /** Where the copy has come to; undefined before the first. */
  private next: string | undefined;

  constructor(
    private readonly truth: EndedSessionsFeed,
    private readonly redis: RedisLink,
    log: Log,
  ) {
    this.list = new RedisEndedSessions(redis);
    this.rounds = new Repeating(
      EVERY_MS,
      () => this.copy(),
      (error) => {
        if (!(error instanceof RedisAway))
          log.warn('ended sessions are not copied to Redis', { reason: String(error) });
      },
    );
  }

  onApplicationBootstrap(): void {
    if (!this.redis.isConfigured) return;
    this.redis.onReturn(() => this.rounds.nudge());
    this.rounds.start();
    this.rounds.nudge();
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** Copies now what has ended: for who cannot wait for the next round. */
  nudge(): void {
    this.rounds.nudge();
  }

  private async copy(): Promise<void> {
    if (!this.redis.isUp) return;
    const news = this.next === undefined ? undefined : await this.read(this.next);
    if (news && (await this.list.add(news))) {
      this.next = news.next;
      return;
    }
    const all = await this.read();
    await this.list.replace(all);
    this.next = all.next;
  }

  private async read(from?: string): Promise<Omit<Endings, 'more'>> {
    let part = await this.truth.since(from);
    const sessions = [...part.sessions];
    while (part.more) {
      part = await this.truth.since(part.next);
      sessions.push(...part.sessions);
    }
    return { sessions, withdrawnKeys: part.withdrawnKeys, next: part.next, keepMs: part.keepMs };
  }
}
