import { Context, evalExpr } from 'mingo/core';
import { Aggregator } from 'mingo/aggregator';
import type { Iterator } from 'mingo/lazy';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as pipelineStages from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import type { Options } from 'mingo/types';
import { Binary, Decimal128, Long, ObjectId } from 'bson';
import { CommandError } from '../errors.js';
import { sorted, sortFields } from '../query/sort.js';
import { type Doc, encode, isDoc, toNumber, typeName } from '../values/document.js';
import { compare, equal } from '../values/order.js';
import { scoreOf } from '../query/projection.js';
import { isRegex } from '../query/regex.js';
import { sortKey } from '../values/sort-key.js';
import { plainDoc, plainExpression } from './plain.js';
import { givenOptions, stages } from './stages.js';

/*
 * mingo computes; what it decides differently from MongoDB (order and equality of BSON values, types that it does not
 * know) is replaced here.
 */

type Operator = (doc: unknown, expression: unknown, options: Options) => unknown;

const isNil = (value: unknown) => value === null || value === undefined;

const listOf = (doc: unknown, expression: unknown, options: Options): unknown[] => {
  const value = evalExpr(doc, expression, options);
  return Array.isArray(value) ? value : [value];
};

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

function distinct(values: readonly unknown[]): unknown[] {
  const seen = new Map<string, unknown>();
  for (const value of values) {
    const key = sortKey(value);
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}

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
  throw new CommandError(241, `Failed to parse objectId '${String(value)}' in $convert with no onError value`);
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
    throw new CommandError(241, `Failed to parse number '${String(value)}' in $convert with no onError value`);
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

const arithmetic = [
  '$add',
  '$subtract',
  '$multiply',
  '$divide',
  '$mod',
  '$pow',
  '$round',
  '$trunc',
  '$log',
  '$abs',
  '$ceil',
  '$floor',
  '$exp',
  '$ln',
  '$log10',
  '$sqrt',
] as const;

/** Null for a null operand, which some of mingo's functions refuse. */
const nullable =
  (operator: Operator): Operator =>
  (doc, expression, options) => {
    const values = listOf(doc, expression, options);
    return values.some(isNil) ? null : operator(doc, Array.isArray(expression) ? values : values[0], options);
  };

/** The first or last element of an array; for a group of documents the accumulator of the same name. */
const end =
  (name: '$first' | '$last'): Operator =>
  (doc, expression, options) => {
    if (Array.isArray(doc)) return accumulators[name](doc, expression, options);
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

const own: Record<`$${string}`, Operator> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $first: end('$first'),
  $last: end('$last'),
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
  ...Object.fromEntries(arithmetic.map((name) => [name, nullable(expressions[name] as Operator)])),
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
      throw new CommandError(17308, `Unsupported argument to $meta: ${String(expression)}`);
    const root = 'local' in options && isDoc(options.local) ? options.local['root'] : doc;
    return isDoc(root) ? scoreOf(root) : isDoc(doc) ? scoreOf(doc) : undefined;
  },
};

const accumulator =
  (gather: (values: unknown[]) => unknown): Operator =>
  (docs, expression, options) => {
    const members = Array.isArray(docs) ? (docs as unknown[]) : [docs];
    const each = prepared(givenOptions(options));
    return gather(isNil(expression) ? members : members.map((doc) => evalExpr(doc, expression, each)));
  };
const extreme = (sign: 1 | -1) =>
  accumulator((values) => {
    const flat = values.filter((value) => !isNil(value));
    if (flat.length === 0) return null;
    return flat.reduce((best, value) => (sign * compare(value, best) > 0 ? value : best));
  });

/** `$top` and `$bottom`: the output of the first or last document in an order. */
const outermost =
  (at: 0 | -1): Operator =>
  (docs, expression, options) => {
    if (!isDoc(expression) || !isDoc(expression['sortBy'])) throw new CommandError(5788005, 'sortBy is required');
    const { sortBy, output } = expression;
    const doc = sorted(Array.isArray(docs) ? docs.filter(isDoc) : [], (item) => item, sortFields(sortBy)).at(at);
    return evalExpr(doc, output, prepared(givenOptions(options)));
  };

const ownAccumulators: Record<`$${string}`, Operator> = {
  $top: outermost(0),
  $bottom: outermost(-1),
  $max: extreme(1),
  $min: extreme(-1),
  $push: accumulator((values) => values.filter((value) => value !== undefined)),
  $addToSet: accumulator((values) => distinct(values.filter((value) => value !== undefined))),
};

/** mingo makes its working options (a costly copy of all operators) only for stages: this one lets us keep them. */
const keepOptions = '$lyceumKeepOptions';
const kept = new WeakMap<object, Options>();

function prepared(options: Partial<Options>): Options {
  let ready = kept.get(options);
  if (!ready) {
    let seen: Options | undefined;
    const capture = (docs: Iterator, _: unknown, working: Options) => {
      seen = working;
      return docs;
    };
    const only = Context.init({ pipeline: { [keepOptions]: capture } });
    new Aggregator([{ [keepOptions]: {} }], {
      ...options,
      context: Context.from(options.context ?? context, only),
    }).run([]);
    if (!seen) throw new CommandError(1, 'the expression engine did not start');
    ready = seen;
    kept.set(options, ready);
  }
  return ready;
}

const context = Context.init({
  accumulator: { ...accumulators, ...ownAccumulators },
  expression: { ...expressions, ...own },
  pipeline: { ...pipelineStages, ...stages },
  projection: { ...projections },
  query: { ...queries },
  window: { ...windows },
});

export interface Variables {
  readonly let?: Doc | undefined;
  readonly now: Date;
}

/** mingo's options for one command. */
export function optionsFor(variables: Variables, more: Partial<Options> = {}): Partial<Options> {
  return {
    context,
    // mingo's own window stage needs it; BSON cannot carry a JavaScript function, so nobody else can use it
    scriptEnabled: true,
    variables: { ...(variables.let ? plainDoc(variables.let) : {}), NOW: variables.now },
    ...more,
  };
}

/** An evaluator of expressions on stored documents, for `$expr`, projections and pipeline updates. */
export function evaluator(variables: Variables): (expression: unknown, doc: Doc) => unknown {
  const options = prepared(optionsFor(variables));
  const expressionsReady = new Map<unknown, unknown>();
  const plains = new WeakMap<Doc, Doc>();
  return (expression, doc) => {
    let ready = expressionsReady.get(expression);
    if (ready === undefined) expressionsReady.set(expression, (ready = plainExpression(expression)));
    let root = plains.get(doc);
    if (!root) plains.set(doc, (root = plainDoc(doc)));
    return evalExpr(root, ready, options);
  };
}
