import type { Collation } from '../values/collation.js';
import { sortKey } from '../values/sort-key.js';

/** Each value once, in the order of their first appearance. */
export function distinct(values: readonly unknown[], collation?: Collation): unknown[] {
  const seen = new Map<string, unknown>();
  for (const value of values) {
    const key = sortKey(value, collation);
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}
