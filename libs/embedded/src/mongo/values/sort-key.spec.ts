import { Binary, BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import fc from 'fast-check';
import { decode, encode } from './document.js';
import { compare } from './order.js';
import { inverted, sortKey } from './sort-key.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    int32,
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -3, max: 3 }).map((n) => new Double(n)),
    fc.double().map((n) => (Number.isInteger(n) ? new Double(n) : n)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
    fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 4n }).map((n) => Long.fromBigInt(n)),
    fc.integer({ min: -300, max: 300 }).map((n) => Decimal128.fromString(`${n}E-2`)),
    fc.string({ maxLength: 4 }),
    fc.constantFrom('', '\0', '\u0001', 'a\0', 'a\0b', '\ud800', '\uffff', '😀', '\ue000'),
    fc.constantFrom(null, true, false, new MinKey(), new MaxKey(), Number.NaN, new Double(-0)),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
    fc.uint8Array({ maxLength: 5 }).map((bytes) => new Binary(Buffer.from(bytes))),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new UUID(Buffer.from(bytes))),
    fc.nat({ max: 5 }).map((n) => new Timestamp({ t: n, i: 5 - n })),
    fc.string({ unit: 'grapheme-ascii', maxLength: 3 }).map((pattern) => new BSONRegExp(pattern, 'i')),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ab', ''), tie('value'), { maxKeys: 3 }).map((doc) => ({ ...doc })),
  ),
}));

const sign = (n: number) => Math.sign(n) || 0;
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describe('sort keys', () => {
  it('have the order of the values, in both directions', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [sortKey(a), sortKey(b)];
        expect(byText(x, y)).toBe(sign(compare(a, b)));
        expect(byText(inverted(x), inverted(y))).toBe(sign(compare(b, a)));
      }),
      { numRuns: 5000 },
    );
  });

  it('of several fields compare field by field', () => {
    fc.assert(
      fc.property(value, value, value, value, (a, b, c, d) => {
        expect(byText(sortKey(a) + sortKey(b), sortKey(c) + sortKey(d))).toBe(sign(compare(a, c) || compare(b, d)));
      }),
      { numRuns: 3000 },
    );
  });

  it('put the types in the order of BSON', () => {
    const values = [
      new MinKey(),
      undefined,
      null,
      Number.NaN,
      -1,
      5,
      'a',
      {},
      [],
      new Binary(Buffer.from('a')),
      new ObjectId(),
      false,
      true,
      new Date(),
      new Timestamp(1n),
      /a/,
      new MaxKey(),
    ];
    const keys = values.map((item) => sortKey(item));
    expect(keys.toSorted()).toEqual(keys);
  });
});

describe('documents', () => {
  it('are the same bytes after decoding and encoding', () => {
    fc.assert(
      fc.property(value, (content) => {
        const bytes = encode({ content });
        expect(encode(decode(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('that are cut or changed are refused or read as something else, never beyond their end', () => {
    const bytes = encode({
      a: 'text',
      b: [1, { c: new Date(0) }],
      d: new Binary(Buffer.from('xyz')),
      e: new BSONRegExp('a', 'i'),
    });
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length))).toThrow(/InvalidBSON/);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = 255;
      try {
        decode(changed);
      } catch (error) {
        // eslint-disable-next-line jest/no-conditional-expect
        expect(error).toBeInstanceOf(Error);
      }
    }
  });
});
