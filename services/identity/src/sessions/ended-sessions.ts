import { CONFIG } from '@lyceum/host';
import { EndedSessionsFeed, type Endings } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { endedSessionIds } from '../api-keys/api-key.js';
import { ApiKeysStore } from '../api-keys/api-keys.store.js';
import type { Config } from '../config.js';
import { RING, withdrawnLately } from '../keys/key-ring.js';
import { KeyRingsStore } from '../keys/key-rings.store.js';
import { SessionsStore } from './sessions.store.js';

const AT_ONCE = 1_000;
/** Clocks of instances may differ by this much, and a write take as long: what ended lately is told again. */
const OVERLAP_MS = 10_000;

/**
 * Which sessions have ended, what stands for one in the tokens of API keys, and which signing keys were withdrawn, from the database: the
 * truth that Redis and the other services only repeat.
 */
@Injectable()
export class OwnEndedSessions extends EndedSessionsFeed {
  readonly everyMs = 500;

  constructor(
    private readonly sessions: SessionsStore,
    private readonly apiKeys: ApiKeysStore,
    private readonly rings: KeyRingsStore,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  /** `next` is a position that an earlier answer gave; anything else counts as none. */
  async since(next?: string): Promise<Endings> {
    const now = this.clock.now().getTime();
    const keepMs = this.config.ACCESS_TOKEN_TTL_SECONDS * 1_000 + OVERLAP_MS;
    const { from, part, after } = positionOf(next);
    const since = new Date(Math.max(from, now - keepMs));
    const told: string[] = [];
    const ring = await this.rings.get(RING);
    const withdrawnKeys = ring ? withdrawnLately(ring, new Date(now)) : [];
    const goOn = (where: string): Endings => ({
      sessions: told,
      withdrawnKeys,
      next: `${since.getTime()}.${where}`,
      keepMs,
      more: true,
    });
    if (part === 'sessions') {
      const page = await this.sessions.endedSince(since, { limit: AT_ONCE, after });
      told.push(...page.items.map(({ id }) => id));
      if (page.next) return goOn(`s${page.next}`);
    }
    const page = await this.apiKeys.endedSince(since, { limit: AT_ONCE, after: part === 'keys' ? after : undefined });
    told.push(...page.items.flatMap((keys) => endedSessionIds(keys, since)));
    if (page.next) return goOn(`k${page.next}`);
    return { sessions: told, withdrawnKeys, next: String(now - OVERLAP_MS), keepMs, more: false };
  }
}

interface Position {
  readonly from: number;
  /** Which of the two lists comes next. */
  readonly part: 'sessions' | 'keys';
  readonly after?: string;
}

function positionOf(next = ''): Position {
  const [, from, part, after] = /^(\d{1,15})(?:\.([sk])([\w-]{1,1000}))?$/.exec(next) ?? [];
  return { from: Number(from ?? 0), part: part === 'k' ? 'keys' : 'sessions', ...(after ? { after } : {}) };
}
