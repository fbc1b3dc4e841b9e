import { evalExpr } from 'mingo/core';
import { CommandError } from '../errors.js';
import { sorted, sortFields } from '../query/sort.js';
import { isDoc } from '../values/document.js';
import { compare } from '../values/order.js';
import { distinct, isNil, type Operator } from './operator.js';
import { givenOptions } from './stages.js';
import { workingOptions } from './working-options.js';

const accumulator =
  (gather: (values: unknown[]) => unknown): Operator =>
  (docs, expression, options) => {
    const members = Array.isArray(docs) ? (docs as unknown[]) : [docs];
    const each = workingOptions(givenOptions(options));
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
    return evalExpr(doc, output, workingOptions(givenOptions(options)));
  };

/** The accumulators that mingo would decide differently from MongoDB. */
export const ownAccumulators: Record<`$${string}`, Operator> = {
  $top: outermost(0),
  $bottom: outermost(-1),
  $max: extreme(1),
  $min: extreme(-1),
  $push: accumulator((values) => values.filter((value) => value !== undefined)),
  $addToSet: accumulator((values) => distinct(values.filter((value) => value !== undefined))),
};
