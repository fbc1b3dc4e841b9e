import { evalExpr, type Context } from 'mingo/core';
import { Aggregator } from 'mingo/aggregator';
import { type Iterator, Lazy } from 'mingo/lazy';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { allValues, anyValue, pathParts, plainValue } from '../query/path.js';
import { carryScore, compileProjection, scoreOf } from '../query/projection.js';
import { sorted, sortFields } from '../query/sort.js';
import { collationOf } from '../values/collation.js';
import { type Doc, isDoc, setField, toNumber } from '../values/document.js';
import { shown } from '../values/shown.js';
import { compare } from '../values/order.js';
import { sortKey } from '../values/sort-key.js';
import { isOperatorDoc } from '../query/field-operators.js';

type Stage = (docs: Iterator, expression: unknown, options: Options) => Iterator;

/** How stages reach other collections: under this name among mingo's options. */
export interface Neighbours {
  all(collection: string): Doc[];
  /** The documents whose field has one of the values, when an index answers that; else undefined. */
  byIndex(collection: string, field: string, values: unknown[]): Doc[] | undefined;
}
export type StageOptions = Options & { readonly neighbours?: Neighbours; readonly context: Context };

/** What was given to mingo at first. */
export const givenOptions = (options: Options): StageOptions =>
  ('options' in options && isDoc(options.options) ? options.options : options) as StageOptions;

/** The same with the variables that hold at this place. */
function settingsOf(options: Options): StageOptions {
  const given = givenOptions(options);
  const local = 'local' in options && isDoc(options.local) ? options.local['variables'] : undefined;
  return { ...given, variables: { ...given.variables, ...(isDoc(local) ? local : {}) } };
}

const evaluateWith = (options: Options) => (expression: unknown, doc: Doc) => evalExpr(doc, expression, options);

const docOf = (value: unknown, stage: string): Doc => {
  if (isDoc(value)) return value;
  throw new CommandError(15959, `the ${stage} specification must be an object`);
};

function assign(target: unknown, parts: readonly string[], at: number, value: unknown): unknown {
  const part = parts[at];
  if (part === undefined) return value;
  if (Array.isArray(target)) return target.map((item: unknown) => assign(item, parts, at, value));
  const base: Doc = isDoc(target) ? { ...target } : {};
  const next = assign(Object.hasOwn(base, part) ? base[part] : undefined, parts, at + 1, value);
  if (next === undefined) delete base[part];
  else setField(base, part, next);
  return base;
}

/** `{ a: { b: expression } }` means the path `a.b`. */
function leaves(spec: Doc, prefix = ''): [string, unknown][] {
  return Object.entries(spec).flatMap(([key, value]): [string, unknown][] => {
    if (key.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    return isDoc(value) && !isOperatorDoc(value) && Object.keys(value).length > 0
      ? leaves(value, `${prefix}${key}.`)
      : [[prefix + key, value]];
  });
}

const addFields: Stage = (docs, spec, options) => {
  const evaluate = evaluateWith(options);
  const fields = leaves(docOf(spec, '$addFields')).map(([path, expression]) => [pathParts(path), expression] as const);
  return docs.map((item) => {
    const doc = item as Doc;
    let result: unknown = doc;
    for (const [parts, expression] of fields) result = assign(result, parts, 0, evaluate(expression, doc));
    const next = result as Doc;
    carryScore(doc, next);
    return next;
  });
};

const project: Stage = (docs, spec, options) => {
  const fields = docOf(spec, '$project');
  if (Object.keys(fields).length === 0)
    throw new CommandError(
      51272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    );
  const projection = compileProjection(fields, evaluateWith(options));
  return docs.map((doc) => projection(doc as Doc));
};

const unset: Stage = (docs, spec, options) =>
  project(docs, Object.fromEntries((Array.isArray(spec) ? spec : [spec]).map((path) => [String(path), 0])), options);

const match: Stage = (docs, filter, options) => {
  const test = compileFilter(docOf(filter, '$match'), {
    evaluate: evaluateWith(options),
    collation: collationOf(options.collation && { ...options.collation }),
  });
  return docs.filter((doc) => test(doc as Doc));
};

const sort: Stage = (docs, spec, options) => {
  const fields = sortFields(docOf(spec, '$sort'));
  const collation = collationOf(options.collation && { ...options.collation });
  return docs.transform(((items: Doc[]) =>
    Lazy(
      sorted(
        items,
        (doc) => doc,
        fields,
        collation,
        (doc) => scoreOf(doc) ?? 0,
      ),
    )) as Parameters<Iterator['transform']>[0]);
};

const group: Stage = (docs, spec, options) => {
  const { _id: idExpression, ...fields } = docOf(spec, '$group');
  if (!isDoc(spec) || !('_id' in spec)) throw new CommandError(15955, 'a group specification must include an _id');
  for (const [name, value] of Object.entries(fields))
    if (!isOperatorDoc(value)) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  const evaluate = evaluateWith(options);
  return docs.transform(((items: Doc[]) =>
    Lazy(grouped(items, (doc) => evaluate(idExpression, doc) ?? null, fields, options))) as Parameters<
    Iterator['transform']
  >[0]);
};

function grouped(items: readonly Doc[], idOf: (doc: Doc) => unknown, fields: Doc, options: Options): Doc[] {
  const groups = new Map<string, { id: unknown; members: Doc[] }>();
  for (const doc of items) {
    const id = idOf(doc);
    const key = sortKey(id);
    const found = groups.get(key);
    if (found) found.members.push(doc);
    else groups.set(key, { id, members: [doc] });
  }
  return [...groups.values()].map(({ id, members }) => {
    const result: Doc = { _id: id };
    for (const [name, accumulate] of Object.entries(fields))
      setField(result, name, evalExpr(members, accumulate, options) ?? null);
    return result;
  });
}

const sortByCount: Stage = (docs, expression, options) =>
  sort(group(docs, { _id: expression, count: { $sum: 1 } }, options), { count: -1 }, options);

const unwind: Stage = (docs, spec) => {
  const settings: Doc = isDoc(spec) ? spec : { path: spec };
  const { path, includeArrayIndex: indexField, preserveNullAndEmptyArrays: preserve } = settings;
  if (typeof path !== 'string' || !path.startsWith('$'))
    throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${shown(path)}`);
  const parts = pathParts(path.slice(1));
  const make = (doc: Doc, value: unknown, index: number | null): Doc => {
    let result = assign(doc, parts, 0, value) as Doc;
    if (typeof indexField === 'string') result = assign(result, pathParts(indexField), 0, index) as Doc;
    carryScore(doc, result);
    return result;
  };
  return docs.transform(((items: Doc[]) =>
    Lazy(
      items.flatMap((doc) => {
        const value = plainValue(doc, parts);
        if (Array.isArray(value) && value.length > 0)
          return value.map((item: unknown, index) => make(doc, item, index));
        if (!Array.isArray(value) && value !== undefined && value !== null) return [make(doc, value, null)];
        if (preserve !== true) return [];
        return [
          Array.isArray(value)
            ? make(doc, undefined, null)
            : typeof indexField === 'string'
              ? make(doc, value, null)
              : doc,
        ];
      }),
    )) as Parameters<Iterator['transform']>[0]);
};

const lookup: Stage = (docs, spec, options) => {
  const settings = docOf(spec, '$lookup');
  const { from, localField, foreignField, as, pipeline, let: variables } = settings;
  const given = settingsOf(options);
  const { neighbours } = given;
  if (typeof as !== 'string') throw new CommandError(9, "must specify 'as' field for a $lookup");
  if (typeof from !== 'string' && !Array.isArray(pipeline))
    throw new CommandError(9, "must specify 'pipeline' when 'from' is empty");
  if (!neighbours) throw new CommandError(1, '$lookup is not possible here');
  const evaluate = evaluateWith(options);
  const joined = joiner(neighbours, typeof from === 'string' ? from : '', foreignField);
  const inner = Array.isArray(pipeline) ? pipeline.map((stage: unknown) => docOf(stage, '$lookup')) : [];
  const target = pathParts(as);
  return docs.map((item) => {
    const doc = item as Doc;
    let found: Doc[];
    if (typeof localField === 'string' && typeof foreignField === 'string') {
      found = joined(localValues(doc, localField));
    } else found = typeof from === 'string' ? neighbours.all(from) : [];
    if (inner.length > 0) {
      const bound = isDoc(variables)
        ? Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, evaluate(value, doc)]))
        : {};
      const nested = { ...given, variables: { ...given.variables, ...bound } };
      found = new Aggregator(inner, nested).run(found);
    }
    return assign(doc, target, 0, found);
  });
};

/** An array stands for its elements (an empty one for nothing), a missing field for null. */
function localValues(doc: Doc, path: string): unknown[] {
  const values: unknown[] = [];
  anyValue(doc, pathParts(path), true, (value, whole) => {
    if (!whole) values.push(value ?? null);
    return false;
  });
  return values;
}

/** Finds the foreign documents that have one of some values, by an index or by a map that is built once. */
function joiner(neighbours: Neighbours, from: string, field: unknown): (values: unknown[]) => Doc[] {
  if (typeof field !== 'string') return () => [];
  let map: Map<string, Doc[]> | undefined;
  const build = () => {
    const result = new Map<string, Doc[]>();
    for (const doc of neighbours.all(from)) {
      const values = allValues(doc, field);
      for (const key of new Set((values.length === 0 ? [null] : values).map((value) => sortKey(value)))) {
        const list = result.get(key);
        if (list) list.push(doc);
        else result.set(key, [doc]);
      }
    }
    return result;
  };
  return (values) => {
    if (!map) {
      const indexed = neighbours.byIndex(from, field, values);
      if (indexed) return indexed;
    }
    map ??= build();
    const found = new Set<Doc>();
    for (const value of values) for (const doc of map.get(sortKey(value)) ?? []) found.add(doc);
    return [...found];
  };
}

const bucket: Stage = (docs, spec, options) => {
  const { groupBy, boundaries, default: rest, output } = docOf(spec, '$bucket');
  if (!Array.isArray(boundaries) || boundaries.length < 2)
    throw new CommandError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  const bounds = boundaries as unknown[];
  if (bounds.some((bound, i) => i > 0 && compare(bounds[i - 1], bound) >= 0))
    throw new CommandError(40194, "The 'boundaries' option to $bucket must be sorted in ascending order");
  const evaluate = evaluateWith(options);
  const home = (doc: Doc): unknown => {
    const value = evaluate(groupBy, doc);
    const above = bounds.findIndex((bound) => compare(value, bound) < 0);
    if (above > 0) return bounds[above - 1];
    if (rest === undefined)
      throw new CommandError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified',
      );
    return rest;
  };
  const fields = isDoc(output) ? output : { count: { $sum: 1 } };
  const marked = docs.map((doc) => ({ home: home(doc as Doc), doc }));
  return marked.transform(((items: { home: unknown; doc: Doc }[]) => {
    const homes = new Map(items.map(({ home: at, doc }) => [doc, at]));
    const groups = grouped([...homes.keys()], (doc) => homes.get(doc), fields, options);
    return Lazy(groups.sort((a, b) => compare(a['_id'], b['_id'])));
  }) as Parameters<Iterator['transform']>[0]);
};

const limit: Stage = (docs, count) => {
  const most = toNumber(count);
  if (most === undefined || !Number.isInteger(most) || most <= 0)
    throw new CommandError(15958, 'the limit must be positive');
  return docs.take(most);
};

const count: Stage = (docs, name) => {
  if (typeof name !== 'string' || name === '' || name.startsWith('$') || name.includes('.'))
    throw new CommandError(40156, "the count field must be a non-empty string without '$' or '.'");
  return docs.transform((items: unknown[]) => Lazy(items.length === 0 ? [] : [{ [name]: items.length }]));
};

/** The stages that are ours; all others are mingo's. */
export const stages: Record<`$${string}`, Stage> = {
  $addFields: addFields,
  $set: addFields,
  $project: project,
  $unset: unset,
  $match: match,
  $sort: sort,
  $group: group,
  $sortByCount: sortByCount,
  $unwind: unwind,
  $lookup: lookup,
  $bucket: bucket,
  $limit: limit,
  $count: count,
};
