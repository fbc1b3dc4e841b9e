import { Decimal128, Double, Int32, Long, Timestamp } from 'bson';
import { decimal } from './decimals.js';
import { asDouble, isInt32, toNumber } from './document.js';

/** BSON's kinds of numbers, the widest last: it is the kind of a result. */
export type NumberKind = 'int' | 'long' | 'double' | 'decimal';

export function kindOf(value: unknown): NumberKind | undefined {
  if (typeof value === 'number') return isInt32(value) ? 'int' : 'double';
  if (value instanceof Double) return 'double';
  if (value instanceof Long) return value instanceof Timestamp ? undefined : 'long';
  if (value instanceof Int32) return 'int';
  return value instanceof Decimal128 ? 'decimal' : undefined;
}

export const isNumeric = (value: unknown): boolean => kindOf(value) !== undefined;

const order: readonly NumberKind[] = ['int', 'long', 'double', 'decimal'];
export const widest = (a: NumberKind, b: NumberKind): NumberKind => (order.indexOf(a) > order.indexOf(b) ? a : b);

export const whole = (value: unknown): bigint =>
  value instanceof Long ? value.toBigInt() : BigInt(Math.trunc(toNumber(value) ?? 0));

const mostLong = 2n ** 63n;
export const fitsLong = (value: bigint): boolean => value < mostLong && value >= -mostLong;

/** A whole result: an int32 if both operands were and it fits, else an int64; beyond that what `beyond` says. */
export function wholeResult(
  value: bigint,
  kind: NumberKind,
  beyond: (value: bigint) => unknown = (big) => asDouble(Number(big)),
): unknown {
  if (kind === 'int') {
    const small = Number(value);
    if (isInt32(small)) return small;
  }
  return fitsLong(value) ? Long.fromBigInt(value) : beyond(value);
}

export type Operation = 'add' | 'subtract' | 'multiply';

const onDoubles: Record<Operation, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
};
const onWhole: Record<Operation, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
};

/** Arithmetic as the server does it: the widest kind decides, an int32 that overflows becomes an int64. */
export function compute(operation: Operation, a: unknown, b: unknown, beyond?: (value: bigint) => unknown): unknown {
  const kind = widest(kindOf(a) ?? 'int', kindOf(b) ?? 'int');
  if (kind === 'decimal') return decimal(operation, a, b);
  if (kind === 'double') return asDouble(onDoubles[operation](toNumber(a) ?? 0, toNumber(b) ?? 0));
  if (kind === 'int') {
    const small = onDoubles[operation](toNumber(a) ?? 0, toNumber(b) ?? 0);
    if (isInt32(small)) return small;
    if (small === 0) return 0;
  }
  return wholeResult(onWhole[operation](whole(a), whole(b)), kind, beyond);
}

/** Division is never whole: a double, or a decimal if one operand is. */
export function divide(a: unknown, b: unknown): unknown {
  return kindOf(a) === 'decimal' || kindOf(b) === 'decimal'
    ? decimal('divide', a, b)
    : asDouble((toNumber(a) ?? 0) / (toNumber(b) ?? 0));
}

/** The kind of the first operand decides, or the second's when it is wider; a whole double divides like an int32. */
export function remainder(a: unknown, b: unknown): unknown {
  const divisor = kindOf(b) === 'double' && isInt32(toNumber(b) ?? 0) ? 'int' : kindOf(b);
  const kind = widest(kindOf(a) ?? 'int', divisor ?? 'int');
  if (kind === 'decimal') return decimal('remainder', a, b);
  if (kind === 'double') return asDouble((toNumber(a) ?? 0) % (toNumber(b) ?? 0));
  return wholeResult(whole(a) % whole(b), kind);
}

/** Adds many doubles without losing the small ones: a running sum and the error that each step made. */
export class DoubleSum {
  private sum = 0;
  private error = 0;

  add(value: number): void {
    const next = this.sum + value;
    const kept = next - this.sum;
    this.error += this.sum - (next - kept) + (value - kept);
    this.sum = next;
  }

  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.error : this.sum;
  }
}
