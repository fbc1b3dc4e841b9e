import { createSecretKey, randomBytes } from 'node:crypto';
import { beginningOf, beginningsOf } from './beginnings.js';
import { valueAt, withValues } from './paths.js';
import { sealed, tokenOf, unsealed } from './sealing.js';
import { Undecryptable } from './secrets.js';

const newKey = () => createSecretKey(randomBytes(32));

describe('an encrypted value', () => {
  const key = newKey();
  it.each([
    ['text', 'Ada'],
    ['a date', new Date(0)],
    ['nothing', null],
    ['a list', [1, { deep: ['x'] }]],
    ['a number', 1.5],
  ])('comes back as what it was: %s', (_name, value) =>
    expect(unsealed(key, sealed(key, value, 'here'), 'here')).toEqual(value),
  );
  it('is another one each time, and shows nothing', () => {
    const [one, two] = [sealed(key, 'CanaryAda', 'here'), sealed(key, 'CanaryAda', 'here')];
    expect(one.equals(two)).toBe(false);
    expect(one.includes('Canary')).toBe(false);
  });
  it('is refused elsewhere, with another key, changed in any byte, and cut', () => {
    const value = sealed(key, 'Ada', 'here');
    expect(() => unsealed(key, value, 'there')).toThrow(Undecryptable);
    expect(() => unsealed(newKey(), value, 'here')).toThrow(Undecryptable);
    for (let place = 0; place < value.length; place += 1) {
      const changed = Buffer.from(value);
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(() => unsealed(key, changed, 'here')).toThrow(Undecryptable);
    }
    for (const other of [value.subarray(0, 20), Buffer.alloc(0), 'text', undefined])
      expect(() => unsealed(key, other, 'here')).toThrow(Undecryptable);
  });
  it('a token is the same for the same value and key, and for no other', () => {
    expect(tokenOf(key, 'ada')).toBe(tokenOf(key, 'ada'));
    expect(tokenOf(key, 'adb')).not.toBe(tokenOf(key, 'ada'));
    expect(tokenOf(newKey(), 'ada')).not.toBe(tokenOf(key, 'ada'));
  });
});

describe('paths', () => {
  const document = { wish: { status: 'asked', email: 'a' }, at: new Date(0), list: [{ email: 'b' }] };
  it('go through objects and nothing else', () => {
    expect(valueAt(document, 'wish.email')).toBe('a');
    for (const path of ['wish.none', 'at.getTime', 'list.0', 'none.email'])
      expect(valueAt(document, path)).toBeUndefined();
  });
  it('are set and taken away in a copy', () => {
    const values = new Map<string, unknown>([
      ['wish.email', undefined],
      ['name.first', 'x'],
      ['none.deep', undefined],
    ]);
    expect(withValues(document, values)).toEqual({ ...document, wish: { status: 'asked' }, name: { first: 'x' } });
    expect(document.wish.email).toBe('a');
  });
});

it('a word is found by its first letters, two to twelve of them, also outside of the basic plane', () => {
  expect(beginningsOf(['ada', 'q', 'adb'])).toEqual(['ad', 'ada', 'q', 'adb']);
  expect(beginningsOf(['𝒜𝒹𝒶'])).toEqual(['𝒜𝒹', '𝒜𝒹𝒶']);
  expect(beginningsOf(['abcdefghijklmnop'])).toHaveLength(11);
  expect(beginningOf('abcdefghijklmnop')).toBe('abcdefghijkl');
  expect(beginningsOf('no list')).toEqual([]);
});
