import type { RedisLink } from '../redis/redis-link.js';
import { EndedSessionsFeed, type Endings } from './ended-sessions.js';

// Session id -> when it came here, by Redis' own clock: writers' clocks may differ.
const LIST = '{ended-sessions}';
// There while a writer vouches that the list is whole: it holds for how long an entry matters, in ms.
const PULSE = '{ended-sessions}:pulse';
const PULSE_MS = 3_000;
const IDS_AT_ONCE = 1_000;
/** Withdrawn keys are in the same list, so that they are as good as the sessions in it: `key:<kid>`. */
const KEY = 'key:';

const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
const WRITE = `
${NOW}
if ARGV[1] == 'more' and redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[1] ~= 'fill' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
return 1`;
// a cursor from the future means that Redis' clock has gone back: then all of it
const READ = `
${NOW}
local keep = redis.call('GET', KEYS[2])
if not keep then return false end
local since = tonumber(ARGV[1])
if since > now then since = 0 end
return { now, tonumber(keep), redis.call('ZRANGEBYSCORE', KEYS[1], since, '+inf') }`;

/**
 * The list in Redis: identity writes it from its database, every instance of every service reads it. Believed only while identity
 * vouches for it, so that a Redis that has forgotten everything never passes for one that knows of nothing.
 */
export class RedisEndedSessions extends EndedSessionsFeed {
  readonly everyMs = 0;

  constructor(private readonly link: RedisLink) {
    super();
  }

  async since(next = '0'): Promise<Endings> {
    const answer: unknown = await this.link.run((redis) => redis.eval(READ, 2, LIST, PULSE, next));
    if (!isList(answer)) throw new Error('Nobody vouches for the list of ended sessions in Redis');
    const [now, keepMs, entries] = answer;
    const sessions = entries.filter((entry) => !entry.startsWith(KEY));
    const withdrawnKeys = entries.filter((entry) => entry.startsWith(KEY)).map((entry) => entry.slice(KEY.length));
    return { sessions, withdrawnKeys, next: String(now), keepMs, more: false };
  }

  /** Writes everything that matters; from then on the list counts as whole. */
  async replace(told: Told): Promise<void> {
    const entries = entriesOf(told);
    for (let first = 0; first < entries.length; first += IDS_AT_ONCE)
      await this.write('fill', entries.slice(first, first + IDS_AT_ONCE), told.keepMs);
    await this.write('whole', [], told.keepMs);
  }

  /** Adds to a list that is whole, and vouches for it again. False when it is not whole: then it must be replaced. */
  async add(told: Told): Promise<boolean> {
    return (await this.write('more', entriesOf(told), told.keepMs)) === 1;
  }

  private write(how: 'fill' | 'whole' | 'more', entries: readonly string[], keepMs: number): Promise<unknown> {
    return this.link.run((redis) => redis.eval(WRITE, 2, LIST, PULSE, how, keepMs, PULSE_MS, ...entries));
  }
}

type Told = Pick<Endings, 'sessions' | 'withdrawnKeys' | 'keepMs'>;

const entriesOf = ({ sessions, withdrawnKeys }: Told): string[] => [
  ...sessions,
  ...withdrawnKeys.map((kid) => `${KEY}${kid}`),
];

const isList = (answer: unknown): answer is [now: number, keepMs: number, entries: string[]] =>
  Array.isArray(answer) && answer.length === 3 && Array.isArray(answer[2]);
