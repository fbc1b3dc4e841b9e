import { Decimal128, Double } from 'bson';
import { toNumber } from './document.js';

/** A decimal as a whole number times a power of ten. */
export interface Scaled {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Doubles count with 15 significant digits, as the server converts them. Undefined for NaN and infinities. */
export function scaled(value: unknown): Scaled | undefined {
  const number = value instanceof Double ? value.value : value;
  const text =
    typeof number === 'number'
      ? Number.isInteger(number) && !(value instanceof Double)
        ? String(BigInt(number))
        : number.toExponential(14)
      : String(value);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign = '', units = '', fraction = '', exponent = '0'] = match;
  if (units + fraction === '') return undefined;
  const digits = BigInt(units + fraction);
  return { digits: sign === '-' ? -digits : digits, exponent: Number(exponent) - fraction.length };
}

export const fromScaled = ({ digits, exponent }: Scaled): Decimal128 =>
  Decimal128.fromStringWithRounding(`${digits}E${exponent}`);

const power = (n: number) => 10n ** BigInt(n);

function aligned(a: Scaled, b: Scaled): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * power(a.exponent - exponent), b.digits * power(b.exponent - exponent), exponent];
}

const precision = 40;

function quotient(a: Scaled, b: Scaled): Scaled {
  const lead = Math.max(0, precision + String(b.digits).length - String(a.digits).length);
  let digits = (a.digits * power(lead)) / b.digits;
  let exponent = a.exponent - b.exponent - lead;
  for (; exponent < a.exponent - b.exponent && digits % 10n === 0n && digits !== 0n; exponent++) digits /= 10n;
  if (digits === 0n) exponent = a.exponent - b.exponent;
  return { digits, exponent };
}

export type DecimalOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'remainder';

/** Exact decimal arithmetic, rounded to 34 digits at the end; NaN and infinities as doubles have them. */
export function decimal(operation: DecimalOperation, a: unknown, b: unknown): Decimal128 {
  const [x, y] = [scaled(a), scaled(b)];
  if (!x || !y || (y.digits === 0n && (operation === 'divide' || operation === 'remainder')))
    return Decimal128.fromString(named(loose(operation, toNumber(a) ?? 0, toNumber(b) ?? 0)));
  switch (operation) {
    case 'multiply':
      return fromScaled({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent });
    case 'divide':
      return fromScaled(quotient(x, y));
    case 'add':
    case 'subtract':
    case 'remainder': {
      const [left, right, exponent] = aligned(x, y);
      const digits = operation === 'add' ? left + right : operation === 'subtract' ? left - right : left % right;
      return fromScaled({ digits, exponent });
    }
  }
}

function loose(operation: DecimalOperation, a: number, b: number): number {
  switch (operation) {
    case 'add':
      return a + b;
    case 'subtract':
      return a - b;
    case 'multiply':
      return a * b;
    case 'divide':
      return a / b;
    case 'remainder':
      return a % b;
  }
}

/** The nearest decimal to a double. */
export const toDecimal = (value: unknown): Decimal128 => {
  if (value instanceof Decimal128) return value;
  const parts = scaled(value);
  return parts ? fromScaled(parts) : Decimal128.fromString(named(toNumber(value) ?? Number.NaN));
};

const named = (value: number) => String(value);

export type Rounding = 'even' | 'zero' | 'down' | 'up';

/** Rounds to a number of decimal places; negative ones are tens, hundreds and so on. */
export function roundScaled(value: Scaled, places: number, rounding: Rounding): Scaled {
  if (-value.exponent <= places) return value;
  const step = power(-value.exponent - places);
  const whole = value.digits / step;
  const rest = value.digits % step;
  const digits = rest === 0n ? whole : whole + correction(whole, rest, step, rounding);
  return { digits, exponent: -places };
}

function correction(whole: bigint, rest: bigint, step: bigint, rounding: Rounding): bigint {
  const negative = rest < 0n;
  if (rounding === 'zero') return 0n;
  if (rounding === 'down') return negative ? -1n : 0n;
  if (rounding === 'up') return negative ? 0n : 1n;
  const twice = (negative ? -rest : rest) * 2n;
  const away = twice > step || (twice === step && whole % 2n !== 0n);
  return away ? (negative ? -1n : 1n) : 0n;
}

/** Every digit of a double, which a decimal of 15 digits has not. */
export function exactly(value: number): Scaled {
  let exponent = 0;
  let rest = value;
  while (!Number.isInteger(rest)) {
    rest *= 2;
    exponent++;
  }
  return { digits: BigInt(rest) * 5n ** BigInt(exponent), exponent: -exponent };
}
