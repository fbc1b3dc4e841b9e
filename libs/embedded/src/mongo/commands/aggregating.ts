import { compilePipeline, evaluator, stageName } from '../aggregate/pipeline.js';
import type { Neighbours } from '../aggregate/stages/stage.js';
import { badValue, CommandError, typeMismatch } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { plan } from '../storage/planner.js';
import { type Doc, encode, isDoc, toNumber } from '../values/document.js';
import type { Answer, Command, Host } from './command.js';
import { countField, docField, hintField } from './fields.js';
import { run } from './query.js';
import { baseOf, ownerOf, type Source, sourceOf } from './source.js';
import { merge, out } from './writing-stages.js';

/** How stages reach the other collections of a database. */
export function neighboursIn(host: Host, database: string, now: Date): Neighbours {
  return {
    all: (name) => [...(sourceOf(host, database, name)?.documents() ?? [])].map(({ doc }) => doc),
    byIndex(name, field, values) {
      const source = sourceOf(host, database, name);
      if (!source) return [];
      const filter = { [field]: { $in: values } };
      if (plan(baseOf(source), filter).kind !== 'index') return undefined;
      return run(source, { filter, variables: { now } }).map(({ doc }) => doc);
    },
  };
}

interface Leading {
  filter: Doc;
  sort?: Doc;
  skip?: number;
  limit?: number;
}

/** Takes from the front of a pipeline what a query can do with indexes. */
export function leading(pipeline: readonly Doc[]): { query: Leading; rest: Doc[] } {
  const query: Leading = { filter: {} };
  let at = 0;
  const next = (name: string) => pipeline[at]?.[name];
  for (let filter = next('$match'); isDoc(filter); filter = next('$match')) {
    query.filter = Object.keys(query.filter).length > 0 ? { $and: [query.filter, filter] } : filter;
    at++;
  }
  const sort = next('$sort');
  if (isDoc(sort) && Object.keys(sort).length > 0) {
    query.sort = sort;
    at++;
  }
  const skip = toNumber(next('$skip'));
  if (skip !== undefined && Number.isInteger(skip) && skip >= 0) {
    query.skip = skip;
    at++;
  }
  const limit = toNumber(next('$limit'));
  if (limit !== undefined && Number.isInteger(limit) && limit > 0) {
    query.limit = limit;
    at++;
  }
  return { query, rest: pipeline.slice(at) };
}

/** `{ $group: { _id: constant, n: { $sum: 1 } } }`, which is how drivers count. */
function countOnly(rest: readonly Doc[]): { id: unknown; field: string } | undefined {
  const group = rest.length === 1 ? rest[0]?.['$group'] : undefined;
  if (!isDoc(group)) return undefined;
  const { _id: id, ...fields } = group;
  const [entry, ...others] = Object.entries(fields);
  if (!entry || others.length > 0 || !isDoc(entry[1]) || toNumber(entry[1]['$sum']) !== 1) return undefined;
  return typeof id === 'number' || id === null ? { id, field: entry[0] } : undefined;
}

function firstStage(stage: Doc | undefined, source: Source | undefined, host: Host): Doc[] | undefined {
  if (!stage) return undefined;
  const collection = source && baseOf(source);
  switch (stageName(stage)) {
    case '$changeStream':
      throw new CommandError(40573, 'The $changeStream stage is only supported on replica sets');
    case '$collStats':
      return [
        {
          ns: collection?.namespace,
          count: collection?.records.size ?? 0,
          storageStats: { count: collection?.records.size ?? 0, size: collection?.dataBytes ?? 0 },
        },
      ];
    case '$indexStats':
      return (collection?.definitions ?? []).map((definition) => ({
        name: definition['name'],
        key: definition['key'],
        host: host.address,
        accesses: { ops: 0, since: host.startedAt },
        spec: definition,
      }));
    case '$currentOp':
    case '$listSessions':
    case '$listLocalSessions':
      return [];
    default:
      return undefined;
  }
}

const notInTransactions = new Set([
  '$changeStream',
  '$collStats',
  '$currentOp',
  '$indexStats',
  '$listLocalSessions',
  '$listSessions',
  '$merge',
  '$out',
  '$planCacheStats',
]);

function refuseInTransaction(pipeline: readonly Doc[]): void {
  const refused = pipeline.map(stageName).find((name) => notInTransactions.has(name));
  if (refused !== undefined)
    throw new CommandError(263, `Stage not supported inside of a multi-document transaction: ${refused}`);
}

function inputOf(command: Command, host: Host): { name: string; source: Source | undefined } {
  const target = command.body['aggregate'];
  if (typeof target === 'string') return { name: target, source: sourceOf(host, command.database, target) };
  if (toNumber(target) === 1) return { name: '$cmd.aggregate', source: undefined };
  throw new CommandError(9, "Failed to parse: 'aggregate' must be a collection name or 1");
}

function pipelineOf(value: unknown): Doc[] {
  if (!Array.isArray(value)) throw typeMismatch("'pipeline' option must be specified as an array");
  return value.map((stage: unknown) => {
    if (!isDoc(stage)) throw typeMismatch("Each element of the 'pipeline' array must be an object");
    return stage;
  });
}

type Settings = Parameters<typeof compilePipeline>[1] & { readonly hint: string | Doc | undefined };

/** Compiles a pipeline as far as it reads; its results come, encoded, when the function that it gives is called. */
function resultsOf(
  reading: readonly Doc[],
  source: Source | undefined,
  host: Host,
  settings: Settings,
  writes: boolean,
): () => IterableIterator<Buffer> {
  const encoded = (docs: readonly Doc[]) => docs.values().map((doc) => encode(doc));
  const special = firstStage(reading[0], source, host);
  if (special) {
    const pipeline = compilePipeline(reading.slice(1), settings);
    return () => encoded(pipeline(special));
  }
  if (reading[0] && stageName(reading[0]) === '$documents') {
    const pipeline = compilePipeline(reading, settings);
    return () => encoded(pipeline([]));
  }
  const { query, rest } = leading(reading);
  compileFilter(query.filter, { evaluate: evaluator(settings), text: () => () => true });
  const { collation } = settings;
  const found = () => (source ? run(source, { ...query, collation, hint: settings.hint, variables: settings }) : []);
  const counted = countOnly(rest);
  const pipeline = compilePipeline(rest, settings);
  if (counted)
    return () => {
      const n = found().length;
      return (n === 0 ? [] : [encode({ _id: counted.id, [counted.field]: n })]).values();
    };
  if (rest.length === 0 && !writes)
    return () =>
      found()
        .values()
        .map(({ stored }) => stored.bytes);
  return () => encoded(pipeline(found().map(({ doc }) => doc)));
}

export async function aggregate(command: Command, host: Host): Promise<Answer> {
  const { body, database } = command;
  const { name, source } = inputOf(command, host);
  const pipeline = pipelineOf(body['pipeline']);
  if (!isDoc(body['cursor']) && body['explain'] !== true)
    throw new CommandError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  const now = host.engine.now();
  const variables = { let: docField(body, 'let', 'aggregate'), now };
  const collation = docField(body, 'collation', 'aggregate');
  const last = pipeline.at(-1);
  if (host.transaction) refuseInTransaction(pipeline);
  const writes = last !== undefined && ['$out', '$merge'].includes(stageName(last));
  const reading = writes ? pipeline.slice(0, -1) : pipeline;
  for (const stage of reading)
    if (['$out', '$merge'].includes(stageName(stage)))
      throw new CommandError(40601, `${stageName(stage)} can only be the final stage in the pipeline`);

  const settings = {
    ...variables,
    collation,
    neighbours: neighboursIn(host, database, now),
    hint: hintField(body, 'aggregate'),
  };
  const docsOf = resultsOf(reading, source, host, settings, writes);
  // stages may read any collection, so everything that was visible must be safe before the answer
  const safe = host.transaction ? Promise.resolve() : host.engine.settled();
  safe.catch(() => undefined);
  const results = docsOf();
  await safe;
  if (writes && last) {
    await (stageName(last) === '$out' ? out : merge)([...results], last, database, host, variables);
    return host.cursors.start(`${database}.${name}`, [].values(), {});
  }
  const cursor = isDoc(body['cursor']) ? body['cursor'] : {};
  const batchSize = countField(cursor, 'batchSize', 'aggregate');
  if (batchSize !== undefined && batchSize < 0) throw badValue('batchSize must not be negative');
  return host.cursors.start(`${database}.${name}`, results, {
    batchSize,
    ...ownerOf(command, host),
  });
}
