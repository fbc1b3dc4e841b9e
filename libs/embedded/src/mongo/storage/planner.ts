import { badValue } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { SortField } from '../query/sort.js';
import { type Collation, sameCollation } from '../values/collation.js';
import { type Doc, isDoc } from '../values/document.js';
import { compare, equal, rank } from '../values/order.js';
import { boundsOf, type FieldBounds, fieldIntervals } from './bounds.js';
import type { Collection } from './collection.js';
import type { CollectionIndex } from './collection-index.js';
import type { Interval } from './sorted-keys.js';

/** How the candidates of a query are found. Every candidate is still tested against the whole filter. */
export type Plan =
  | { readonly kind: 'scan'; readonly sorted: false }
  | {
      readonly kind: 'index';
      readonly index: CollectionIndex;
      readonly intervals: readonly Interval[];
      readonly backwards: boolean;
      /** The candidates come in the order that the query wants. */
      readonly sorted: boolean;
      readonly score: number;
    }
  | { readonly kind: 'union'; readonly parts: readonly Plan[]; readonly sorted: false };

const scan: Plan = { kind: 'scan', sorted: false };
const mostIntervals = 2000;
/** Of a unique index whose fields are all given. */
const completeScore = 100;

const head = (path: string) => path.split('.', 1)[0];

/** Whether every document that the filter finds is in a partial index with this expression. */
function implies(filter: Doc, bounds: Map<string, FieldBounds>, expression: Doc): boolean {
  return Object.entries(expression).every(([path, wanted]) => {
    if (path === '$and' && Array.isArray(wanted))
      return wanted.every((part) => isDoc(part) && implies(filter, bounds, part));
    if (path.startsWith('$')) return false;
    if (conditionsOn(filter, path).some((condition) => sameCondition(condition, wanted))) return true;
    const field = bounds.get(path);
    if (!field) return false;
    if (isDoc(wanted) && Object.keys(wanted).length === 1 && wanted['$exists'] === true) return field.present === true;
    const test = compileFilter({ [path]: wanted });
    if (field.points) return field.points.every((value) => test(nested(path, value)));
    return (
      isDoc(wanted) && Object.entries(wanted).every(([operator, operand]) => rangeImplies(field, operator, operand))
    );
  });
}

function rangeImplies(field: FieldBounds, operator: string, operand: unknown): boolean {
  const edge =
    operator === '$gt' || operator === '$gte'
      ? field.lower
      : operator === '$lt' || operator === '$lte'
        ? field.upper
        : undefined;
  if (operator === '$exists') return operand === true && field.present === true;
  if (!edge || rank(edge.value) !== rank(operand)) return false;
  const order = compare(edge.value, operand) * (operator.startsWith('$g') ? 1 : -1);
  return order > 0 || (order === 0 && (!edge.included || operator.endsWith('e')));
}

const nested = (path: string, value: unknown): Doc =>
  path.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Doc;

function conditionsOn(filter: Doc, path: string): unknown[] {
  const found: unknown[] = [];
  for (const [key, condition] of Object.entries(filter)) {
    if (key === path) found.push(condition);
    else if (key === '$and' && Array.isArray(condition))
      for (const part of condition as unknown[]) if (isDoc(part)) found.push(...conditionsOn(part, path));
  }
  return found;
}

/** Equal, or an operator document that contains all the wanted operators. */
function sameCondition(condition: unknown, wanted: unknown): boolean {
  if (equal(condition, wanted)) return true;
  return (
    isDoc(condition) &&
    isDoc(wanted) &&
    Object.entries(wanted).every(([operator, operand]) => operator in condition && equal(condition[operator], operand))
  );
}

function usable(
  index: CollectionIndex,
  filter: Doc,
  bounds: Map<string, FieldBounds>,
  collation: Collation | undefined,
): boolean {
  if (index.partial && !implies(filter, bounds, index.partial)) return false;
  if (index.sparse && !index.fields.some(({ path }) => bounds.get(path)?.present)) return false;
  return sameCollation(index.collation, collation) || !stringBound(index, bounds);
}

/** With another collation an index does not help for strings. */
const stringBound = (index: CollectionIndex, bounds: Map<string, FieldBounds>): boolean =>
  index.fields.some(({ path }) => {
    const field = bounds.get(path);
    const values = [...(field?.points ?? []), field?.lower?.value, field?.upper?.value];
    return field?.prefix !== undefined || values.some((value) => typeof value === 'string' || isDoc(value));
  });

/** The order that the entries have after `fixed` leading fields, compared with the wanted one: 1, -1 or no match. */
function sortDirection(
  index: CollectionIndex,
  fixed: number,
  sort: readonly SortField[],
  bounds: Map<string, FieldBounds>,
): 1 | -1 | undefined {
  let direction: 1 | -1 | undefined;
  let at = fixed;
  const constant = (path: string) => bounds.get(path)?.points?.length === 1;
  for (const field of sort) {
    if (field.score) return undefined;
    if (constant(field.path) && index.fields.slice(0, fixed).some(({ path }) => path === field.path)) continue;
    const own = index.fields[at];
    if (!own || own.path !== field.path || index.opened[at]) return undefined;
    const same = own.descending === field.descending ? 1 : -1;
    if (direction !== undefined && direction !== same) return undefined;
    direction = same;
    at++;
  }
  return direction ?? 1;
}

function tryIndex(
  index: CollectionIndex,
  bounds: Map<string, FieldBounds>,
  sort: readonly SortField[] | undefined,
  sortable: boolean,
): Extract<Plan, { kind: 'index' }> | undefined {
  let prefixes = [''];
  let intervals: Interval[] | undefined;
  let fixed = 0;
  const used: string[] = [];
  for (const [i, { path, descending }] of index.fields.entries()) {
    const field = bounds.get(path);
    if (!field) break;
    // two conditions below one array may be met by different elements, which have different entries
    if (index.opened[i] && used.some((other) => head(other) === head(path))) break;
    const found = fieldIntervals(field, descending, index.opened[i] === true, index.collation);
    if (!found) break;
    used.push(path);
    if ('exact' in found) {
      if (found.exact.length * prefixes.length > mostIntervals) break;
      prefixes = prefixes.flatMap((prefix) => found.exact.map((key) => prefix + key));
      fixed++;
      continue;
    }
    intervals = prefixes.flatMap((prefix) =>
      found.intervals.map(({ low, high }) => ({ low: prefix + low, high: prefix + high })),
    );
    break;
  }
  const direction =
    sort && sortable && !index.collation && prefixes.length <= 1
      ? sortDirection(index, fixed, sort, bounds)
      : undefined;
  const complete = index.unique && fixed === index.fields.length;
  const score = fixed * 10 + (intervals ? 5 : 0) + (complete ? completeScore : 0) + (direction ? 4 : 0);
  if (fixed === 0 && !intervals && !direction) return undefined;
  return {
    kind: 'index',
    index,
    intervals: intervals ?? prefixes.map((prefix) => ({ low: prefix, high: `${prefix}\uffff` })),
    backwards: direction === -1,
    sorted: direction !== undefined,
    score,
  };
}

/** Chooses the index that narrows a query most, or at least gives its order. */
export function plan(collection: Collection, filter: Doc, sort?: readonly SortField[], collation?: Collation): Plan {
  const bounds = boundsOf(filter);
  let best: Extract<Plan, { kind: 'index' }> | undefined;
  for (const index of collection.indexes.values()) {
    if (!usable(index, filter, bounds, collation)) continue;
    const candidate = tryIndex(index, bounds, sort, collation === undefined);
    if (candidate && (!best || candidate.score > best.score)) best = candidate;
    if (!sort && candidate && candidate.score >= completeScore) break; // unique keys are given: none narrows it more
  }
  if (best && best.score >= 5) return best;
  const branches = filter['$or'];
  if (Array.isArray(branches)) {
    const parts = branches.map((branch: unknown) =>
      isDoc(branch) ? plan(collection, branch, undefined, collation) : scan,
    );
    if (parts.every((part) => part.kind !== 'scan')) return { kind: 'union', parts, sorted: false };
  }
  return best ?? scan;
}

/** The plan with the index that the client names; throws 2 BadValue when there is none. */
export function planBy(
  hint: string | Doc,
  collection: Collection,
  filter: Doc,
  sort?: readonly SortField[],
  collation?: Collation,
): Plan {
  if (typeof hint !== 'string' && '$natural' in hint) return scan;
  const index = [...collection.indexes.values()].find((one) =>
    typeof hint === 'string' ? one.name === hint : equal(one.definition['key'], hint),
  );
  if (!index)
    throw badValue(
      'error processing query: planner returned error: hint provided does not correspond to an existing index',
    );
  const bounds = boundsOf(filter);
  const narrowed = usable(index, filter, bounds, collation)
    ? tryIndex(index, bounds, sort, collation === undefined)
    : undefined;
  return (
    narrowed ?? {
      kind: 'index',
      index,
      intervals: [{ low: '', high: '\uffff\uffff' }],
      backwards: false,
      sorted: false,
      score: 0,
    }
  );
}

/** The candidates of a plan, each once. */
export function* candidates(collection: Collection, chosen: Plan): Generator<number> {
  if (chosen.kind === 'scan') {
    yield* collection.records.keys();
    return;
  }
  const seen = new Set<number>();
  if (chosen.kind === 'union') {
    for (const part of chosen.parts)
      for (const record of candidates(collection, part)) {
        if (seen.has(record)) continue;
        seen.add(record);
        yield record;
      }
    return;
  }
  const { index, intervals, backwards } = chosen;
  const once = !index.multikey;
  for (const interval of backwards ? intervals.toReversed() : intervals)
    for (const { record } of index.entries.entries(interval, backwards)) {
      if (!once) {
        if (seen.has(record)) continue;
        seen.add(record);
      }
      yield record;
    }
}
