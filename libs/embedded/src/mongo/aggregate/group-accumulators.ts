import { CommandError } from '../errors.js';
import { scoreOf } from '../query/projection.js';
import { sorted, sortFields } from '../query/sort.js';
import type { Collation } from '../values/collation.js';
import { type Doc, isDoc, typeName } from '../values/document.js';
import { accumulations, percentiles } from './accumulate.js';
import { countOf, pickers } from './expressions/array-operators.js';
import type { Compiler, Expression } from './expressions/expression.js';
import { percentileParts } from './expressions/statistic-operators.js';
import { scope, type Variables } from './stages/stage.js';

/** What a group's field becomes of the group's documents. */
export type GroupAccumulator = (docs: readonly Doc[], variables: Variables) => unknown;

type Maker = (operand: unknown, compiler: Compiler, collation: Collation | undefined, name: string) => GroupAccumulator;

const each = (docs: readonly Doc[], expression: Expression, variables: Variables) =>
  docs.map((doc) => expression(scope(doc, variables)));

const simple: Maker = (operand, compiler, collation, name) => {
  const accumulate = accumulations[name];
  if (!accumulate) throw new CommandError(15952, `unknown group operator '${name}'`);
  if (Array.isArray(operand) && operand.length !== 1)
    throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
  const expression = compiler.compile(Array.isArray(operand) ? operand[0] : operand);
  return (docs, variables) => accumulate(each(docs, expression, variables), collation);
};

function spec(operand: unknown, name: string, wanted: readonly string[]): Doc {
  if (!isDoc(operand))
    throw new CommandError(5788001, `specification must be an object; found ${name}: ${typeName(operand)}`);
  for (const key of Object.keys(operand))
    if (!wanted.includes(key)) throw new CommandError(5788002, `Unknown argument to ${name} '${key}'`);
  for (const [i, key] of wanted.entries())
    if (!(key in operand)) throw new CommandError(5788003 + i, `Missing value for '${key}'`);
  return operand;
}

/** `$top`, `$bottom` and the same with `n`. */
const outermost =
  (end: 'first' | 'last', many: boolean): Maker =>
  (operand, compiler, collation, name) => {
    const given = spec(operand, name, many ? ['n', 'output', 'sortBy'] : ['output', 'sortBy']);
    const { sortBy } = given;
    if (!isDoc(sortBy))
      throw new CommandError(10065, `expected 'sortBy' to already be an object in the arguments to ${name}`);
    const fields = sortFields(sortBy);
    const output = compiler.compile(given['output']);
    const n = many ? compiler.compile(given['n']) : () => 1;
    return (docs, variables) => {
      const ordered = sorted(
        docs,
        (doc) => doc,
        fields,
        collation,
        (doc) => scoreOf(doc) ?? 0,
      );
      const most = many ? countOf(n({ root: {}, variables })) : 1;
      const chosen = end === 'first' ? ordered.slice(0, most) : ordered.slice(-most);
      const values = each(chosen, output, variables).map((value) => value ?? null);
      return many ? values : (values[0] ?? null);
    };
  };

/** `$firstN` and its relatives. */
const several: Maker = (operand, compiler, _, name) => {
  const given = spec(operand, name, ['n', 'input']);
  const input = compiler.compile(given['input']);
  const n = compiler.compile(given['n']);
  const pick = pickers[name as keyof typeof pickers];
  const extreme = name === '$maxN' || name === '$minN';
  return (docs, variables) => {
    const values = each(docs, input, variables);
    return pick(extreme ? values : values.map((value) => value ?? null), countOf(n({ root: {}, variables })));
  };
};

const percentile: Maker = (operand, compiler, _, name) => {
  const { input, shares } = percentileParts(name, operand, compiler);
  return (docs, variables) => {
    const found = percentiles(each(docs, input, variables), shares);
    return name === '$median' ? (found[0] ?? null) : found;
  };
};

const count: Maker = (operand) => {
  if (!isDoc(operand) || Object.keys(operand).length > 0)
    throw new CommandError(14, '$count takes no arguments, i.e. $count:{}');
  return (docs) => docs.length;
};

const makers: Readonly<Record<string, Maker>> = {
  ...Object.fromEntries(Object.keys(accumulations).map((name) => [name, simple])),
  $count: count,
  $top: outermost('first', false),
  $bottom: outermost('last', false),
  $topN: outermost('first', true),
  $bottomN: outermost('last', true),
  $firstN: several,
  $lastN: several,
  $maxN: several,
  $minN: several,
  $median: percentile,
  $percentile: percentile,
};

export const isGroupAccumulator = (name: string): boolean => Object.hasOwn(makers, name);

/** Compiles `{ $sum: … }`. */
export function groupAccumulator(
  name: string,
  operand: unknown,
  compiler: Compiler,
  collation: Collation | undefined,
): GroupAccumulator {
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (!maker) throw new CommandError(15952, `unknown group operator '${name}'`);
  return maker(operand, compiler, collation, name);
}
