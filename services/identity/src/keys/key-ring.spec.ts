import {
  ANNOUNCED,
  type Cause,
  begin,
  forget,
  isOld,
  published,
  rotate,
  signer,
  withdraw,
  withdrawnLately,
} from './key-ring.js';

const start = new Date('2026-11-20T09:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const key = (kid: string) => ({ kid, publicJwk: '{}', privateJwk: 'encrypted' });
const kids = (keys: readonly { kid: string }[]) => keys.map(({ kid }) => kid);
const announced = ANNOUNCED / 60_000;
const tokenLife = 20 * 60_000;
const bySchedule: Cause = { by: 'schedule' };
const byAda: Cause = { by: 'operator', id: 'ada', reason: 'a laptop is gone' };

describe('the key ring', () => {
  const first = begin(undefined, key('one'), start).state;

  it('begins with one key that signs at once, whoever came first', () => {
    expect(signer(first, start)?.kid).toBe('one');
    expect(begin(first, key('two'), later(1)).changed).toBe(false);
  });

  it('publishes a new key before it signs, and an old one until its tokens have expired', () => {
    const ring = rotate(first, key('two'), tokenLife, bySchedule, start).state;
    expect(kids(published(ring, start))).toEqual(['one', 'two']);
    expect(signer(ring, later(announced - 1))?.kid).toBe('one');
    expect(signer(ring, later(announced))?.kid).toBe('two');
    expect(kids(published(ring, later(announced + 19)))).toEqual(['one', 'two']);
    expect(kids(published(ring, later(announced + 20)))).toEqual(['two']);
  });

  it('gets one new key from any number who rotate at once, or before it signs', () => {
    const { state: ring, events } = rotate(first, key('two'), tokenLife, bySchedule, start);
    expect(events).toMatchObject([
      { type: 'identity.signing-keys-rotated.v1', data: { kid: 'two', cause: 'schedule', withdrawnKids: [] } },
    ]);
    expect(rotate(ring, key('three'), tokenLife, byAda, start).changed).toBe(false);
    expect(rotate(ring, key('three'), tokenLife, byAda, later(announced - 1)).changed).toBe(false);
    expect(rotate(ring, key('three'), tokenLife, byAda, later(announced)).changed).toBe(true);
  });

  it('forgets keys that can verify nothing any more', () => {
    const once = rotate(first, key('two'), tokenLife, bySchedule, start).state;
    const twice = rotate(once, key('three'), tokenLife, bySchedule, later(200)).state;
    expect(kids(twice.keys)).toEqual(['two', 'three']);
    expect(forget(once, later(announced + 19)).changed).toBe(false);
    expect(kids(forget(once, later(announced + 20)).state.keys)).toEqual(['two']);
  });

  it('is old when its newest key has signed for long enough', () => {
    const ring = rotate(first, key('two'), tokenLife, bySchedule, start).state;
    expect(isOld(first, 60_000, later(1))).toBe(true);
    expect(isOld(ring, 60_000, later(announced))).toBe(false);
    expect(isOld(ring, 60_000, later(announced + 1))).toBe(true);
  });

  it('withdraws every key at once, those that wait among them, and tells of them for a day', () => {
    const rotated = rotate(first, key('two'), tokenLife, bySchedule, start).state;
    const { state: ring, events } = withdraw(rotated, key('three'), byAda, later(5));
    expect(signer(ring, later(5))?.kid).toBe('three');
    expect(kids(published(ring, later(5)))).toEqual(['three']);
    expect(withdrawnLately(ring, later(5 + 1_439))).toEqual(['one', 'two']);
    expect(withdrawnLately(ring, later(5 + 1_440))).toEqual([]);
    expect(events).toMatchObject([
      {
        data: {
          kid: 'three',
          withdrawnKids: ['one', 'two'],
          cause: 'operator',
          operatorId: 'ada',
          reason: 'a laptop is gone',
          activeFrom: later(5).toISOString(),
        },
      },
    ]);
    expect(JSON.stringify(ring)).not.toContain('"one","publicJwk"');
  });
});
