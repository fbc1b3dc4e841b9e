import { assert, constantFrom, integer, property, string, uniqueArray } from 'fast-check';
import { compareUtf8, listPage } from './listing.js';

const inOrder = (...keys: string[]) => keys.sort(compareUtf8);
const whole = { prefix: '', delimiter: '', after: undefined, max: 1000 };

it('orders keys as their UTF-8 bytes', () => {
  assert(
    property(string({ unit: 'binary' }), string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

it('pages of any size put together are the whole listing, each entry once', () => {
  const key = string({ unit: constantFrom('a', 'b', '/', 'é', '\u{1f393}'), minLength: 1, maxLength: 6 });
  assert(
    property(
      uniqueArray(key, { maxLength: 30 }),
      constantFrom('', 'a', 'a/', 'b'),
      constantFrom('', '/', '//'),
      integer({ min: 1, max: 7 }),
      (keys, prefix, delimiter, max) => {
        const sorted = inOrder(...keys);
        const query = { prefix, delimiter, after: undefined };
        const all = listPage(sorted, { ...query, max: 1000 });
        const together: string[] = [];
        let after: string | undefined;
        do {
          const page = listPage(sorted, { ...query, after, max });
          expect(page.keys.length + page.commonPrefixes.length).toBeLessThanOrEqual(max);
          together.push(...page.keys, ...page.commonPrefixes);
          after = page.next;
        } while (after !== undefined);
        expect(together.sort()).toEqual([...all.keys, ...all.commonPrefixes].sort());
        expect(new Set(together).size).toBe(together.length);
      },
    ),
  );
});

it('folds what lies below a delimiter', () => {
  const keys = inOrder('a', 'photos/2024/1.jpg', 'photos/2025/1.jpg', 'photos/cover.jpg');
  expect(listPage(keys, { ...whole, delimiter: '/' })).toEqual({
    keys: ['a'],
    commonPrefixes: ['photos/'],
    next: undefined,
  });
  expect(listPage(keys, { ...whole, prefix: 'photos/', delimiter: '/' })).toEqual({
    keys: ['photos/cover.jpg'],
    commonPrefixes: ['photos/2024/', 'photos/2025/'],
    next: undefined,
  });
});

it('begins behind a key that need not exist', () => {
  expect(listPage(inOrder('a', 'b', 'c'), { ...whole, after: 'aa' }).keys).toEqual(['b', 'c']);
  expect(listPage(inOrder('a', 'b', 'c'), { ...whole, after: 'b', max: 1 })).toEqual({
    keys: ['c'],
    commonPrefixes: [],
    next: undefined,
  });
  expect(listPage(inOrder('a'), { ...whole, max: 0 })).toEqual({ keys: [], commonPrefixes: [], next: undefined });
});
