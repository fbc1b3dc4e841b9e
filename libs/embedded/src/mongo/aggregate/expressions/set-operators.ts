import { CommandError } from '../../errors.js';
import { truthy, typeName } from '../../values/document.js';
import { sortKey } from '../../values/sort-key.js';
import { distinct } from '../distinct.js';
import { isNil, onAll, onValue, onValues, type Operator, type Operators } from './expression.js';

function array(value: unknown, code: number, message: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new CommandError(code, `${message} ${typeName(value)}`);
}

const keysOf = (values: readonly unknown[]) => new Set(values.map((value) => sortKey(value)));

/** Sets combined; null when one of them is null. */
const combined = (work: (sets: unknown[][]) => unknown): Operator =>
  onAll((values, name) => {
    if (values.some(isNil)) return null;
    return work(
      values.map((value) => array(value, 17043, `All operands of ${name} must be arrays. One argument is of type:`)),
    );
  });

const elements = (code: number, work: (values: unknown[]) => boolean): Operator =>
  onValue((value, name) => work(array(value, code, `${name}'s argument must be an array, but is`)));

export const setOperators: Operators = {
  $setUnion: combined((sets) => distinct(sets.flat())),
  $setIntersection: combined(([first = [], ...rest]) => {
    const others = rest.map(keysOf);
    return distinct(first).filter((value) => others.every((keys) => keys.has(sortKey(value))));
  }),
  $setDifference: onValues(2, ([a, b]) => {
    if (isNil(a) || isNil(b)) return null;
    const first = array(a, 17048, 'both operands of $setDifference must be arrays. First argument is of type:');
    const gone = keysOf(array(b, 17049, 'both operands of $setDifference must be arrays. Second argument is of type:'));
    return distinct(first).filter((value) => !gone.has(sortKey(value)));
  }),
  $setIsSubset: onValues(2, ([a, b]) => {
    const first = array(a, 17046, 'both operands of $setIsSubset must be arrays. First argument is of type:');
    const all = keysOf(array(b, 17042, 'both operands of $setIsSubset must be arrays. Second argument is of type:'));
    return first.every((value) => all.has(sortKey(value)));
  }),
  $setEquals: (operand, compiler, name) => {
    if (!Array.isArray(operand) || operand.length < 2)
      throw new CommandError(
        17045,
        `$setEquals needs at least two arguments had: ${Array.isArray(operand) ? operand.length : 1}`,
      );
    return onAll((values) => {
      const sets = values.map((value) =>
        keysOf(array(value, 17044, 'All operands of $setEquals must be arrays. One argument is of type:')),
      );
      const [wanted = new Set<string>(), ...rest] = sets;
      return rest.every((keys) => keys.size === wanted.size && [...keys].every((key) => wanted.has(key)));
    })(operand, compiler, name);
  },
  $anyElementTrue: elements(17041, (values) => values.some(truthy)),
  $allElementsTrue: elements(17040, (values) => values.every(truthy)),
};
