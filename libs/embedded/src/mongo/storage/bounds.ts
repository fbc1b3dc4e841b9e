import { BSONRegExp } from 'bson';
import { isOperatorDoc } from '../query/field-operators.js';
import { compileRegex, isRegex, literalPrefix } from '../query/regex.js';
import type { Collation } from '../values/collation.js';
import { type Doc, isDoc, truthy } from '../values/document.js';
import { rank } from '../values/order.js';
import { inverted, isNaNValue, sortKey, typePrefix } from '../values/sort-key.js';
import type { Interval } from './sorted-keys.js';

interface Edge {
  readonly value: unknown;
  readonly included: boolean;
}

/** What a filter demands of one field, as far as an index can use it. */
export interface FieldBounds {
  /** The field equals one of these. */
  points?: unknown[];
  lower?: Edge;
  upper?: Edge;
  /** The field is a string that begins so. */
  prefix?: string;
  /** The field exists (and is not null). */
  present?: boolean;
}

const usableRanks = new Set([4, 5, 8, 9, 10, 11, 12]);
const rangeable = (value: unknown) => usableRanks.has(rank(value)) && !isNaNValue(value);
const asPoint = (value: unknown) => !Array.isArray(value) && !isRegex(value);

/** Collects the bounds of the conditions that all must hold. */
export function boundsOf(filter: Doc, bounds = new Map<string, FieldBounds>(), prefix = ''): Map<string, FieldBounds> {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$and' && Array.isArray(condition)) {
      for (const part of condition as unknown[]) if (isDoc(part)) boundsOf(part, bounds, prefix);
    } else if (!key.startsWith('$')) {
      const path = prefix + key;
      const field = bounds.get(path) ?? {};
      tighten(field, condition);
      if (Object.keys(field).length > 0) bounds.set(path, field);
      const element = isDoc(condition) ? condition['$elemMatch'] : undefined;
      if (isDoc(element) && !isOperatorDoc(element)) boundsOf(element, bounds, `${path}.`);
    }
  }
  return bounds;
}

function tighten(field: FieldBounds, condition: unknown): void {
  if (isRegex(condition)) startsWith(field, condition);
  else if (!isOperatorDoc(condition)) points(field, [condition]);
  else for (const [operator, operand] of Object.entries(condition)) applyOperator(field, operator, operand, condition);
}

function applyOperator(field: FieldBounds, operator: string, operand: unknown, condition: Doc): void {
  switch (operator) {
    case '$eq':
      points(field, [operand]);
      break;
    case '$in':
      if (Array.isArray(operand)) points(field, operand);
      break;
    case '$gt':
    case '$gte':
      if (rangeable(operand)) {
        field.lower ??= { value: operand, included: operator === '$gte' };
        field.present = true;
      }
      break;
    case '$lt':
    case '$lte':
      if (rangeable(operand)) {
        field.upper ??= { value: operand, included: operator === '$lte' };
        field.present = true;
      }
      break;
    case '$regex':
      if (typeof operand === 'string' && condition['$options'] === undefined)
        startsWith(field, new BSONRegExp(operand));
      else if (isRegex(operand) && condition['$options'] === undefined) startsWith(field, operand);
      break;
    case '$exists':
      if (truthy(operand)) field.present = true;
      break;
    default:
  }
}

function points(field: FieldBounds, values: unknown[]): void {
  if (!values.every(asPoint)) return;
  field.points ??= values;
  if (values.every((value) => value !== null && value !== undefined)) field.present = true;
}

function startsWith(field: FieldBounds, regex: Parameters<typeof compileRegex>[0]): void {
  const prefix = literalPrefix(compileRegex(regex));
  if (prefix !== '') field.prefix ??= prefix;
}

/** The intervals of one index field's keys, for fields that are bounded; undefined when it is not. */
export function fieldIntervals(
  bounds: FieldBounds,
  descending: boolean,
  multikey: boolean,
  collation: Collation | undefined,
): { exact: string[] } | { intervals: Interval[] } | undefined {
  if (bounds.points) {
    if (multikey && bounds.points.some((value) => value === null || value === undefined)) return undefined;
    const keys = new Set(bounds.points.map((value) => sortKey(value ?? null, collation)));
    return { exact: [...keys].map((key) => (descending ? inverted(key) : key)).sort() };
  }
  if (bounds.prefix !== undefined && !collation) {
    const start = sortKey(bounds.prefix).slice(0, -1);
    const low = descending ? inverted(start) : start;
    const regexes = typePrefix(13);
    const other = descending ? inverted(regexes) : regexes;
    return { intervals: [after(low), after(other)] };
  }
  const { lower, upper } = bounds;
  if (!lower && !upper) return undefined;
  if (collation && [lower?.value, upper?.value].some((value) => typeof value === 'string')) return undefined;
  if (lower && upper && rank(lower.value) !== rank(upper.value)) return { intervals: [] };
  // elements of an array may satisfy the two sides separately
  return { intervals: [range(lower, multikey && lower ? undefined : upper, descending)] };
}

/** All keys that begin so; an inverted key may go on with the highest unit, so the end is the next beginning. */
export function after(start: string): Interval {
  const last = start.charCodeAt(start.length - 1);
  return {
    low: start,
    high: last === 0xffff ? `${start}\uffff\uffff` : start.slice(0, -1) + String.fromCharCode(last + 1),
  };
}

function range(lower: Edge | undefined, upper: Edge | undefined, descending: boolean): Interval {
  const type = typePrefix(rank((lower ?? upper)?.value));
  const whole = after(descending ? inverted(type) : type);
  const edge = (side: Edge | undefined) => {
    if (!side) return undefined;
    const key = sortKey(side.value);
    return { key: descending ? inverted(key) : key, included: side.included };
  };
  const [from, to] = descending ? [edge(upper), edge(lower)] : [edge(lower), edge(upper)];
  return {
    low: from ? (from.included ? from.key : `${from.key}\uffff`) : whole.low,
    high: to ? (to.included ? `${to.key}\uffff` : to.key) : whole.high,
  };
}
