import { type Attempts, type Tried, PER_ACCOUNT, PER_ADDRESS, begin, forget, takeBack } from './attempts.js';

const start = new Date('2026-11-20T09:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

/** Somebody guesses every second; how many guesses are evaluated? */
function guessesIn(seconds: number, patience = PER_ACCOUNT): number {
  let attempts: Attempts | undefined;
  let evaluated = 0;
  for (let second = 0; second < seconds; second += 1) {
    if (attempts && attempts.blockedUntil > after(second)) continue;
    attempts = begin('a', attempts, patience, after(second)).state;
    evaluated += 1;
  }
  return evaluated;
}

function failed(times: number): Attempts {
  let attempts = begin('a', undefined, PER_ACCOUNT, start).state;
  for (let n = 1; n < times; n += 1) attempts = begin('a', attempts, PER_ACCOUNT, attempts.blockedUntil).state;
  return attempts;
}

const delayOf = (times: number) =>
  (failed(times).blockedUntil.getTime() - failed(times - 1).blockedUntil.getTime()) / 1_000;

describe('attempts to sign in', () => {
  it('may fail a few times without delay', () => {
    expect(failed(4).blockedUntil).toEqual(start);
  });

  it('wait longer after each failure, up to a quarter of an hour', () => {
    expect([5, 6, 7, 8].map(delayOf)).toEqual([1, 2, 4, 8]);
    expect(delayOf(40)).toBe(900);
  });

  it('are told of once when they first meet a delay, for a known account and an unknown one, and again when all was forgotten', () => {
    let attempts: Attempts | undefined;
    const told: unknown[] = [];
    const fail = (tried: Tried) => {
      const change = begin('a', attempts, PER_ACCOUNT, attempts?.blockedUntil ?? start, tried);
      attempts = change.state;
      told.push(...change.events.map(({ data }) => data));
    };
    for (let n = 0; n < 12; n += 1) fail({ what: 'password', userId: 'u1', network: 'n1' });
    expect(told).toEqual([
      { what: 'password', userId: 'u1', network: 'n1', failures: 5, slowedDownAt: start.toISOString() },
    ]);
    attempts = attempts && forget(attempts, after(9_999)).state;
    for (let n = 0; n < 6; n += 1) fail({ what: 'code' });
    expect(told.slice(1)).toMatchObject([{ what: 'code', failures: 5 }]);
  });

  it('are refused during the delay, and told how long it lasts', () => {
    expect(() => begin('a', failed(7), PER_ACCOUNT, after(4))).toThrow(
      expect.objectContaining({ status: 429, members: { retryAfterSeconds: 3 } }),
    );
  });

  it('leave a guesser about twenty tries an hour', () => {
    expect(guessesIn(3_600)).toBeLessThanOrEqual(20);
    expect(guessesIn(3_600, PER_ADDRESS)).toBeLessThanOrEqual(50);
  });

  it('are forgotten after an hour without failure', () => {
    const old = failed(10);
    expect(begin('a', old, PER_ACCOUNT, old.expiresAt).state.failures).toBe(1);
  });

  it('are forgotten when the owner signs in, but not for the whole address', () => {
    expect(forget(failed(10), start).state).toMatchObject({ failures: 0, blockedUntil: start });
    expect(takeBack(failed(10), start).state.failures).toBe(9);
  });
});
