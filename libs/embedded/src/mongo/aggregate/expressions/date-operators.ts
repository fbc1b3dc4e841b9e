import { Long, ObjectId, Timestamp } from 'bson';
import { CommandError } from '../../errors.js';
import { type Doc, isDoc, toNumber, typeName } from '../../values/document.js';
import {
  dayMs,
  dayOfYear,
  isoWeek,
  isoWeekday,
  isoYearStart,
  localOf,
  momentOf,
  utcOf,
  wallOf,
  weekday,
  weekOfYear,
} from './calendar.js';
import { addUnits, differenceIn, startOfWeek, truncateTo, unitOf } from './date-arithmetic.js';
import { parseDate, parseDateBy, refuseFormat, writeDate } from './date-text.js';
import {
  compiledFields,
  type Expression,
  isNil,
  namedOperands,
  type Operator,
  type Operators,
  type Scope,
  valuesOf,
} from './expression.js';

function dateOf(value: unknown, code = 16006): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  throw new CommandError(code, `can't convert from BSON type ${typeName(value)} to Date`);
}

function zoneOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string')
    throw new CommandError(40517, `timezone must evaluate to a string, found ${typeName(value)}`);
  return value;
}

/** `{ $year: date }` and `{ $year: { date, timezone } }`. */
const part =
  (read: (local: number) => unknown): Operator =>
  (operand, compiler, name) => {
    const long = isDoc(operand) && ('date' in operand || 'timezone' in operand);
    const named = long
      ? namedOperands(name, operand, ['timezone'], { notADocument: 40535, unknown: 40535, missing: { date: 40539 } })
      : { date: Array.isArray(operand) && operand.length === 1 ? (operand[0] as unknown) : operand };
    if (Array.isArray(operand) && operand.length !== 1)
      throw new CommandError(
        40536,
        `${name} accepts exactly one argument if given an array, but was given ${operand.length}`,
      );
    const fields = compiledFields(named, compiler);
    return (scope) => {
      const { date, timezone } = valuesOf(fields, scope);
      if (isNil(date) || ('timezone' in fields && isNil(timezone))) return null;
      return read(localOf(dateOf(date).getTime(), zoneOf(timezone)));
    };
  };

/** The compiled arguments; null as soon as one that must not be is. */
const byName =
  (
    optional: readonly string[],
    refusals: Parameters<typeof namedOperands>[3],
    work: (values: Doc, fields: Readonly<Record<string, Expression>>, scope: Scope) => unknown,
    check: (spec: Doc) => void = () => undefined,
  ): Operator =>
  (operand, compiler, name) => {
    const spec = namedOperands(name, operand, optional, refusals);
    check(spec);
    const fields = compiledFields(spec, compiler);
    const { onNull: _, onError: __, ...eager } = fields;
    return (scope) => work(valuesOf(eager, scope), fields, scope);
  };

function formatOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new CommandError(18533, `$dateToString requires that 'format' be a string, found: ${typeName(value)}`);
}

const nilZone = (values: Doc, fields: object) => 'timezone' in fields && isNil(values['timezone']);

const dateToString = byName(
  ['format', 'timezone', 'onNull'],
  { notADocument: 18629, unknown: 18534, missing: { date: 18628 } },
  (values, fields, scope) => {
    const { date, format, timezone } = values;
    if (isNil(date)) return fields['onNull'] ? fields['onNull'](scope) : null;
    if (nilZone(values, fields) || ('format' in fields && isNil(format))) return null;
    return writeDate(dateOf(date), formatOf(format), zoneOf(timezone));
  },
  ({ format }) => {
    if (typeof format === 'string' && !format.startsWith('$')) refuseFormat(format);
  },
);

const dateFromString = byName(
  ['format', 'timezone', 'onNull', 'onError'],
  { notADocument: 40540, unknown: 40541, missing: { dateString: 40542 } },
  (values, fields, scope) => {
    const { dateString, format, timezone } = values;
    if (isNil(dateString)) return fields['onNull'] ? fields['onNull'](scope) : null;
    if (nilZone(values, fields)) return null;
    try {
      if (typeof dateString !== 'string')
        throw new CommandError(
          241,
          `$dateFromString requires that 'dateString' be a string, found: ${typeName(dateString)}`,
        );
      const zone = zoneOf(timezone);
      return typeof format === 'string' ? parseDateBy(dateString, format, zone) : parseDate(dateString, zone);
    } catch (error) {
      if (fields['onError'] && error instanceof CommandError && error.code === 241) return fields['onError'](scope);
      throw error;
    }
  },
);

const partNames = [
  'year',
  'month',
  'day',
  'hour',
  'minute',
  'second',
  'millisecond',
  'isoWeekYear',
  'isoWeek',
  'isoDayOfWeek',
];

const dateFromParts = byName(
  [...partNames, 'timezone'],
  { notADocument: 40519, unknown: 40518, missing: {} },
  (values, fields) => {
    if (Object.keys(fields).some((name) => isNil(values[name]))) return null;
    const number = (name: string, fallback: number) => {
      if (!(name in fields)) return fallback;
      const value = toNumber(values[name]);
      if (value === undefined || !Number.isInteger(value))
        throw new CommandError(40515, `'${name}' must evaluate to an integer, found ${typeName(values[name])}`);
      return value;
    };
    const time = {
      hour: number('hour', 0),
      minute: number('minute', 0),
      second: number('second', 0),
      millisecond: number('millisecond', 0),
    };
    const zone = zoneOf(values['timezone']);
    if ('isoWeekYear' in fields) {
      const start = isoYearStart(number('isoWeekYear', 1970));
      const at = start + ((number('isoWeek', 1) - 1) * 7 + number('isoDayOfWeek', 1) - 1) * dayMs;
      return new Date(momentOf(utcOf({ ...wallOf(at), ...time }), zone));
    }
    const year = number('year', 1970);
    if (year < 1 || year > 9999)
      throw new CommandError(40523, `'year' must evaluate to an integer in the range 1 to 9999, found ${year}`);
    return new Date(momentOf(utcOf({ year, month: number('month', 1), day: number('day', 1), ...time }), zone));
  },
  (spec) => {
    if (!('year' in spec) && !('isoWeekYear' in spec))
      throw new CommandError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
    if ('year' in spec && 'isoWeekYear' in spec)
      throw new CommandError(40489, '$dateFromParts does not allow mixing natural dates with ISO dates');
  },
);

const dateToParts = byName(
  ['timezone', 'iso8601'],
  { notADocument: 40524, unknown: 40520, missing: { date: 40522 } },
  (values, fields) => {
    const { date, timezone, iso8601 } = values;
    if (isNil(date) || nilZone(values, fields)) return null;
    if ('iso8601' in fields && isNil(iso8601)) return null;
    const local = localOf(dateOf(date).getTime(), zoneOf(timezone));
    const { hour, minute, second, millisecond, year, month, day } = wallOf(local);
    const time = { hour, minute, second, millisecond };
    if (iso8601 !== true) return { year, month, day, ...time };
    const week = isoWeek(local);
    return { isoWeekYear: week.year, isoWeek: week.week, isoDayOfWeek: isoWeekday(local), ...time };
  },
);

const shifting = (sign: 1 | -1): Operator =>
  byName(
    ['timezone'],
    { notADocument: 5166400, unknown: 5166401, missing: { startDate: 5166402, unit: 5166402, amount: 5166402 } },
    (values, fields) => {
      const { startDate, unit, amount, timezone } = values;
      if (isNil(startDate) || isNil(unit) || isNil(amount) || nilZone(values, fields)) return null;
      const by = toNumber(amount);
      if (by === undefined || !Number.isInteger(by))
        throw new CommandError(5166405, 'expects integer amount of time units');
      return addUnits(dateOf(startDate, 5166403), unitOf(unit), sign * by, zoneOf(timezone));
    },
  );

const dateDiff = byName(
  ['timezone', 'startOfWeek'],
  { notADocument: 5166301, unknown: 5166302, missing: { startDate: 5166303, endDate: 5166304, unit: 5166305 } },
  (values, fields) => {
    const { startDate, endDate, unit, timezone, startOfWeek: first } = values;
    if (isNil(startDate) || isNil(endDate) || isNil(unit) || nilZone(values, fields)) return null;
    const start = first === undefined ? 0 : startOfWeek(first);
    const [from, to] = [dateOf(startDate, 5166307), dateOf(endDate, 5166307)];
    return Long.fromNumber(differenceIn(from, to, unitOf(unit), zoneOf(timezone), start));
  },
);

const dateTrunc = byName(
  ['binSize', 'timezone', 'startOfWeek'],
  { notADocument: 5439007, unknown: 5439008, missing: { date: 5439009, unit: 5439010 } },
  (values, fields) => {
    const { date, unit, binSize = 1, timezone, startOfWeek: first } = values;
    if (isNil(date) || isNil(unit) || isNil(binSize) || nilZone(values, fields)) return null;
    const size = toNumber(binSize);
    if (size === undefined || !Number.isInteger(size))
      throw new CommandError(5439017, "$dateTrunc requires 'binSize' to be a 64-bit integer");
    if (size <= 0) throw new CommandError(5439018, "$dateTrunc requires 'binSize' to be greater than 0");
    const start = first === undefined ? 0 : startOfWeek(first);
    return truncateTo(dateOf(date, 5439012), unitOf(unit), size, zoneOf(timezone), start);
  },
);

export const dateOperators: Operators = {
  $year: part((local) => wallOf(local).year),
  $month: part((local) => wallOf(local).month),
  $dayOfMonth: part((local) => wallOf(local).day),
  $hour: part((local) => wallOf(local).hour),
  $minute: part((local) => wallOf(local).minute),
  $second: part((local) => wallOf(local).second),
  $millisecond: part((local) => wallOf(local).millisecond),
  $dayOfYear: part(dayOfYear),
  $dayOfWeek: part((local) => weekday(local) + 1),
  $isoDayOfWeek: part(isoWeekday),
  $week: part(weekOfYear),
  $isoWeek: part((local) => isoWeek(local).week),
  $isoWeekYear: part((local) => Long.fromNumber(isoWeek(local).year)),
  $dateToString: dateToString,
  $dateFromString: dateFromString,
  $dateFromParts: dateFromParts,
  $dateToParts: dateToParts,
  $dateAdd: shifting(1),
  $dateSubtract: shifting(-1),
  $dateDiff: dateDiff,
  $dateTrunc: dateTrunc,
};
