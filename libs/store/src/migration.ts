import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '@lyceum/telemetry';
import type mongoose from 'mongoose';
import { type PersonalFields, unsetting } from './personal-fields.js';
import type { IndexSpec, Native, Stored, StoredShape } from './shape.js';

export interface Registration {
  readonly collection: string;
  readonly native: Native;
  readonly indexes: readonly IndexSpec[];
  readonly shape?: StoredShape;
  /** Whether its documents carry events. */
  readonly outbox?: boolean;
  readonly personal?: PersonalFields | undefined;
}

const pendingIndex: IndexSpec = {
  name: 'pending',
  keys: { pendingSince: 1 },
  where: { pendingSince: { $exists: true } },
};
const timersIndex: IndexSpec = { name: 'timers', keys: { nextDue: 1 }, where: { nextDue: { $exists: true } } };
const shapeIndex: IndexSpec = { name: 'shape', keys: { shape: 1 } };

/** Indexes first, then stored shapes. Safe when several instances do it at once. */
export async function prepareCollection(registration: Registration, log: Log): Promise<void> {
  const { collection, native, indexes, shape, outbox, personal } = registration;
  const wanted = [
    ...(personal ? [] : indexes),
    ...(outbox ? [pendingIndex, timersIndex] : []),
    ...(shape && shape.number > 1 ? [shapeIndex] : []),
  ];
  await buildIndexes(native, wanted, log);
  if (!shape) return;
  const upgraded = await upgradeAll(native, shape, personal);
  if (upgraded > 0) log.info('documents were brought to a new shape', { collection, shape: shape.number, upgraded });
}

export const indexName = ({ name, keys }: IndexSpec): string =>
  name ??
  Object.entries(keys)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_');

/** Creates what is missing and replaces what is declared differently; leaves alone what it does not know. */
export async function buildIndexes(
  native: Pick<Native, 'createIndex' | 'dropIndex' | 'indexes' | 'collectionName'>,
  specs: readonly IndexSpec[],
  log: Log,
): Promise<void> {
  for (const spec of specs) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await buildIndex(native, spec);
        break;
      } catch (error) {
        // another instance builds or replaces it at the same moment; a violated unique index stays an error
        if (attempt >= 5 || (error instanceof Error && 'code' in error && error.code === 11_000)) throw error;
        log.warn('an index is tried again', { collection: native.collectionName, index: indexName(spec), error });
        await pause(50 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }
}

async function buildIndex(
  native: Pick<Native, 'createIndex' | 'dropIndex' | 'indexes'>,
  spec: IndexSpec,
): Promise<void> {
  const name = indexName(spec);
  const { keys, unique, where, expireAfterSeconds, weights, defaultLanguage } = spec;
  const present = (await native.indexes().catch(whenNoCollection)).find((index) => index.name === name);
  if (present && !isAsDeclared(present, spec)) await native.dropIndex(name).catch(whenGone);
  await native.createIndex(keys, {
    name,
    ...(unique ? { unique } : {}),
    ...(where ? { partialFilterExpression: where } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
    ...(weights ? { weights: { ...weights } } : {}),
    ...(defaultLanguage ? { default_language: defaultLanguage } : {}),
  });
}

function isAsDeclared(present: mongoose.mongo.IndexDescriptionInfo, spec: IndexSpec): boolean {
  const isText = Object.values(spec.keys).includes('text'); // its stored keys look different
  const fields = isText ? Object.keys(present.weights ?? {}).sort() : Object.entries(present.key);
  const declared = isText
    ? Object.entries(spec.keys)
        .filter(([, kind]) => kind === 'text')
        .map(([field]) => field)
        .sort()
    : Object.entries(spec.keys);
  return (
    isDeepStrictEqual(fields, declared) &&
    (present.unique ?? false) === (spec.unique ?? false) &&
    present.expireAfterSeconds === spec.expireAfterSeconds &&
    isDeepStrictEqual(present.partialFilterExpression ?? {}, spec.where ?? {})
  );
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
function whenNoCollection(error: unknown): mongoose.mongo.IndexDescriptionInfo[] {
  if (codeOf(error) === 26) return [];
  throw error;
}
function whenGone(error: unknown): void {
  if (codeOf(error) !== 26 && codeOf(error) !== 27) throw error;
}

async function upgradeAll(native: Native, shape: StoredShape, personal: PersonalFields | undefined): Promise<number> {
  if (shape.number === 1) return 0;
  let upgraded = 0;
  // a document that is changed meanwhile is either upgraded by that change or found again
  for (let round = 1; round <= 10; round += 1) {
    let missed = 0;
    for await (const stored of native.find({ shape: { $lt: shape.number } }).batchSize(100)) {
      const { set, unset } = await upgradeOf(stored, shape, personal);
      const { matchedCount } = await native.updateOne(
        { _id: stored._id, version: stored.version },
        { $inc: { version: 1 }, $set: set, ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}) },
      );
      if (matchedCount === 1) upgraded += 1;
      else missed += 1;
    }
    if (missed === 0) return upgraded;
  }
  return upgraded; // the rest is upgraded when it is read
}

async function upgradeOf(stored: Stored, shape: StoredShape, personal: PersonalFields | undefined) {
  const [before] = (await personal?.open([stored])) ?? [];
  if (!personal || !before) return shape.difference(stored, shape.fieldsOf(stored));
  const upgraded = await personal.seal(stored._id, shape.fieldsOf(before.plain), { before });
  const { set, unset } = shape.difference(stored, upgraded.fields);
  return { set: { ...set, ...upgraded.set }, unset: { ...unset, ...unsetting(upgraded.unset) } };
}
