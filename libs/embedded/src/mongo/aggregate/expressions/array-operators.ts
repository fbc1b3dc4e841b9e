import { CommandError } from '../../errors.js';
import { sorted, sortFields } from '../../query/sort.js';
import { isDoc, setField, toNumber, truthy, typeName } from '../../values/document.js';
import { compare, equal } from '../../values/order.js';
import {
  compiledFields,
  type Expression,
  isNil,
  namedOperands,
  onAll,
  onValue,
  onValues,
  type Operator,
  type Operators,
  type Scope,
  unlessNull,
  within,
} from './expression.js';
import { refuseVariable } from './logic-operators.js';

function arrayOf(value: unknown, code: number, message: (type: string) => string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new CommandError(code, message(typeName(value)));
}

function integerOf(value: unknown, code: number, message: string): number {
  const number = toNumber(value);
  if (number === undefined) throw new CommandError(code, message);
  if (!Number.isInteger(number)) throw new CommandError(code + 1, message);
  return number;
}

const atEnd = (at: 0 | -1): Operator =>
  unlessNull((value, name) => {
    const list = arrayOf(value, 28689, (type) => `${name}'s argument must be an array, but is ${type}`);
    return list.at(at);
  });

/** `$map`, `$filter`: the input's elements under a name. */
function eachElement(operand: Readonly<Record<string, unknown>>): string {
  const { as } = operand;
  if (as === undefined) return 'this';
  if (typeof as !== 'string') throw new CommandError(9, `'as' must be a variable's name, but is ${typeName(as)}`);
  refuseVariable(as);
  return as;
}

const map: Operator = (operand, compiler, name) => {
  const parts = namedOperands(name, operand, ['as'], {
    notADocument: 16878,
    unknown: 16879,
    missing: { input: 16880, in: 16882 },
  });
  const as = eachElement(parts);
  const input = compiler.compile(parts['input']);
  const inner = compiler.with([as]).compile(parts['in']);
  return (scope) => {
    const value = input(scope);
    if (isNil(value)) return null;
    const list = arrayOf(value, 16883, (type) => `input to $map must be an array not ${type}`);
    return list.map((item) => inner(within(scope, { [as]: item })) ?? null);
  };
};

const filter: Operator = (operand, compiler, name) => {
  const parts = namedOperands(name, operand, ['as', 'limit'], {
    notADocument: 28646,
    unknown: 28647,
    missing: { input: 28648, cond: 28650 },
  });
  const as = eachElement(parts);
  const input = compiler.compile(parts['input']);
  const limit = 'limit' in parts ? compiler.compile(parts['limit']) : undefined;
  const wanted = compiler.with([as]).compile(parts['cond']);
  return (scope) => {
    const value = input(scope);
    if (isNil(value)) return null;
    const list = arrayOf(value, 28651, (type) => `input to $filter must be an array not ${type}`);
    const most = limit?.(scope);
    const count = isNil(most) ? Number.POSITIVE_INFINITY : integerOf(most, 327391, '$filter: limit must be an integer');
    if (count <= 0) throw new CommandError(327392, '$filter: limit must be greater than 0');
    const result: unknown[] = [];
    for (const item of list) {
      if (result.length >= count) break;
      if (truthy(wanted(within(scope, { [as]: item })))) result.push(item);
    }
    return result;
  };
};

const reduce: Operator = (operand, compiler, name) => {
  const parts = namedOperands(name, operand, [], {
    notADocument: 40075,
    unknown: 40076,
    missing: { input: 40077, initialValue: 40078, in: 40079 },
  });
  const input = compiler.compile(parts['input']);
  const initial = compiler.compile(parts['initialValue']);
  const inner = compiler.with(['this', 'value']).compile(parts['in']);
  return (scope) => {
    const list = input(scope);
    if (isNil(list)) return null;
    let value = initial(scope);
    for (const item of arrayOf(list, 40080, (type) => `input to $reduce must be an array, not ${type}`))
      value = inner(within(scope, { this: item, value }));
    return value;
  };
};

function slice(values: readonly unknown[]): unknown {
  if (values.some(isNil)) return null;
  const [value, ...numbers] = values;
  const list = arrayOf(value, 28724, (type) => `First argument to $slice must be an array, but is of type: ${type}`);
  const [first = 0, count] = numbers.map((number, i) =>
    integerOf(number, i === 0 ? 28725 : 28727, `Argument to $slice must be a 32-bit integer: ${typeName(number)}`),
  );
  if (count === undefined) return first >= 0 ? list.slice(0, first) : list.slice(first);
  if (count <= 0) throw new CommandError(28729, `Third argument to $slice must be positive: ${count}`);
  const from = first >= 0 ? first : Math.max(0, list.length + first);
  return list.slice(from, from + count);
}

function range([start, end, step = 1]: readonly unknown[]): unknown[] {
  const from = integerOf(
    start,
    34443,
    `$range requires a numeric starting value, found value of type: ${typeName(start)}`,
  );
  const to = integerOf(end, 34445, `$range requires a numeric ending value, found value of type: ${typeName(end)}`);
  const by = integerOf(step, 34447, `$range requires a numeric step value, found value of type: ${typeName(step)}`);
  if (by === 0) throw new CommandError(34449, '$range requires a non-zero step value');
  const result: number[] = [];
  for (let value = from; by > 0 ? value < to : value > to; value += by) result.push(value);
  return result;
}

function indexOf([list, value, from, to]: readonly unknown[]): unknown {
  if (isNil(list)) return null;
  const items = arrayOf(list, 40090, (type) => `$indexOfArray requires an array as a first argument, found: ${type}`);
  const bound = (given: unknown, fallback: number) => {
    if (given === undefined) return fallback;
    const number = integerOf(given, 40096, `$indexOfArray requires an integral index, found: ${typeName(given)}`);
    if (number < 0) throw new CommandError(40097, '$indexOfArray requires a nonnegative index');
    return number;
  };
  const end = Math.min(items.length, bound(to, items.length));
  for (let i = bound(from, 0); i < end; i++) if (equal(items[i], value)) return i;
  return -1;
}

const zip: Operator = (operand, compiler) => {
  const spec = namedOperands('$zip', operand, ['useLongestLength', 'defaults'], {
    notADocument: 34460,
    unknown: 34464,
    missing: { inputs: 34465 },
  });
  const { inputs, useLongestLength: longest = false, defaults } = spec;
  if (!Array.isArray(inputs)) throw new CommandError(34461, 'inputs must be an array of expressions');
  if (typeof longest !== 'boolean') throw new CommandError(34463, 'useLongestLength must be a bool');
  if (defaults !== undefined && !Array.isArray(defaults)) throw new CommandError(34462, 'defaults must be an array');
  if (defaults !== undefined && !longest)
    throw new CommandError(34466, 'cannot specify defaults unless useLongestLength is true');
  const lists = inputs.map((input: unknown) => compiler.compile(input));
  const fillers = ((defaults as unknown[] | undefined) ?? []).map((filler) => compiler.compile(filler));
  return (scope) => {
    const values = lists.map((list) => list(scope));
    if (values.some(isNil)) return null;
    const arrays = values.map((value) =>
      arrayOf(value, 34468, (type) => `$zip found a non-array expression in input: ${type}`),
    );
    const lengths = arrays.map((list) => list.length);
    const length = longest ? Math.max(...lengths) : Math.min(...lengths);
    return Array.from({ length }, (_, at) =>
      arrays.map((list, i) => (at < list.length ? list[at] : (fillers[i]?.(scope) ?? null))),
    );
  };
};

const sortArray: Operator = (operand, compiler, name) => {
  const parts = namedOperands(name, operand, [], {
    notADocument: 2942500,
    unknown: 2942501,
    missing: { input: 2942502, sortBy: 2942503 },
  });
  const input = compiler.compile(parts['input']);
  const { sortBy } = parts;
  const fields = isDoc(sortBy) ? sortFields(sortBy) : undefined;
  const direction = fields ? 1 : (toNumber(sortBy) ?? 0);
  if (direction !== 1 && direction !== -1)
    throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
  return (scope) => {
    const value = input(scope);
    if (isNil(value)) return null;
    const list = arrayOf(
      value,
      2942504,
      (type) => `The input argument to $sortArray must be an array, but was of type: ${type}`,
    );
    if (fields) return sorted(list, (item) => (isDoc(item) ? item : {}), fields);
    return list.toSorted((a, b) => direction * compare(a, b));
  };
};

/** The first or last of an array, or the least or greatest. */
const several =
  (pick: (list: readonly unknown[], n: number) => unknown[]): Operator =>
  (operand, compiler, name) => {
    const fields = compiledFields(
      namedOperands(name, operand, [], {
        notADocument: 5787801,
        unknown: 5787901,
        missing: { n: 5787906, input: 5787907 },
      }),
      compiler,
    );
    const read = (scope: Scope, field: Expression | undefined) => field?.(scope);
    return (scope) => {
      const n = countOf(read(scope, fields['n']));
      return pick(
        arrayOf(read(scope, fields['input']), 5788200, () => 'Input must be an array'),
        n,
      );
    };
  };

/** The `n` of `$firstN` and its relatives. */
export function countOf(value: unknown): number {
  const n = toNumber(value);
  if (n === undefined || !Number.isInteger(n))
    throw new CommandError(5787902, `Value for 'n' must be of integral type, but found ${typeName(value)}`);
  if (n <= 0) throw new CommandError(5787908, `'n' must be greater than 0, found ${n}`);
  return n;
}

const present = (list: readonly unknown[]) => list.filter((value) => !isNil(value));
export const pickers = {
  $firstN: (list: readonly unknown[], n: number) => list.slice(0, n),
  $lastN: (list: readonly unknown[], n: number) => list.slice(-n),
  $maxN: (list: readonly unknown[], n: number) =>
    present(list)
      .sort((a, b) => compare(b, a))
      .slice(0, n),
  $minN: (list: readonly unknown[], n: number) => present(list).sort(compareTwo).slice(0, n),
} as const;
function compareTwo(a: unknown, b: unknown): number {
  return compare(a, b);
}

function pairs(value: unknown): unknown {
  const list = arrayOf(value, 40386, (type) => `$arrayToObject requires an array input, found: ${type}`);
  const result: Record<string, unknown> = {};
  for (const item of list) {
    if (Array.isArray(item)) {
      if (item.length !== 2) throw new CommandError(40397, '$arrayToObject requires an array of size 2 arrays');
      if (typeof item[0] !== 'string')
        throw new CommandError(
          40395,
          '$arrayToObject requires an array of key-value pairs, where the key must be of type string.',
        );
      setField(result, item[0], item[1]);
    } else if (isDoc(item)) {
      if (Object.keys(item).length !== 2 || !('k' in item) || !('v' in item))
        throw new CommandError(40392, "$arrayToObject requires an object keys of 'k' and 'v'.");
      if (typeof item['k'] !== 'string')
        throw new CommandError(
          40394,
          "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string.",
        );
      setField(result, item['k'], item['v']);
    } else throw new CommandError(40398, `Unrecognised input type format for $arrayToObject: ${typeName(item)}`);
  }
  return result;
}

export const arrayOperators: Operators = {
  $size: onValue(
    (value) =>
      arrayOf(value, 17124, (type) => `The argument to $size must be an array, but was of type: ${type}`).length,
  ),
  $isArray: onValue((value) => Array.isArray(value)),
  $arrayElemAt: onValues(2, ([value, at]) => {
    if (isNil(value) || isNil(at)) return null;
    const list = arrayOf(value, 28689, (type) => `$arrayElemAt's first argument must be an array, but is ${type}`);
    return list.at(
      integerOf(at, 28690, `$arrayElemAt's second argument must be a numeric value, but is ${typeName(at)}`),
    );
  }),
  $first: atEnd(0),
  $last: atEnd(-1),
  $firstN: several(pickers.$firstN),
  $lastN: several(pickers.$lastN),
  $maxN: several(pickers.$maxN),
  $minN: several(pickers.$minN),
  $slice: onValues(2, slice, 3),
  $concatArrays: onAll((values) =>
    values.some(isNil)
      ? null
      : values.flatMap((value) => arrayOf(value, 28664, (type) => `$concatArrays only supports arrays, not ${type}`)),
  ),
  $reverseArray: unlessNull((value) =>
    arrayOf(
      value,
      34435,
      (type) => `The argument to $reverseArray must be an array, but was of type: ${type}`,
    ).toReversed(),
  ),
  $in: onValues(2, ([value, list]) =>
    arrayOf(list, 40081, (type) => `$in requires an array as a second argument, found: ${type}`).some((item) =>
      equal(item, value),
    ),
  ),
  $indexOfArray: onValues(2, indexOf, 4),
  $range: onValues(2, range, 3),
  $map: map,
  $filter: filter,
  $reduce: reduce,
  $zip: zip,
  $sortArray: sortArray,
  $arrayToObject: unlessNull(pairs),
};
