import { Decimal128 } from 'bson';
import { asDouble, isDoc, toNumber, typeName } from '../values/document.js';
import { CommandError } from '../errors.js';
import { compare } from '../values/order.js';
import {
  compute,
  divide,
  DoubleSum,
  isNumeric,
  kindOf,
  type NumberKind,
  widest,
  whole,
  wholeResult,
} from '../values/numbers.js';
import { shown } from '../values/shown.js';
import { distinct } from './distinct.js';
import type { Collation } from '../values/collation.js';

/** What accumulators make of many values: the same in `$group`, in windows and in expressions. */
export type Accumulate = (values: readonly unknown[], collation?: Collation) => unknown;

const isNil = (value: unknown) => value === null || value === undefined;

const isDecimal = (value: unknown) => kindOf(value) === 'decimal';

/** The numbers' exact sum; what is no number does not count. */
export function sum(values: readonly unknown[]): unknown {
  const numbers = values.filter(isNumeric);
  const kind = numbers.reduce<NumberKind>((all, value) => widest(all, kindOf(value) ?? 'int'), 'int');
  if (kind === 'decimal') {
    const [decimals, others] = [numbers.filter(isDecimal), numbers.filter((value) => !isDecimal(value))];
    const exact = decimals.reduce((total, value) => compute('add', total, value), Decimal128.fromString('0'));
    return others.length > 0 ? compute('add', exact, sum(others)) : exact;
  }
  if (kind === 'double') {
    const total = new DoubleSum();
    for (const value of numbers) total.add(toNumber(value) ?? 0);
    return asDouble(total.value);
  }
  return wholeResult(
    numbers.reduce<bigint>((total, value) => total + whole(value), 0n),
    kind,
  );
}

export function average(values: readonly unknown[]): unknown {
  const numbers = values.filter(isNumeric);
  if (numbers.length === 0) return null;
  if (numbers.some((value) => kindOf(value) === 'decimal')) return divide(sum(numbers), numbers.length);
  const total = new DoubleSum();
  for (const value of numbers) total.add(toNumber(value) ?? 0);
  return asDouble(total.value / numbers.length);
}

const extreme =
  (sign: 1 | -1): Accumulate =>
  (values, collation) => {
    let best: unknown = null;
    for (const value of values)
      if (!isNil(value) && (best === null || sign * compare(value, best, collation) > 0)) best = value;
    return best;
  };
export const most = extreme(1);
export const least = extreme(-1);

const deviation =
  (sample: boolean): Accumulate =>
  (values) => {
    const numbers = values.filter(isNumeric).map((value) => toNumber(value) ?? 0);
    const count = numbers.length - (sample ? 1 : 0);
    if (count <= 0) return null;
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    return asDouble(Math.sqrt(numbers.reduce((total, value) => total + (value - mean) ** 2, 0) / count));
  };

/** The values at shares of the whole, as the t-digest of few values gives them. */
export function percentiles(values: readonly unknown[], shares: readonly number[]): unknown[] {
  const numbers = values
    .filter(isNumeric)
    .map((value) => toNumber(value) ?? 0)
    .sort((a, b) => a - b);
  return shares.map((share) => {
    const at = Math.max(0, Math.ceil(share * numbers.length) - 1);
    const found = numbers[at];
    return found === undefined ? null : asDouble(found);
  });
}

export function mergeObjects(values: readonly unknown[]): unknown {
  const merged: Record<string, unknown> = {};
  for (const value of values) {
    if (isNil(value)) continue;
    if (!isDoc(value))
      throw new CommandError(
        40400,
        `$mergeObjects requires object inputs, but input ${shown(value)} is of type ${typeName(value)}`,
      );
    Object.assign(merged, value);
  }
  return merged;
}

export const accumulations: Readonly<Record<string, Accumulate>> = {
  $sum: sum,
  $avg: average,
  $min: least,
  $max: most,
  $first: (values) => values[0] ?? null,
  $last: (values) => values.at(-1) ?? null,
  $push: (values) => values.filter((value) => value !== undefined),
  $addToSet: (values, collation) =>
    distinct(
      values.filter((value) => value !== undefined),
      collation,
    ),
  $stdDevPop: deviation(false),
  $stdDevSamp: deviation(true),
  $mergeObjects: mergeObjects,
};
