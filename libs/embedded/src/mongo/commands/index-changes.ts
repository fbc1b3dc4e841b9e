import { CommandError } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { WriteBatch } from '../storage/write-batch.js';
import { type Doc, isDoc } from '../values/document.js';
import { equal } from '../values/order.js';
import { indexDefinition } from './index-definitions.js';

const changeable = ['expireAfterSeconds', 'hidden'] as const;

/** What `collMod` does to an index; gives the fields of its answer that say what was and is. */
export function changeIndex(batch: WriteBatch, collection: Collection, wanted: Doc): Doc {
  if (changeable.every((option) => wanted[option] === undefined))
    throw new CommandError(72, 'no expireAfterSeconds, hidden, unique, or prepareUnique field');
  const before = collection.definitions.find(
    ({ name, key }) => name === wanted['name'] || (isDoc(wanted['keyPattern']) && equal(key, wanted['keyPattern'])),
  );
  if (!before) throw new CommandError(27, `cannot find index ${JSON.stringify(wanted)} for ns ${collection.namespace}`);
  const changes: Doc = {};
  const shown: Doc = {};
  for (const option of changeable) {
    if (wanted[option] === undefined) continue;
    changes[option] = wanted[option];
    if (before[option] !== undefined) shown[`${option}_old`] = before[option];
    shown[`${option}_new`] = wanted[option];
  }
  // throws for a time that no index may have
  if (changes['expireAfterSeconds'] !== undefined)
    indexDefinition({ key: before['key'], name: before['name'], expireAfterSeconds: changes['expireAfterSeconds'] });
  batch.dropIndex(collection, String(before['name']));
  batch.createIndex(collection, { ...before, ...changes });
  return shown;
}
