import { begin, published, rotate, signer } from './key-ring.js';

const start = new Date('2026-11-20T09:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const key = (kid: string) => ({ kid, publicJwk: '{}', privateJwk: 'encrypted' });
const times = { announced: 15 * 60_000, tokenLife: 20 * 60_000 };
const kids = (keys: readonly { kid: string }[]) => keys.map(({ kid }) => kid);

describe('the key ring', () => {
  const first = begin(undefined, key('one'), start).state;

  it('begins with one key that signs at once, whoever came first', () => {
    expect(signer(first, start)?.kid).toBe('one');
    expect(begin(first, key('two'), later(1)).changed).toBe(false);
  });

  it('publishes a new key before it signs, and an old one until its tokens have expired', () => {
    const ring = rotate(first, key('two'), times, start).state;
    expect(kids(published(ring, start))).toEqual(['one', 'two']);
    expect(signer(ring, later(14))?.kid).toBe('one');
    expect(signer(ring, later(15))?.kid).toBe('two');
    expect(kids(published(ring, later(34)))).toEqual(['one', 'two']);
    expect(kids(published(ring, later(35)))).toEqual(['two']);
  });

  it('forgets keys that can verify nothing any more', () => {
    const twice = rotate(rotate(first, key('two'), times, start).state, key('three'), times, later(60)).state;
    expect(kids(twice.keys)).toEqual(['two', 'three']);
  });
});
