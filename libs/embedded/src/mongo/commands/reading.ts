import { Long } from 'bson';
import { evaluator } from '../aggregate/pipeline.js';
import { badValue, CommandError } from '../errors.js';
import { elementTest } from '../query/field-operators.js';
import { compileFilter } from '../query/filter.js';
import { leafValues } from '../query/path.js';
import { compileProjection, type Projection } from '../query/projection.js';
import { matchedIndex } from '../update/positional.js';
import { collationOf } from '../values/collation.js';
import { type Doc, encode } from '../values/document.js';
import { sortKey } from '../values/sort-key.js';
import { Collection } from '../storage/collection.js';
import { aggregate } from './aggregating.js';
import { explain, explainAggregate } from './explaining.js';
import type { Command, Handler, Host } from './command.js';
import { countField, collectionName, docField, flag, hintField, numberField, textField } from './fields.js';
import { filterContext, type Query, run } from './query.js';
import { ownerOf, type Source, sourceOf } from './source.js';

/**
 * Gives a result only when what it was computed from is safe on the disk; computes it again when that was taken back.
 * A relay that reads an event and publishes it must never have read what a crash then takes away.
 */
export async function stable<T>(source: Source | undefined, compute: () => T): Promise<T> {
  // a transaction waits once, for its snapshot
  if (!(source instanceof Collection)) return compute();
  for (;;) {
    const { unsafe } = source;
    const result = compute();
    if (!unsafe) return result;
    const kept = await unsafe.then(
      () => true,
      () => false,
    );
    if (kept) return result;
  }
}

export function queryOf(command: Command, host: Host, filterName: 'filter' | 'query' = 'filter'): Query {
  const { body, name } = command;
  return {
    filter: docField(body, filterName, name) ?? {},
    sort: docField(body, 'sort', name),
    skip: countField(body, 'skip', name),
    limit: limitOf(body, name),
    collation: docField(body, 'collation', name),
    hint: hintField(body, name),
    variables: { let: docField(body, 'let', name), now: host.engine.now() },
  };
}

function limitOf(body: Doc, name: string): number | undefined {
  const limit = numberField(body, 'limit', name);
  if (limit === undefined) return undefined;
  if (limit < 0 && name === 'find')
    throw new CommandError(51024, `BSON field 'limit' value must be >= 0, actual value '${limit}'`);
  return Math.abs(Math.trunc(limit));
}

/** A find's projection, which may refer to the filter (`items.$`). */
export function projectionFor(spec: Doc | undefined, query: Query): Projection | undefined {
  if (!spec || Object.keys(spec).length === 0) return undefined;
  const context = filterContext(query.variables, collationOf(query.collation));
  return compileProjection(spec, evaluator(query.variables), {
    element: (condition) => elementTest(condition, { ...context, nested: (filter) => compileFilter(filter, context) }),
    matched: (doc, arrayPath) => matchedIndex(query.filter, doc, arrayPath, context),
  });
}

const find: Handler = async (command, host) => {
  const { body, database } = command;
  const name = collectionName(body, 'find');
  const query = queryOf(command, host);
  const projection = projectionFor(docField(body, 'projection', 'find'), query);
  if (flag(body, 'tailable'))
    throw badValue('error processing query: tailable cursor requested on non capped collection');
  const source = sourceOf(host, database, name);
  if (!source) compileFilter(query.filter, { ...filterContext(query.variables, undefined), text: () => () => false });
  const found = await stable(source, () => (source ? run(source, query) : []));
  const results = found.values().map(({ stored, doc }) => (projection ? encode(projection(doc)) : stored.bytes));
  return host.cursors.start(`${database}.${name}`, results, {
    batchSize: countField(body, 'batchSize', 'find'),
    single: flag(body, 'singleBatch'),
    ...ownerOf(command, host),
  });
};

const longField = (value: unknown): Long => {
  if (value instanceof Long) return value;
  if (typeof value === 'number') return Long.fromNumber(value);
  throw new CommandError(14, "BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
};

const getMore: Handler = (command, host) => {
  const { body, database } = command;
  const id = longField(body['getMore']);
  return host.cursors.more(
    id,
    `${database}.${textField(body, 'collection', 'getMore')}`,
    countField(body, 'batchSize', 'getMore'),
    ownerOf(command, host),
  );
};

const killCursors: Handler = ({ body }, host) => {
  const ids = body['cursors'];
  if (!Array.isArray(ids)) throw new CommandError(14, "BSON field 'killCursors.cursors' must be an array");
  const { killed, missing } = host.cursors.kill(ids.map(longField));
  return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
};

const count: Handler = async (command, host) => {
  const collection = host.engine.collection(command.database, collectionName(command.body, 'count'));
  const query = queryOf(command, host, 'query');
  if (!collection) return { n: 0, ok: 1 };
  const simple = Object.keys(query.filter).length === 0 && !query.limit && !query.skip;
  return {
    n: await stable(collection, () => (simple ? collection.records.size : run(collection, query).length)),
    ok: 1,
  };
};

const distinct: Handler = async (command, host) => {
  const { body, database } = command;
  const source = sourceOf(host, database, collectionName(body, 'distinct'));
  const key = textField(body, 'key', 'distinct');
  const query = queryOf(command, host, 'query');
  const collation = collationOf(query.collation);
  const seen = new Map<string, unknown>();
  const found = await stable(source, () => (source ? run(source, query) : []));
  for (const { doc } of found)
    for (const value of leafValues(doc, key)) {
      const id = sortKey(value, collation);
      if (!seen.has(id)) seen.set(id, value);
    }
  return { values: [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value), ok: 1 };
};

export const readCommands: Record<string, Handler> = {
  find,
  getMore,
  killCursors,
  count,
  distinct,
  explain,
  aggregate: (command, host) =>
    flag(command.body, 'explain') ? explainAggregate(command, host) : aggregate(command, host),
};
