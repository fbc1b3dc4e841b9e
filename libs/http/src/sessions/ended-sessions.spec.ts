import { Metrics, createLog } from '@lyceum/telemetry';
import { EndedSessions, EndedSessionsFeed, type Endings } from './ended-sessions.js';

/** Tells what it was given, in parts of two. */
class Told extends EndedSessionsFeed {
  readonly sessions: string[] = [];
  readonly withdrawnKeys: string[] = [];
  readonly asked: (string | undefined)[] = [];
  away = false;
  constructor(readonly everyMs: number) {
    super();
  }
  async since(next?: string): Promise<Endings> {
    this.asked.push(next);
    if (this.away) throw new Error('away');
    const from = Number(next ?? 0);
    const sessions = this.sessions.slice(from, from + 2);
    const to = from + sessions.length;
    return {
      sessions,
      withdrawnKeys: this.withdrawnKeys,
      next: String(to),
      keepMs: 60_000,
      more: to < this.sessions.length,
    };
  }
}

describe('the sessions that have ended', () => {
  const lines: string[] = [];
  let time = 0;
  let fast: Told;
  let slow: Told;
  let ended: EndedSessions;
  let metrics: Metrics;
  beforeEach(() => {
    const log = createLog({ service: 'probe', level: 'silent', format: 'json' });
    jest.spyOn(log, 'warn').mockImplementation((line) => void lines.push(line));
    jest.spyOn(log, 'info').mockImplementation((line) => void lines.push(line));
    lines.length = 0;
    time = 1_000;
    fast = new Told(0);
    slow = new Told(2_000);
    metrics = new Metrics('probe', { processMetrics: false });
    ended = new EndedSessions([fast, slow], log, metrics, () => time);
  });
  const after = async (ms: number) => {
    time += ms;
    await ended.follow();
  };

  it('are heard of from the first source, in as many parts as it takes, and each once', async () => {
    const heard: string[] = [];
    ended.onEnded((id) => heard.push(id));
    fast.sessions.push('a', 'b', 'c');
    await ended.follow();
    fast.sessions.push('d');
    await after(500);
    expect(['a', 'b', 'c', 'd', 'e'].filter((id) => ended.has(id))).toEqual(['a', 'b', 'c', 'd']);
    expect(heard).toEqual(['a', 'b', 'c', 'd']);
    expect(fast.asked).toEqual([undefined, '2', '3']);
    expect(slow.asked).toEqual([]);
  });

  it('come with the keys that were withdrawn, each told once, also to who asks later', async () => {
    const heard: string[] = [];
    ended.onKeyWithdrawn((kid) => heard.push(kid));
    fast.withdrawnKeys.push('k1');
    await ended.follow();
    await after(500);
    fast.withdrawnKeys.push('k2');
    await after(500);
    ended.onKeyWithdrawn((kid) => heard.push(`late ${kid}`));
    expect(heard).toEqual(['k1', 'k2', 'late k1', 'late k2']);
  });

  it('are heard of from the next source while the first is away, no more often than that wishes, and from the first again', async () => {
    await ended.follow();
    fast.away = true;
    slow.sessions.push('a');
    await after(500);
    expect(ended.has('a')).toBe(true);
    slow.sessions.push('b');
    await after(500);
    await after(500);
    expect(slow.asked).toHaveLength(1);
    await after(1_000);
    expect(ended.has('b')).toBe(true);
    fast.away = false;
    fast.sessions.push('a', 'b', 'c');
    await after(100);
    expect(ended.has('c')).toBe(true);
    expect(slow.asked).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it('are kept for as long as their tokens may last, whoever is away', async () => {
    fast.sessions.push('a');
    await ended.follow();
    fast.away = slow.away = true;
    await after(59_000);
    expect(ended.has('a')).toBe(true);
    await after(11_000);
    expect(ended.has('a')).toBe(false);
  });

  it('when nobody tells of them for five seconds, that is said once, and once when somebody does again', async () => {
    await ended.follow();
    fast.away = slow.away = true;
    for (let n = 0; n < 20; n += 1) await after(500);
    fast.away = false;
    await after(500);
    await after(500);
    expect(lines).toEqual([
      'nobody tells which sessions have ended; their access tokens hold until they expire',
      'ended sessions are heard of again',
    ]);
    time += 7_000;
    expect(await metrics.registry.metrics()).toMatch(/^lyceum_ended_sessions_age_seconds\S* 7$/m);
  });
});
