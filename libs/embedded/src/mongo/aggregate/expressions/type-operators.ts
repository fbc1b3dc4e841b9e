import { Binary, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { badValue, CommandError, failedToParse } from '../../errors.js';
import { isRegex } from '../../query/regex.js';
import { toDecimal } from '../../values/decimals.js';
import { asDouble, isInt32, toNumber, truthy, typeName } from '../../values/document.js';
import { fitsLong, isNumeric, kindOf } from '../../values/numbers.js';
import { shown } from '../../values/shown.js';
import { parseDate } from './date-text.js';
import {
  compiledFields,
  isNil,
  namedOperands,
  onValue,
  type Operator,
  type Operators,
  unlessNull,
  valuesOf,
} from './expression.js';

type Target = 'double' | 'string' | 'objectId' | 'bool' | 'date' | 'int' | 'long' | 'decimal' | 'binData';
const targets: Readonly<Record<string, Target>> = {
  1: 'double', 2: 'string', 5: 'binData', 7: 'objectId', 8: 'bool', 9: 'date', 16: 'int', 18: 'long', 19: 'decimal',
  double: 'double', string: 'string', objectId: 'objectId', bool: 'bool', date: 'date', int: 'int', long: 'long', decimal: 'decimal',
}; // prettier-ignore

const failed = (message: string) => new CommandError(241, `${message} in $convert with no onError value`);
const unsupported = (value: unknown, to: string) => failed(`Unsupported conversion from ${typeName(value)} to ${to}`);
const unreadable = (value: unknown) => failed(`Failed to parse number '${String(value)}'`);

/** A double as C's `%.16g` writes it. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponent = '0'] = value.toExponential(15).split('e');
  const power = Number(exponent);
  if (power >= -5 && power < 16) return power < -4 ? short(digits, power) : String(Number(value.toPrecision(16)));
  return short(digits, power);
}
const short = (digits: string, power: number) => {
  const mantissa = digits.replace(/\.?0+$/, '');
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};

/** A value as text, as `$toString` writes it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (kindOf(value) === 'double') return doubleText(toNumber(value) ?? 0);
  if (isNumeric(value)) return String(value);
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toString();
  throw unsupported(value, 'string');
}

function wholeOf(value: unknown, to: 'int' | 'long'): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value)) throw unreadable(value);
    return BigInt(value.replace(/^\+/, ''));
  }
  if (value instanceof Date && to === 'long') return BigInt(value.getTime());
  if (value instanceof Long && !(value instanceof Timestamp)) return value.toBigInt();
  const number = isNumeric(value) ? toNumber(value) : undefined;
  if (number === undefined) throw unsupported(value, to);
  if (!Number.isFinite(number)) throw failed(`Attempt to convert ${String(number)} value to integer type`);
  return value instanceof Decimal128 ? decimalWhole(value) : BigInt(Math.trunc(number));
}

const decimalWhole = (value: Decimal128): bigint => BigInt(Math.trunc(Number(value.toString())));
const overflow = (value: unknown) => failed(`Conversion would overflow target type: ${shown(value)}`);

function toInt(value: unknown): number {
  const result = Number(wholeOf(value, 'int'));
  if (!isInt32(result)) throw overflow(value);
  return result;
}

function toLong(value: unknown): Long {
  const result = wholeOf(value, 'long');
  if (!fitsLong(result)) throw overflow(value);
  return Long.fromBigInt(result);
}

const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function toDouble(value: unknown): unknown {
  if (typeof value === 'boolean') return asDouble(value ? 1 : 0);
  if (typeof value === 'string') {
    const named = /^([+-]?)(inf|infinity|nan)$/i.exec(value);
    if (named) return named[2]?.toLowerCase() === 'nan' ? Number.NaN : Number(`${named[1] ?? ''}Infinity`);
    if (!decimalNumber.test(value)) throw unreadable(value);
    return asDouble(Number(value));
  }
  if (value instanceof Date) return asDouble(value.getTime());
  const number = toNumber(value);
  if (number === undefined) throw unsupported(value, 'double');
  return value instanceof Double ? value : asDouble(number);
}

function toDecimalValue(value: unknown): Decimal128 {
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof Date) return Decimal128.fromString(String(value.getTime()));
  if (typeof value === 'string') {
    if (!decimalNumber.test(value) && !/^[+-]?(inf|infinity|nan)$/i.test(value)) throw unreadable(value);
    return Decimal128.fromStringWithRounding(value);
  }
  if (!isNumeric(value)) throw unsupported(value, 'decimal');
  return toDecimal(value);
}

function toBool(value: unknown): boolean {
  return isNumeric(value) || typeof value === 'boolean' ? truthy(value) : true;
}

function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  if (typeof value === 'string') return parseDate(value, undefined);
  const kind = kindOf(value);
  if (kind === undefined || kind === 'int') throw unsupported(value, 'date');
  return new Date(Math.trunc(toNumber(value) ?? 0));
}

function toObjectId(value: unknown): ObjectId {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') throw unsupported(value, 'objectId');
  if (!/^[0-9a-f]{24}$/i.test(value))
    throw failed(
      `Failed to parse objectId '${value}': Invalid string length for parsing to OID, expected 24 but found ${value.length}`,
    );
  return ObjectId.createFromHexString(value);
}

function toUuid(value: unknown): unknown {
  if (value instanceof Binary) return value;
  if (typeof value !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    throw failed(`Invalid UUID string: ${String(value)}`);
  return Binary.createFromHexString(value.replaceAll('-', ''), Binary.SUBTYPE_UUID).toUUID();
}

const conversions: Readonly<Record<Target, (value: unknown) => unknown>> = {
  double: toDouble,
  string: textOf,
  objectId: toObjectId,
  bool: toBool,
  date: toDate,
  int: toInt,
  long: toLong,
  decimal: toDecimalValue,
  binData: toUuid,
};

const convert: Operator = (operand, compiler, name) => {
  const spec = namedOperands(name, operand, ['onError', 'onNull'], {
    notADocument: 9,
    unknown: 9,
    missing: { input: 9, to: 9 },
  });
  const fields = compiledFields(spec, compiler);
  const { onError, onNull, ...needed } = fields;
  return (scope) => {
    const { input, to } = valuesOf(needed, scope);
    if (isNil(to)) return null;
    const target = typeof to === 'string' ? to : String(toNumber(to) ?? '');
    if (typeof to !== 'string' && toNumber(to) === undefined)
      throw failedToParse("$convert's 'to' argument must be a string or number, but is " + typeName(to));
    const wanted = Object.hasOwn(targets, target) ? targets[target] : undefined;
    if (!wanted) throw badValue(`Unknown type name: ${target}`);
    if (isNil(input)) return onNull ? onNull(scope) : null;
    try {
      return conversions[wanted](input);
    } catch (error) {
      if (onError && error instanceof CommandError && error.code === 241) return onError(scope);
      throw error;
    }
  };
};

export const typeOperators: Operators = {
  $type: onValue((value) => (isRegex(value) ? 'regex' : typeName(value))),
  $isNumber: onValue(isNumeric),
  $toString: unlessNull(textOf),
  $toInt: unlessNull(toInt),
  $toLong: unlessNull(toLong),
  $toDouble: unlessNull(toDouble),
  $toDecimal: unlessNull(toDecimalValue),
  $toBool: unlessNull(toBool),
  $toDate: unlessNull(toDate),
  $toObjectId: unlessNull(toObjectId),
  $toUUID: unlessNull(toUuid),
  $convert: convert,
};
