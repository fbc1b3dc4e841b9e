import { CONFIG } from '@lyceum/host';
import { EndedSessionsFeed, type Endings } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { SessionsStore } from './sessions.store.js';

const AT_ONCE = 1_000;
/** Clocks of instances may differ by this much, and a write take as long: what ended lately is told again. */
const OVERLAP_MS = 10_000;

/** Which sessions have ended, from the database: the truth that Redis and the other services only repeat. */
@Injectable()
export class OwnEndedSessions extends EndedSessionsFeed {
  readonly everyMs = 500;

  constructor(
    private readonly sessions: SessionsStore,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  /** `next` is a position that an earlier answer gave; anything else counts as none. */
  async since(next?: string): Promise<Endings> {
    const now = this.clock.now().getTime();
    const keepMs = this.config.ACCESS_TOKEN_TTL_SECONDS * 1_000 + OVERLAP_MS;
    const { from, after } = positionOf(next);
    const since = new Date(Math.max(from, now - keepMs));
    const page = await this.sessions.endedSince(since, { limit: AT_ONCE, after });
    return {
      sessions: page.items.map(({ id }) => id),
      next: page.next ? `${since.getTime()}.${page.next}` : String(now - OVERLAP_MS),
      keepMs,
      more: page.next !== undefined,
    };
  }
}

function positionOf(next = ''): { from: number; after?: string } {
  const [, from, after] = /^(\d{1,15})(?:\.([\w-]{1,1000}))?$/.exec(next) ?? [];
  return { from: Number(from ?? 0), ...(after ? { after } : {}) };
}
