import { badValue, CommandError } from '../errors.js';
import type { Collation } from '../values/collation.js';
import { type Doc, isDoc, toNumber } from '../values/document.js';
import { compare } from '../values/order.js';
import { inverted, sortKey } from '../values/sort-key.js';
import { anyValue, pathParts } from './path.js';

export interface SortField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
  /** Sorts by the text score instead of a field. */
  readonly score?: boolean;
}

/** Reads a sort document; throws as MongoDB does for a bad direction. */
export function sortFields(sort: Doc): SortField[] {
  return Object.entries(sort).map(([path, direction]) => {
    if (isDoc(direction)) {
      if (direction['$meta'] !== 'textScore') throw badValue('Illegal $meta sort: only textScore is known');
      return { path, parts: [], descending: true, score: true };
    }
    const number = toNumber(direction);
    if (number !== 1 && number !== -1)
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return { path, parts: pathParts(path), descending: number === -1 };
  });
}

/** The value by which a document is sorted: in arrays the smallest (or, downwards, the largest) element; missing is null. */
function sortValue(doc: Doc, field: SortField, collation: Collation | undefined): unknown {
  let best: unknown;
  let seen = false;
  anyValue(doc, field.parts, true, (value, whole) => {
    // a whole array counts only when it is empty: below null
    if (whole && (!Array.isArray(value) || value.length > 0)) return false;
    if (whole) {
      if (!seen) best = undefined;
      seen = true;
      return false;
    }
    const candidate = value === undefined ? null : value;
    const order = seen ? compare(candidate, best, collation) : -1;
    if (!seen || (field.descending ? order > 0 : order < 0)) best = candidate;
    seen = true;
    return false;
  });
  return seen ? best : null;
}

/** Sorts items by their documents; stable. `scoreOf` gives the text score where the sort asks for it. */
export function sorted<T>(
  items: readonly T[],
  docOf: (item: T) => Doc,
  fields: readonly SortField[],
  collation?: Collation,
  scoreOf?: (item: T) => number,
): T[] {
  const keyed = items.map((item) => {
    const doc = docOf(item);
    const values = fields.map((field) => (field.score ? (scoreOf?.(item) ?? 0) : sortValue(doc, field, collation)));
    return { item, values, key: collation ? '' : keyOf(values, fields) };
  });
  keyed.sort((a, b) => {
    if (!collation) return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
    for (const [i, field] of fields.entries()) {
      const order = compare(a.values[i], b.values[i], collation);
      if (order !== 0) return field.descending ? -order : order;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}

function keyOf(values: readonly unknown[], fields: readonly SortField[]): string {
  let key = '';
  for (const [i, field] of fields.entries()) {
    const part = sortKey(values[i]);
    key += field.descending ? inverted(part) : part;
  }
  return key;
}
