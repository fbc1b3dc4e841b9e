import { Binary, Decimal128, Long, ObjectId } from 'bson';
import { evalExpr } from 'mingo/core';
import { $first, $last } from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.js';
import { scoreOf } from '../query/projection.js';
import { isRegex } from '../query/regex.js';
import { sorted, sortFields } from '../query/sort.js';
import { type Doc, encode, isDoc, toNumber, typeName } from '../values/document.js';
import { compare, equal } from '../values/order.js';
import { shown } from '../values/shown.js';
import { sortKey } from '../values/sort-key.js';
import { distinct, isNil, listOf, type Operator } from './operator.js';

/*
 * mingo computes; what it decides differently from MongoDB (order and equality of BSON values, types that it does not
 * know, null operands) is replaced here.
 */

const comparison =
  (decide: (order: number) => unknown): Operator =>
  (doc, expression, options) => {
    const [a, b] = listOf(doc, expression, options);
    return decide(compare(a, b));
  };

/** `$toX: value` on one value that is null for null. */
const single =
  (convert: (value: unknown) => unknown): Operator =>
  (doc, expression, options) => {
    const value = evalExpr(
      doc,
      Array.isArray(expression) && expression.length === 1 ? expression[0] : expression,
      options,
    );
    return isNil(value) ? null : convert(value);
  };

const arrays = (name: string, values: readonly unknown[]): unknown[][] | null => {
  if (values.some(isNil)) return null;
  return values.map((value) => {
    if (!Array.isArray(value))
      throw new CommandError(
        17043,
        `All operands of ${name} must be arrays. One argument is of type: ${typeName(value)}`,
      );
    return value as unknown[];
  });
};

const sets =
  (name: string, combine: (arrays: unknown[][]) => unknown): Operator =>
  (doc, expression, options) => {
    const given = arrays(name, listOf(doc, expression, options));
    return given === null ? null : combine(given);
  };

const keysOf = (values: readonly unknown[]) => new Set(values.map((value) => sortKey(value)));

function toObjectId(value: unknown): ObjectId {
  if (value instanceof ObjectId) return value;
  if (typeof value === 'string' && ObjectId.isValid(value) && value.length === 24)
    return ObjectId.createFromHexString(value);
  throw new CommandError(241, `Failed to parse objectId '${shown(value)}' in $convert with no onError value`);
}

function toLong(value: unknown): unknown {
  const number =
    typeof value === 'string' && /^[+-]?\d+$/.test(value)
      ? Number(value)
      : typeof value === 'boolean'
        ? Number(value)
        : value instanceof Date
          ? value.getTime()
          : toNumber(value);
  if (value instanceof Long) return value;
  if (number === undefined || !Number.isFinite(number))
    throw new CommandError(241, `Failed to parse number '${shown(value)}' in $convert with no onError value`);
  return Math.trunc(number);
}

function asText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (Array.isArray(value) || isDoc(value))
    throw new CommandError(
      241,
      `Unsupported conversion from ${typeName(value)} to string in $convert with no onError value`,
    );
  return String(value);
}

/** Null for a null operand, which some of mingo's functions refuse. */
const nullable =
  (operator: Operator): Operator =>
  (doc, expression, options) => {
    const values = listOf(doc, expression, options);
    return values.some(isNil) ? null : operator(doc, Array.isArray(expression) ? values : values[0], options);
  };

const arithmetic: Record<`$${string}`, Operator> = {
  $add: nullable(expressions.$add as Operator),
  $subtract: nullable(expressions.$subtract as Operator),
  $multiply: nullable(expressions.$multiply as Operator),
  $divide: nullable(expressions.$divide as Operator),
  $mod: nullable(expressions.$mod as Operator),
  $pow: nullable(expressions.$pow as Operator),
  $round: nullable(expressions.$round as Operator),
  $trunc: nullable(expressions.$trunc as Operator),
  $log: nullable(expressions.$log as Operator),
  $abs: nullable(expressions.$abs as Operator),
  $ceil: nullable(expressions.$ceil as Operator),
  $floor: nullable(expressions.$floor as Operator),
  $exp: nullable(expressions.$exp as Operator),
  $ln: nullable(expressions.$ln as Operator),
  $log10: nullable(expressions.$log10 as Operator),
  $sqrt: nullable(expressions.$sqrt as Operator),
};

/** The first or last element of an array; for a group of documents the accumulator of the same name. */
const atEnd =
  (name: '$first' | '$last'): Operator =>
  (doc, expression, options) => {
    if (Array.isArray(doc)) return (name === '$first' ? $first : $last)(doc, expression, options);
    const list = evalExpr(
      doc,
      Array.isArray(expression) && expression.length === 1 ? expression[0] : expression,
      options,
    );
    if (isNil(list)) return null;
    if (!Array.isArray(list))
      throw new CommandError(28689, `${name}'s argument must be an array, but is ${typeName(list)}`);
    return list.at(name === '$first' ? 0 : -1);
  };

function indexOfText(values: readonly unknown[]): number | null {
  const [text, part, from, to] = values;
  if (isNil(text)) return null;
  if (typeof text !== 'string' || typeof part !== 'string')
    throw new CommandError(40093, `$indexOfCP requires a string as the first argument, found: ${typeName(text)}`);
  const points = Array.from(text);
  const wanted = Array.from(part);
  const last = Math.min(points.length, toNumber(to) ?? points.length) - wanted.length;
  for (let at = toNumber(from) ?? 0; at <= last; at++)
    if (wanted.every((point, i) => points[at + i] === point)) return at;
  return -1;
}

function zip(doc: unknown, expression: unknown, options: Options): unknown {
  const spec = evalExpr(doc, expression, options);
  if (!isDoc(spec) || !Array.isArray(spec['inputs'])) throw new CommandError(34461, '$zip requires inputs');
  const inputs = arrays('$zip', spec['inputs']);
  if (inputs === null) return null;
  const lengths = inputs.map((input) => input.length);
  const length = spec['useLongestLength'] === true ? Math.max(...lengths) : Math.min(...lengths);
  const defaults: unknown[] = Array.isArray(spec['defaults']) ? spec['defaults'] : [];
  return Array.from({ length }, (_, at) => inputs.map((input, i) => input[at] ?? defaults[i] ?? null));
}

export const ownExpressions: Record<`$${string}`, Operator> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $first: atEnd('$first'),
  $last: atEnd('$last'),
  $zip: zip,
  $indexOfCP: (doc, expression, options) => indexOfText(listOf(doc, expression, options)),
  $dateToParts: (doc, expression, options) => {
    const parts = expressions.$dateToParts(doc as Doc, expression, options);
    if (!isDoc(parts)) return parts;
    const names = [
      'year',
      'month',
      'day',
      'isoWeekYear',
      'isoWeek',
      'isoDayOfWeek',
      'hour',
      'minute',
      'second',
      'millisecond',
    ];
    return Object.fromEntries(names.filter((name) => name in parts).map((name) => [name, parts[name]]));
  },
  ...arithmetic,
  $cmp: comparison((order) => Math.sign(order)),
  $in: (doc, expression, options) => {
    const [value, list] = listOf(doc, expression, options);
    if (!Array.isArray(list))
      throw new CommandError(40081, `$in requires an array as a second argument, found: ${typeName(list)}`);
    return list.some((item: unknown) => equal(item, value));
  },
  $setUnion: sets('$setUnion', (given) => distinct(given.flat())),
  $setIntersection: sets('$setIntersection', ([first = [], ...rest]) => {
    const others = rest.map(keysOf);
    return distinct(first).filter((value) => others.every((keys) => keys.has(sortKey(value))));
  }),
  $setDifference: sets('$setDifference', ([first = [], second = []]) => {
    const gone = keysOf(second);
    return distinct(first).filter((value) => !gone.has(sortKey(value)));
  }),
  $setIsSubset: sets('$setIsSubset', ([first = [], second = []]) => {
    const all = keysOf(second);
    return first.every((value) => all.has(sortKey(value)));
  }),
  $setEquals: sets('$setEquals', ([first = [], ...rest]) => {
    const wanted = keysOf(first);
    return rest.every((other) => {
      const keys = keysOf(other);
      return keys.size === wanted.size && [...keys].every((key) => wanted.has(key));
    });
  }),
  $sortArray: (doc, expression, options) => {
    const spec = evalExpr(doc, expression, options);
    if (!isDoc(spec) || isNil(spec['input'])) return null;
    const { input, sortBy } = spec;
    if (!Array.isArray(input))
      throw new CommandError(
        2942504,
        `The input argument to $sortArray must be an array, but was of type: ${typeName(input)}`,
      );
    if (isDoc(sortBy)) return sorted(input as unknown[], (item) => (isDoc(item) ? item : {}), sortFields(sortBy));
    const direction = toNumber(sortBy) ?? 1;
    return (input as unknown[]).toSorted((a, b) => direction * compare(a, b));
  },
  $indexOfArray: (doc, expression, options) => {
    const [list, value, from = 0, to] = listOf(doc, expression, options);
    if (isNil(list)) return null;
    if (!Array.isArray(list))
      throw new CommandError(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(list)}`);
    const end = Math.min(list.length, toNumber(to) ?? list.length);
    for (let i = toNumber(from) ?? 0; i < end; i++) if (equal(list[i], value)) return i;
    return -1;
  },
  $type: (doc, expression, options) => {
    const value = evalExpr(doc, expression, options);
    return isRegex(value) ? 'regex' : typeName(value);
  },
  $isNumber: (doc, expression, options) => toNumber(evalExpr(doc, expression, options)) !== undefined,
  $toObjectId: single(toObjectId),
  $toString: single(asText),
  $toLong: single(toLong),
  $toDecimal: single((value) =>
    value instanceof Decimal128
      ? value
      : Decimal128.fromString(typeof value === 'string' ? value : String(toNumber(value) ?? Number(value))),
  ),
  $toUUID: single((value) =>
    value instanceof Binary ? value : Binary.createFromHexString(String(value).replaceAll('-', ''), 4),
  ),
  $binarySize: single((value) => (value instanceof Binary ? value.position : Buffer.byteLength(String(value)))),
  $bsonSize: single((value) => (isDoc(value) ? encode(value).length : null)),
  $meta: (doc, expression, options) => {
    if (expression !== 'textScore')
      throw new CommandError(17308, `Unsupported argument to $meta: ${shown(expression)}`);
    const root = 'local' in options && isDoc(options.local) ? options.local['root'] : doc;
    return isDoc(root) ? scoreOf(root) : isDoc(doc) ? scoreOf(doc) : undefined;
  },
};
