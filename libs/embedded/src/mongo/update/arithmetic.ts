import { Decimal128, Double, Long } from 'bson';
import { badValue } from '../errors.js';
import { asDouble, isInt32, toNumber, typeName } from '../values/document.js';

export type Operation = 'add' | 'multiply';

const most = 2n ** 63n;

/** Adds or multiplies as the server does: the widest type of the two decides, an int32 that overflows becomes an int64. */
export function compute(operation: Operation, a: unknown, b: unknown): unknown {
  const types = [typeName(a), typeName(b)];
  if (types.includes('decimal')) return decimal(operation, a, b);
  const [x, y] = [toNumber(a) ?? 0, toNumber(b) ?? 0];
  if (types.includes('double')) return asDouble(operation === 'add' ? x + y : x * y);
  if (!types.includes('long')) {
    const result = operation === 'add' ? x + y : x * y;
    if (isInt32(result)) return result;
    if (result === 0) return 0;
  }
  const [left, right] = [whole(a), whole(b)];
  const result = operation === 'add' ? left + right : left * right;
  if (result >= most || result < -most)
    throw badValue(
      `Failed to apply $${operation === 'add' ? 'inc' : 'mul'} operations to current value: integer overflow`,
    );
  return Long.fromBigInt(result);
}

const whole = (value: unknown): bigint =>
  value instanceof Long ? value.toBigInt() : BigInt(Math.trunc(toNumber(value) ?? 0));

function decimal(operation: Operation, a: unknown, b: unknown): Decimal128 {
  const [x, y] = [scaled(a), scaled(b)];
  if (!x || !y) {
    const [left, right] = [toNumber(a) ?? 0, toNumber(b) ?? 0];
    return Decimal128.fromString(String(operation === 'add' ? left + right : left * right));
  }
  if (operation === 'multiply') return fromScaled(x.digits * y.digits, x.exponent + y.exponent);
  const exponent = Math.min(x.exponent, y.exponent);
  const digits = x.digits * 10n ** BigInt(x.exponent - exponent) + y.digits * 10n ** BigInt(y.exponent - exponent);
  return fromScaled(digits, exponent);
}

function scaled(value: unknown): { digits: bigint; exponent: number } | undefined {
  const text = value instanceof Double ? String(value.value) : String(value);
  const match = /^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, units = '0', fraction = '', exponent = '0'] = match;
  return { digits: BigInt(units + fraction), exponent: Number(exponent) - fraction.length };
}

function fromScaled(digits: bigint, exponent: number): Decimal128 {
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}
