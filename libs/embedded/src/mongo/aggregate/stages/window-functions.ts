import { CommandError, failedToParse } from '../../errors.js';
import { asDouble, isDoc, toNumber, typeName } from '../../values/document.js';
import { isNumeric } from '../../values/numbers.js';
import type { Expression } from '../expressions/expression.js';
import { unitOf } from '../expressions/date-arithmetic.js';
import { groupAccumulator, isGroupAccumulator } from '../group-accumulators.js';
import type { StageContext, Variables } from './stage.js';
import { scope } from './stage.js';
import { boundsOf, type Partition } from './window-bounds.js';

/** The value of an output field for each document of a partition. */
export type WindowFunction = (partition: Partition, variables: Variables) => unknown[];

type Maker = (
  operand: unknown,
  window: unknown,
  context: StageContext,
  name: string,
  sorted: boolean,
) => WindowFunction;

const each = ({ docs }: Partition, expression: Expression, variables: Variables) =>
  docs.map((doc) => expression(scope(doc, variables)));

const ranking =
  (next: (rank: number, place: number) => number): Maker =>
  (operand, _, __, name, sorted) => {
    if (!isDoc(operand) || Object.keys(operand).length > 0)
      throw new CommandError(5371603, `(None) ${name} must be specified with '{}' as the value`);
    if (!sorted)
      throw new CommandError(
        5371602,
        `${name} must be specified with a top level sortBy expression with exactly one element`,
      );
    return ({ docs, ties }) => {
      let rank = 0;
      return docs.map((_doc, at) => {
        if (at === 0 || name === '$documentNumber' || ties[at] !== true) rank = next(rank, at);
        return rank;
      });
    };
  };

const shift: Maker = (operand, _, { compiler }) => {
  if (!isDoc(operand)) throw failedToParse('Argument to $shift must be an object');
  const by = toNumber(operand['by']);
  if (by === undefined || !Number.isInteger(by)) throw failedToParse("$shift requires 'by' as an integer value");
  const output = compiler.compile(operand['output']);
  const fallback = 'default' in operand ? compiler.compile(operand['default']) : () => null;
  return (partition, variables) => {
    const values = each(partition, output, variables);
    return values.map((_value, at) => {
      const from = at + by;
      return from >= 0 && from < values.length ? (values[from] ?? null) : fallback({ root: {}, variables });
    });
  };
};

const lastCarried: Maker = (operand, _, { compiler }) => {
  const expression = compiler.compile(operand);
  return (partition, variables) => {
    let last: unknown = null;
    return each(partition, expression, variables).map((value) => (last = value ?? last));
  };
};

const linear: Maker = (operand, _, { compiler }) => {
  const expression = compiler.compile(operand);
  return (partition, variables) => {
    const values = each(partition, expression, variables);
    const place = partition.keys.map((key) => (key instanceof Date ? key.getTime() : (toNumber(key) ?? Number.NaN)));
    return values.map((value, at) => {
      if (value !== null && value !== undefined) return value;
      const before = values.findLastIndex((other, i) => i < at && isNumeric(other));
      const after = values.findIndex((other, i) => i > at && isNumeric(other));
      if (before === -1 || after === -1) return null;
      const [x0 = 0, x = 0, x1 = 0] = [place[before], place[at], place[after]];
      const [y0, y1] = [toNumber(values[before]) ?? 0, toNumber(values[after]) ?? 0];
      return asDouble(y0 + ((y1 - y0) * (x - x0)) / (x1 - x0));
    });
  };
};

const exponential: Maker = (operand, _, { compiler }) => {
  if (!isDoc(operand)) throw failedToParse('$expMovingAvg must have exactly one argument that is an object');
  const n = toNumber(operand['N']);
  const alpha = n === undefined ? toNumber(operand['alpha']) : 2 / (n + 1);
  if (alpha === undefined || alpha <= 0 || alpha >= 1.0000001)
    throw failedToParse(
      "$expMovingAvg sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field",
    );
  const input = compiler.compile(operand['input']);
  return (partition, variables) => {
    let average: number | undefined;
    return each(partition, input, variables).map((value) => {
      const number = toNumber(value);
      if (number === undefined) return average === undefined ? null : asDouble(average);
      average = average === undefined ? number : number * alpha + average * (1 - alpha);
      return asDouble(average);
    });
  };
};

const unitMs = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000, millisecond: 1 };

function scaleOf(unit: unknown): number {
  if (unit === undefined) return 1;
  const length = (unitMs as Partial<Record<string, number>>)[unitOf(unit)];
  if (length === undefined) throw new CommandError(5490704, `unit must be 'week' or smaller`);
  return length;
}

const slope =
  (name: '$derivative' | '$integral'): Maker =>
  (operand, window, { compiler }, _, sorted) => {
    if (!isDoc(operand)) throw failedToParse(`${name} must be an object`);
    if (!sorted) throw failedToParse(`${name} requires a sortBy`);
    if (name === '$derivative' && window === undefined)
      throw failedToParse('$derivative requires explicit window bounds');
    const input = compiler.compile(operand['input']);
    const scale = scaleOf(operand['unit']);
    const bounds = boundsOf(window, sorted);
    return (partition, variables) => {
      const values = each(partition, input, variables).map((value) => toNumber(value));
      const places = partition.keys.map((key) => (key instanceof Date ? key.getTime() : (toNumber(key) ?? 0)) / scale);
      return values.map((_value, at) => {
        const [from, to] = bounds(at, partition.keys);
        return name === '$derivative'
          ? derivative(values.slice(from, to), places.slice(from, to))
          : integral(values.slice(from, to), places.slice(from, to));
      });
    };
  };

function derivative(values: readonly (number | undefined)[], places: readonly number[]): unknown {
  const [x0, x1, y0, y1] = [places[0], places.at(-1), values[0], values.at(-1)];
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined || x0 === x1) return null;
  return asDouble((y1 - y0) / (x1 - x0));
}

function integral(values: readonly (number | undefined)[], places: readonly number[]): unknown {
  let total = 0;
  for (let i = 1; i < values.length; i++)
    total += (((values[i] ?? 0) + (values[i - 1] ?? 0)) / 2) * ((places[i] ?? 0) - (places[i - 1] ?? 0));
  return asDouble(total);
}

const accumulated: Maker = (operand, window, { compiler, collation }, name, sorted) => {
  const accumulate = groupAccumulator(name, operand, compiler, collation);
  const bounds = boundsOf(window, sorted);
  return (partition, variables) =>
    partition.docs.map((_doc, at) => {
      const [from, to] = bounds(at, partition.keys);
      return accumulate(from < to ? partition.docs.slice(from, to) : [], variables) ?? null;
    });
};

const makers: Readonly<Record<string, Maker>> = {
  $rank: ranking((_, place) => place + 1),
  $denseRank: ranking((rank) => rank + 1),
  $documentNumber: ranking((rank) => rank + 1),
  $shift: shift,
  $locf: lastCarried,
  $linearFill: linear,
  $expMovingAvg: exponential,
  $derivative: slope('$derivative'),
  $integral: slope('$integral'),
};

/** Compiles one output field of `$setWindowFields`. */
export function windowFunction(spec: unknown, context: StageContext, sorted: boolean): WindowFunction {
  if (!isDoc(spec)) throw failedToParse(`Window function specification must be an object, got ${typeName(spec)}`);
  const { window, ...rest } = spec;
  const [name = '', ...more] = Object.keys(rest);
  if (more.length > 0) throw failedToParse('Window function found an unknown argument');
  const maker = Object.hasOwn(makers, name) ? makers[name] : isGroupAccumulator(name) ? accumulated : undefined;
  if (!maker) throw failedToParse(`Unrecognized window function, ${name}`);
  return maker(rest[name], window, context, name, sorted);
}
