import { badValue } from '../errors.js';
import { compute as computed } from '../values/numbers.js';

export type Operation = 'add' | 'multiply';

/** Adds or multiplies as the server does; an int64 that overflows is refused, as updates do. */
export function compute(operation: Operation, a: unknown, b: unknown): unknown {
  return computed(operation, a, b, () => {
    throw badValue(
      `Failed to apply $${operation === 'add' ? 'inc' : 'mul'} operations to current value: integer overflow`,
    );
  });
}
