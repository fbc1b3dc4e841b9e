import { Binary, BSONRegExp, type Code, Decimal128, Double, Int32, Long, type ObjectId, type Timestamp } from 'bson';
import type { Collation } from './collation.js';
import { isDoc, typeName, type TypeName } from './document.js';

/** Where a type stands when values of several types are sorted. Numbers are one type here. */
const ranks: Record<TypeName, number> = {
  minKey: 1,
  missing: 2,
  null: 3,
  int: 4,
  long: 4,
  double: 4,
  decimal: 4,
  string: 5,
  symbol: 5,
  object: 6,
  array: 7,
  binData: 8,
  objectId: 9,
  bool: 10,
  date: 11,
  timestamp: 12,
  regex: 13,
  javascript: 14,
  javascriptWithScope: 15,
  maxKey: 127,
};

export const rank = (value: unknown): number => ranks[typeName(value)];
export const numberRank = ranks.int;
export const nullRank = ranks.null;

/** An exact stand-in that JavaScript can compare with `<`; decimals are rounded to the nearest double. */
function exact(value: unknown): number | bigint {
  if (typeof value === 'number') return value;
  if (value instanceof Double || value instanceof Int32) return value.value;
  if (value instanceof Long) {
    const near = value.toNumber();
    return Number.isSafeInteger(near) ? near : value.toBigInt();
  }
  return Number(String(value));
}

/** Coefficient and exponent without trailing zeros; undefined for NaN and infinities. */
function decimalParts(value: Decimal128): { digits: bigint; exponent: number } | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(value.toString());
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const stripped = (whole + fraction).replace(/0+$/, '');
  const zeros = whole.length + fraction.length - stripped.length;
  if (stripped === '' || /^0*$/.test(stripped)) return { digits: 0n, exponent: 0 };
  return { digits: BigInt(sign + stripped), exponent: Number(exponent) - fraction.length + zeros };
}

function compareDecimals(a: Decimal128, b: Decimal128): number {
  const left = decimalParts(a);
  const right = decimalParts(b);
  if (!left || !right) return compareExact(exact(a), exact(b));
  const near = compareExact(exact(a), exact(b));
  if (near !== 0) return near;
  const low = Math.min(left.exponent, right.exponent);
  if (Math.max(left.exponent, right.exponent) - low > 400) return 0;
  const x = left.digits * 10n ** BigInt(left.exponent - low);
  const y = right.digits * 10n ** BigInt(right.exponent - low);
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareExact(a: number | bigint, b: number | bigint): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareNumbers(a: unknown, b: unknown): number {
  if (a instanceof Decimal128 && b instanceof Decimal128) return compareDecimals(a, b);
  return compareExact(exact(a), exact(b));
}

/** Code point order, which is also the order of the UTF-8 bytes. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const fixedX = x >= 0xd800 ? (x >= 0xe000 ? x - 0x800 : x + 0x2000) : x;
      const fixedY = y >= 0xd800 ? (y >= 0xe000 ? y - 0x800 : y + 0x2000) : y;
      return fixedX - fixedY;
    }
  }
  return a.length - b.length;
}

const regexParts = (value: unknown): [string, string] => {
  if (value instanceof BSONRegExp) return [value.pattern, value.options];
  if (value instanceof RegExp) return [value.source, value.flags];
  return [String(value), ''];
};

function compareBinaries(a: Binary, b: Binary): number {
  const left = a.buffer.subarray(0, a.position);
  const right = b.buffer.subarray(0, b.position);
  return left.length - right.length || a.sub_type - b.sub_type || Buffer.compare(left, right);
}

/** Total order over all values as MongoDB sorts them: negative, zero or positive. `undefined` stands for missing. */
export function compare(a: unknown, b: unknown, collation?: Collation): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return compareExact(a, b);
  const rankA = rank(a);
  const rankB = rank(b);
  if (rankA !== rankB) return rankA - rankB;
  switch (rankA) {
    case ranks.int:
      return compareNumbers(a, b);
    case ranks.string: {
      const [x, y] = [String(a), String(b)];
      return collation ? collation.compare(x, y) : compareStrings(x, y);
    }
    case ranks.bool:
    case ranks.date:
      return Number(a) - Number(b) || 0;
    case ranks.objectId:
      return Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case ranks.array: {
      const [xs, ys] = [a as unknown[], b as unknown[]];
      for (let i = 0; i < xs.length && i < ys.length; i++) {
        const order = compare(xs[i], ys[i], collation);
        if (order !== 0) return order;
      }
      return xs.length - ys.length;
    }
    case ranks.object:
      return compareDocs(a, b, collation);
    case ranks.binData:
      return compareBinaries(a as Binary, b as Binary);
    case ranks.timestamp: {
      const [x, y] = [(a as Timestamp).toBigInt(), (b as Timestamp).toBigInt()];
      return x < y ? -1 : x > y ? 1 : 0;
    }
    case ranks.regex: {
      const [x, y] = [regexParts(a), regexParts(b)];
      return compareStrings(x[0], y[0]) || compareStrings(x[1], y[1]);
    }
    case ranks.javascript:
    case ranks.javascriptWithScope:
      return compareStrings((a as Code).code, (b as Code).code);
    default:
      return 0;
  }
}

function compareDocs(a: unknown, b: unknown, collation?: Collation): number {
  if (!isDoc(a) || !isDoc(b)) return 0;
  const keysA = Object.keys(a);
  const keysB = Object.keys(b);
  for (let i = 0; i < keysA.length && i < keysB.length; i++) {
    const [keyA = '', keyB = ''] = [keysA[i], keysB[i]];
    const [x, y] = [a[keyA], b[keyB]];
    const order = rank(x) - rank(y) || compareStrings(keyA, keyB) || compare(x, y, collation);
    if (order !== 0) return order;
  }
  return keysA.length - keysB.length;
}

export const equal = (a: unknown, b: unknown, collation?: Collation): boolean => compare(a, b, collation) === 0;
