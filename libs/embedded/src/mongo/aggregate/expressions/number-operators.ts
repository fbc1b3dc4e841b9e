import { Decimal128, Long } from 'bson';
import { badValue, CommandError, typeMismatch } from '../../errors.js';
import { exactly, fromScaled, type Rounding, roundScaled, scaled } from '../../values/decimals.js';
import { asDouble, isInt32, toNumber, typeName } from '../../values/document.js';
import { compute, divide, isNumeric, kindOf, remainder, whole, wholeResult, widest } from '../../values/numbers.js';
import { shown } from '../../values/shown.js';
import { isNil, onAll, onValues, type Operator, type Operators, unlessNull } from './expression.js';

const time = (value: Date) => Long.fromNumber(value.getTime());

function add(values: readonly unknown[], name: string): unknown {
  if (values.some(isNil)) return null;
  let date = false;
  let sum: unknown = 0;
  for (const value of values) {
    if (value instanceof Date) {
      if (date) throw new CommandError(16612, 'only one date allowed in an $add expression');
      date = true;
      sum = compute('add', sum, time(value));
    } else if (isNumeric(value)) sum = compute('add', sum, value);
    else throw typeMismatch(`${name} only supports numeric or date types, not ${typeName(value)}`);
  }
  return date ? dateAt(sum) : sum;
}

const dateAt = (value: unknown) => new Date(Math.round(toNumber(value) ?? 0));

function subtract([a, b]: readonly unknown[]): unknown {
  if (isNil(a) || isNil(b)) return null;
  if (isNumeric(a) && isNumeric(b)) return compute('subtract', a, b);
  if (a instanceof Date && b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
  if (a instanceof Date && isNumeric(b)) return dateAt(compute('subtract', time(a), b));
  throw typeMismatch(`can't $subtract ${typeName(b)} from ${typeName(a)}`);
}

function multiply(values: readonly unknown[], name: string): unknown {
  if (values.some(isNil)) return null;
  let product: unknown = 1;
  for (const value of values) {
    if (!isNumeric(value)) throw typeMismatch(`${name} only supports numeric types, not ${typeName(value)}`);
    product = compute('multiply', product, value);
  }
  return product;
}

const bothNumbers = (name: string, a: unknown, b: unknown) => {
  if (!isNumeric(a) || !isNumeric(b))
    throw typeMismatch(`${name} only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
};

const number = (code: number, work: (value: unknown, name: string) => unknown): Operator =>
  unlessNull((value, name) => {
    if (!isNumeric(value)) throw new CommandError(code, `${name} only supports numeric types, not ${typeName(value)}`);
    return work(value, name);
  });

/** Rounds and keeps the kind of number. */
function rounded(value: unknown, places: number, rounding: Rounding): unknown {
  const kind = kindOf(value);
  const plain = toNumber(value) ?? 0;
  if (kind === 'decimal') {
    const parts = scaled(value);
    return parts ? fromScaled(roundScaled(parts, places, rounding)) : value;
  }
  if (kind === 'double') {
    if (!Number.isFinite(plain)) return value;
    const { digits, exponent } = roundScaled(exactly(plain), places, rounding);
    const result = Number(`${digits}e${exponent}`);
    return asDouble(result === 0 && (plain < 0 || Object.is(plain, -0)) ? -0 : result);
  }
  if (places >= 0) return value;
  const { digits, exponent } = roundScaled({ digits: whole(value), exponent: 0 }, places, rounding);
  return wholeResult(digits * 10n ** BigInt(exponent), kind ?? 'int');
}

const toPlaces = (rounding: Rounding): Operator =>
  onValues(
    1,
    ([value, places], name) => {
      if (isNil(value) || places === null) return null;
      if (!isNumeric(value))
        throw new CommandError(51081, `${name} only supports numeric types, not ${typeName(value)}`);
      const to = places === undefined ? 0 : toNumber(places);
      if (to === undefined) throw new CommandError(16004, `can't convert from BSON type ${typeName(places)} to long`);
      if (!Number.isInteger(to))
        throw new CommandError(51082, `precision argument to ${name} must be a integral value`);
      if (to < -20 || to > 100)
        throw new CommandError(51083, `cannot apply ${name} with precision value ${to} value must be in [-20, 100]`);
      return rounded(value, to, rounding);
    },
    2,
  );

function pow([base, exponent]: readonly unknown[]): unknown {
  if (isNil(base) || isNil(exponent)) return null;
  if (!isNumeric(base)) throw new CommandError(28762, `$pow's base must be numeric, not ${typeName(base)}`);
  if (!isNumeric(exponent)) throw new CommandError(28763, `$pow's exponent must be numeric, not ${typeName(exponent)}`);
  const [x, y] = [toNumber(base) ?? 0, toNumber(exponent) ?? 0];
  if (x === 0 && y < 0) throw new CommandError(28764, '$pow cannot take a base of 0 and a negative exponent');
  const kind = widest(kindOf(base) ?? 'int', kindOf(exponent) ?? 'int');
  if (kind === 'decimal') return Decimal128.fromString(String(x ** y));
  if (kind === 'double' || y < 0) return asDouble(x ** y);
  return y > 64 && Math.abs(x) > 1 ? asDouble(x ** y) : wholeResult(whole(base) ** BigInt(y), kind);
}

function abs(value: unknown): unknown {
  if (kindOf(value) === 'long' && whole(value) === -(2n ** 63n))
    throw new CommandError(28680, "can't take $abs of long long min");
  const negative = (toNumber(value) ?? 0) < 0;
  return negative ? compute('subtract', 0, value) : value;
}

/** A function whose result is a double, or a decimal for a decimal. */
const real = (work: (value: number, name: string) => number): Operator =>
  number(28765, (value, name) => {
    const result = work(toNumber(value) ?? 0, name);
    return kindOf(value) === 'decimal' ? Decimal128.fromString(String(result)) : asDouble(result);
  });

const inRange = (least: number, most: number, work: (value: number) => number): Operator =>
  real((value, name) => {
    if (value < least || value > most)
      throw new CommandError(50989, `cannot apply ${name} to ${value}, value must be in [${least},${most}]`);
    return work(value);
  });

function logarithm([value, base]: readonly unknown[]): unknown {
  if (isNil(value) || isNil(base)) return null;
  if (!isNumeric(value)) throw new CommandError(28756, `$log's argument must be numeric, not ${typeName(value)}`);
  if (!isNumeric(base)) throw new CommandError(28757, `$log's base must be numeric, not ${typeName(base)}`);
  const [x, b] = [toNumber(value) ?? 0, toNumber(base) ?? 0];
  if (x <= 0) throw new CommandError(28758, `$log's argument must be a positive number, but is ${shown(value)}`);
  if (b <= 0 || b === 1)
    throw new CommandError(28759, `$log's base must be a positive number not equal to 1, but is ${shown(base)}`);
  return asDouble(Math.log(x) / Math.log(b));
}

const bits = (start: bigint, combine: (a: bigint, b: bigint) => bigint): Operator =>
  onAll((values, name) => {
    if (values.some(isNil)) return null;
    let long = false;
    let result = start;
    for (const value of values) {
      const kind = kindOf(value);
      if (kind !== 'int' && kind !== 'long')
        throw typeMismatch(`${name} only supports int and long operands, not ${typeName(value)}`);
      long ||= kind === 'long';
      result = combine(result, whole(value));
    }
    return long ? Long.fromBigInt(BigInt.asIntN(64, result)) : Number(BigInt.asIntN(32, result));
  });

export const numberOperators: Operators = {
  $add: onAll(add),
  $subtract: onValues(2, subtract),
  $multiply: onAll(multiply),
  $divide: onValues(2, ([a, b], name) => {
    if (isNil(a) || isNil(b)) return null;
    bothNumbers(name, a, b);
    if (toNumber(b) === 0) throw badValue("can't $divide by zero");
    return divide(a, b);
  }),
  $mod: onValues(2, ([a, b], name) => {
    if (isNil(a) || isNil(b)) return null;
    if (!isNumeric(a) || !isNumeric(b))
      throw new CommandError(16611, `${name} only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
    if (toNumber(b) === 0) throw new CommandError(16610, "can't $mod by zero");
    return remainder(a, b);
  }),
  $abs: number(28765, abs),
  $ceil: number(28765, (value) => rounded(value, 0, 'up')),
  $floor: number(28765, (value) => rounded(value, 0, 'down')),
  $round: toPlaces('even'),
  $trunc: toPlaces('zero'),
  $pow: onValues(2, pow),
  $sqrt: real((value) => {
    if (value < 0) throw new CommandError(28714, "$sqrt's argument must be greater than or equal to 0");
    return Math.sqrt(value);
  }),
  $exp: real(Math.exp),
  $ln: real((value) => {
    if (value <= 0) throw new CommandError(28766, `$ln's argument must be a positive number, but is ${value}`);
    return Math.log(value);
  }),
  $log: onValues(2, logarithm),
  $log10: real((value) => {
    if (value <= 0) throw new CommandError(28761, `$log10's argument must be a positive number, but is ${value}`);
    return Math.log10(value);
  }),
  $sin: real(Math.sin),
  $cos: real(Math.cos),
  $tan: real(Math.tan),
  $asin: inRange(-1, 1, Math.asin),
  $acos: inRange(-1, 1, Math.acos),
  $atan: real(Math.atan),
  $atan2: onValues(2, ([y, x], name) => {
    if (isNil(x) || isNil(y)) return null;
    bothNumbers(name, y, x);
    return asDouble(Math.atan2(toNumber(y) ?? 0, toNumber(x) ?? 0));
  }),
  $sinh: real(Math.sinh),
  $cosh: real(Math.cosh),
  $tanh: real(Math.tanh),
  $asinh: real(Math.asinh),
  $acosh: inRange(1, Number.POSITIVE_INFINITY, Math.acosh),
  $atanh: inRange(-1, 1, Math.atanh),
  $degreesToRadians: real((value) => (value * Math.PI) / 180),
  $radiansToDegrees: real((value) => (value * 180) / Math.PI),
  $bitAnd: bits(-1n, (a, b) => a & b),
  $bitOr: bits(0n, (a, b) => a | b),
  $bitXor: bits(0n, (a, b) => a ^ b),
  $bitNot: unlessNull((value, name) => {
    if (value instanceof Long) return Long.fromBigInt(~value.toBigInt());
    if (typeof value !== 'number' || !isInt32(value))
      throw typeMismatch(`${name} only supports int and long, not: ${typeName(value)}.`);
    return ~value;
  }),
  $rand: () => () => asDouble(Math.random()),
};
