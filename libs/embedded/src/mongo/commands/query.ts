import { evaluator, type Variables } from '../aggregate/pipeline.js';
import { CommandError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { FilterContext, Predicate } from '../query/predicate.js';
import { scoreOf, type Scored, textScore } from '../query/projection.js';
import { sorted, type SortField, sortFields } from '../query/sort.js';
import type { Collection, StoredDoc } from '../storage/collection.js';
import { CollectionView } from '../storage/collection-view.js';
import { candidates, type Plan, plan, planBy } from '../storage/planner.js';
import { type Collation, collationOf } from '../values/collation.js';
import { type Doc, isDoc } from '../values/document.js';
import type { Source } from './source.js';

export interface Query {
  readonly filter: Doc;
  readonly sort?: Doc | undefined;
  readonly skip?: number | undefined;
  /** 0 means all. */
  readonly limit?: number | undefined;
  readonly collation?: Doc | undefined;
  /** The index that must be used: its name, its key, or `{ $natural: … }` for none. */
  readonly hint?: string | Doc | undefined;
  readonly variables: Variables;
}

export interface Found {
  readonly stored: StoredDoc;
  /** The document, with the text score if the query has one. */
  readonly doc: Doc;
}

export interface Work {
  plan: Plan | { kind: 'text'; name: string };
  examined: number;
}

/** The text condition of a filter, wherever it stands among conditions that all must hold. */
function textCondition(filter: Doc): Doc | undefined {
  const own = filter['$text'];
  if (isDoc(own)) return own;
  const parts = filter['$and'];
  if (Array.isArray(parts))
    for (const part of parts as unknown[]) {
      const found = isDoc(part) ? textCondition(part) : undefined;
      if (found) return found;
    }
  return undefined;
}

export const filterContext = (variables: Variables, collation: Collation | undefined): FilterContext => ({
  collation,
  evaluate: evaluator(variables),
});

/** Finds documents by the best index, in the wanted order. */
export function run(source: Source, query: Query, work?: Work): Found[] {
  if (!(source instanceof CollectionView)) return search(source, query, work);
  return source.plain ? search(source.plain, query, work) : searchView(source, query, work);
}

/** What is as it is in the collection and what differs are searched apart, each with indexes, and put together. */
function searchView(view: CollectionView, query: Query, work?: Work): Found[] {
  const { base, differences, hides } = view;
  const part = { ...query, skip: 0, limit: query.limit ? query.limit + (query.skip ?? 0) : 0 };
  const different = search(differences, part);
  const found = [...search(base, part, work, hides), ...different];
  const fields = query.sort ? sortFields(query.sort) : [];
  if (fields.length === 0 && different.length > 0) found.sort((a, b) => a.stored.id - b.stored.id);
  return finish(found, fields, query, collationOf(query.collation ?? base.options['collation']));
}

const nothing = () => false;

function search(collection: Collection, query: Query, work?: Work, hides: (record: number) => boolean = nothing) {
  const collation = collationOf(query.collation ?? collection.options['collation']);
  const fields = query.sort ? sortFields(query.sort) : [];
  const text = textCondition(query.filter);
  const context: FilterContext = { ...filterContext(query.variables, collation), text: () => always };
  const test = compileFilter(query.filter, context);
  if (text) return finish(textMatches(collection, text, test, work, hides), fields, query, collation);

  const wanted = fields.length > 0 ? fields : undefined;
  const chosen =
    query.hint === undefined
      ? plan(collection, query.filter, wanted, collation)
      : planBy(query.hint, collection, query.filter, wanted, collation);
  if (work) work.plan = chosen;
  const ordered = fields.length === 0 || chosen.sorted;
  const stopAfter = ordered && query.limit ? query.limit + (query.skip ?? 0) : Number.POSITIVE_INFINITY;
  const found: Found[] = [];
  for (const record of candidates(collection, chosen)) {
    if (hides(record)) continue;
    const stored = collection.records.get(record);
    if (!stored) continue;
    if (work) work.examined++;
    if (!test(stored.doc)) continue;
    found.push({ stored, doc: stored.doc });
    if (found.length >= stopAfter) break;
  }
  return finish(found, ordered ? [] : fields, query, collation);
}

const always: Predicate = () => true;

function textMatches(
  collection: Collection,
  condition: Doc,
  test: Predicate,
  work: Work | undefined,
  hides: (record: number) => boolean,
): Found[] {
  const { text } = collection;
  if (!text) throw new CommandError(27, 'text index required for $text query');
  if (work) work.plan = { kind: 'text', name: text.name };
  const found: Found[] = [];
  for (const [record, score] of text.find(condition, (id) => collection.records.get(id)?.doc)) {
    if (hides(record)) continue;
    const stored = collection.records.get(record);
    if (!stored) continue;
    if (work) work.examined++;
    if (!test(stored.doc)) continue;
    const doc: Scored = { ...stored.doc };
    doc[textScore] = score;
    found.push({ stored, doc });
  }
  return found;
}

function finish(found: Found[], fields: readonly SortField[], query: Query, collation: Collation | undefined): Found[] {
  const ordered =
    fields.length > 0
      ? sorted(
          found,
          ({ doc }) => doc,
          fields,
          collation,
          ({ doc }) => scoreOf(doc) ?? 0,
        )
      : found;
  const from = query.skip ?? 0;
  return from > 0 || query.limit ? ordered.slice(from, query.limit ? from + query.limit : undefined) : ordered;
}
