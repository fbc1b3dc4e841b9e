import { updatePipeline, type Variables } from '../aggregate/pipeline.js';
import { CommandError } from '../errors.js';
import { plainValue, pathParts } from '../query/path.js';
import { Blocked } from '../storage/claims.js';
import type { Collection } from '../storage/collection.js';
import type { WriteBatch } from '../storage/write-batch.js';
import { decode, type Doc, isDoc } from '../values/document.js';
import { shown } from '../values/shown.js';
import { ObjectId } from 'bson';
import type { Host } from './command.js';
import { run } from './query.js';

interface Target {
  readonly db: string;
  readonly coll: string;
}

function targetOf(value: unknown, database: string): Target {
  if (typeof value === 'string') return { db: database, coll: value };
  if (isDoc(value) && typeof value['coll'] === 'string')
    return { db: typeof value['db'] === 'string' ? value['db'] : database, coll: value['coll'] };
  throw new CommandError(16990, 'an output collection is needed');
}

const withId = (doc: Doc): Doc => (Object.hasOwn(doc, '_id') ? doc : { _id: new ObjectId(), ...doc });

/** `$out`: the results replace the collection, whose indexes stay. */
export async function out(results: readonly Buffer[], stage: Doc, database: string, host: Host): Promise<void> {
  const { db, coll } = targetOf(stage['$out'], database);
  await host.engine.transactions.unused(
    () => [host.engine.collection(db, coll)].filter((collection) => collection !== undefined),
    `${db}.${coll}`,
  );
  const batch = host.engine.batch();
  const before = host.engine.collection(db, coll);
  if (before) batch.drop(before);
  const next = batch.create(db, coll, before?.options ?? {});
  for (const definition of before?.definitions ?? [])
    if (definition['name'] !== '_id_') batch.createIndex(next, definition);
  try {
    for (const bytes of results) batch.insert(next, withId(decode(bytes)));
  } catch (error) {
    batch.rollBack();
    throw error;
  }
  await batch.commit();
}

const merging = {
  whenMatched: ['replace', 'keepExisting', 'merge', 'fail'],
  whenNotMatched: ['insert', 'discard', 'fail'],
};

function refuseMerge(spec: Doc, on: readonly string[], target: Collection | undefined): void {
  for (const [field, modes] of Object.entries(merging)) {
    const mode = spec[field];
    if (mode === undefined || (field === 'whenMatched' && Array.isArray(mode))) continue;
    if (typeof mode !== 'string' || !modes.includes(mode))
      throw new CommandError(2, `Enumeration value '${shown(mode)}' for field '$merge.${field}' is not a valid value.`);
  }
  if (on.length === 1 && on[0] === '_id') return;
  const wanted = on.toSorted().join();
  const unique = [...(target?.indexes.values() ?? [])].some(
    (index) =>
      index.unique &&
      !index.partial &&
      index.fields
        .map(({ path }) => path)
        .sort()
        .join() === wanted,
  );
  if (!unique) throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
}

/** `$merge`: every result is inserted, merged or refused as the stage says. */
export async function merge(
  results: readonly Buffer[],
  stage: Doc,
  database: string,
  host: Host,
  variables: Variables,
): Promise<void> {
  const spec: Doc = isDoc(stage['$merge']) ? stage['$merge'] : { into: stage['$merge'] };
  const { db, coll } = targetOf(spec['into'], database);
  const on = (Array.isArray(spec['on']) ? spec['on'] : [spec['on'] ?? '_id']).map(String);
  refuseMerge(spec, on, host.engine.collection(db, coll));
  let done = 0;
  while (done < results.length) {
    await host.engine.writable();
    const batch = host.engine.batch();
    let until: Promise<void> | undefined;
    try {
      const collection = host.engine.collection(db, coll) ?? batch.create(db, coll);
      for (; done < results.length; done++)
        mergeOne(withId(decode(results[done] ?? Buffer.alloc(0))), spec, on, collection, batch, variables);
    } catch (error) {
      // the document that met a transaction's change is merged when that is decided
      if (!(error instanceof Blocked)) throw error;
      ({ until } = error);
    } finally {
      await batch.commit();
    }
    await until;
  }
}

function mergeOne(
  doc: Doc,
  spec: Doc,
  on: readonly string[],
  collection: Collection,
  batch: WriteBatch,
  variables: Variables,
): void {
  const filter = Object.fromEntries(on.map((path) => [path, { $eq: plainValue(doc, pathParts(path)) ?? null }]));
  const [match] = run(collection, { filter, limit: 1, variables });
  const { whenMatched = 'merge', whenNotMatched = 'insert' } = spec;
  if (!match) {
    if (whenNotMatched === 'fail')
      throw new CommandError(
        13113,
        '$merge could not find a matching document in the target collection for at least one document in the source collection',
      );
    if (whenNotMatched === 'insert') batch.insert(collection, doc);
    return;
  }
  const { stored } = match;
  if (Array.isArray(whenMatched)) {
    const run1 = updatePipeline({ ...variables, let: { ...variables.let, new: { $literal: doc } } });
    batch.replace(collection, stored, run1(whenMatched.filter(isDoc))(stored.doc));
  } else if (whenMatched === 'replace') batch.replace(collection, stored, { ...doc, _id: stored.doc['_id'] });
  else if (whenMatched === 'merge')
    batch.replace(collection, stored, { ...stored.doc, ...doc, _id: stored.doc['_id'] });
  else if (whenMatched === 'fail')
    throw new CommandError(11000, `E11000 duplicate key error collection: ${collection.namespace}`);
}
