import { evalExpr } from 'mingo/core';
import type { Options } from 'mingo/types';
import { sortKey } from '../values/sort-key.js';

/** An operator as mingo calls it; a group's accumulators get the documents instead of one. */
export type Operator = (doc: unknown, expression: unknown, options: Options) => unknown;

export const isNil = (value: unknown) => value === null || value === undefined;

export const listOf = (doc: unknown, expression: unknown, options: Options): unknown[] => {
  const value = evalExpr(doc, expression, options);
  return Array.isArray(value) ? value : [value];
};

/** Each value once, in the order of their first appearance. */
export function distinct(values: readonly unknown[]): unknown[] {
  const seen = new Map<string, unknown>();
  for (const value of values) {
    const key = sortKey(value);
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}
