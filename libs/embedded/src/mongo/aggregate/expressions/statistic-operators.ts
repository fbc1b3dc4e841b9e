import { badValue, CommandError } from '../../errors.js';
import { isDoc, toNumber, typeName } from '../../values/document.js';
import { type Accumulate, accumulations, mergeObjects, percentiles } from '../accumulate.js';
import { type Compiler, type Expression, onAll, type Operator, type Operators } from './expression.js';

/** One operand that is an array means its elements. */
const overValues =
  (accumulate: Accumulate): Operator =>
  (operand, compiler) => {
    if (Array.isArray(operand) && operand.length !== 1) {
      const parts = (operand as unknown[]).map((part) => compiler.compile(part));
      return (scope) => accumulate(parts.map((part) => part(scope)));
    }
    const only = compiler.compile(Array.isArray(operand) ? operand[0] : operand);
    return (scope) => {
      const value = only(scope);
      return accumulate(Array.isArray(value) ? (value as unknown[]) : [value]);
    };
  };

const named = (name: string): Operator => {
  const accumulate = accumulations[name];
  if (!accumulate) throw new Error(`${name} is no accumulator`);
  return overValues(accumulate);
};

/** The shares and the input of `$percentile` and `$median`. */
export function percentileParts(
  name: string,
  operand: unknown,
  compiler: Compiler,
): { input: Expression; shares: number[] } {
  if (!isDoc(operand))
    throw new CommandError(7436201, `specification must be an object; found ${name}: ${typeName(operand)}`);
  const { input, p, method } = operand;
  if (method !== 'approximate') throw badValue("Currently only 'approximate' can be used as percentile 'method'.");
  if (input === undefined) throw new CommandError(40414, `BSON field '${name}.input' is missing but a required field`);
  const shares =
    name === '$median' ? [0.5] : (Array.isArray(p) ? (p as unknown[]) : []).map((share) => toNumber(share) ?? -1);
  if (shares.length === 0 || shares.some((share) => share < 0 || share > 1))
    throw new CommandError(7750301, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]");
  return { input: compiler.compile(input), shares };
}

const percentile: Operator = (operand, compiler, name) => {
  const { input, shares } = percentileParts(name, operand, compiler);
  return (scope) => {
    const value = input(scope);
    const found = percentiles(Array.isArray(value) ? (value as unknown[]) : [value], shares);
    const none = found.every((item) => item === null);
    return name === '$median' ? (found[0] ?? null) : none ? shares.map(() => null) : found;
  };
};

export const statisticOperators: Operators = {
  $sum: named('$sum'),
  $avg: named('$avg'),
  $min: named('$min'),
  $max: named('$max'),
  $stdDevPop: named('$stdDevPop'),
  $stdDevSamp: named('$stdDevSamp'),
  $mergeObjects: (operand, compiler, name) => {
    const all = onAll((values) =>
      mergeObjects(values.length === 1 && Array.isArray(values[0]) ? (values[0] as unknown[]) : values),
    );
    return all(operand, compiler, name);
  },
  $median: percentile,
  $percentile: percentile,
};
