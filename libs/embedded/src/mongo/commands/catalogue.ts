import { Long } from 'bson';
import { CommandError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../storage/collection.js';
import type { Transaction } from '../storage/transaction.js';
import { type Doc, encode, isDoc, toNumber } from '../values/document.js';
import { equal } from '../values/order.js';
import { type Command, type Handler, type Host, sessionOf } from './command.js';
import { collectionName, countField, docField, docList, flag } from './fields.js';
import { changeIndex } from './index-changes.js';
import { alreadyThere, indexDefinition, refuseIdIndexDrop } from './index-definitions.js';

export function refuseBadName(name: string): void {
  if (name.includes('\0') || name.includes('$') || name.startsWith('.') || name.endsWith('.'))
    throw new CommandError(73, `Invalid collection name: ${name}`);
}

function existing(command: Command, host: Host, name = collectionName(command.body, command.name)): Collection {
  const collection = host.engine.collection(command.database, name);
  if (!collection) throw new CommandError(26, `ns does not exist: ${command.database}.${name}`);
  return collection;
}

/** Waits for a moment when no transaction uses the collection (or makes it); nothing may be awaited between this and its change. */
async function alone({ engine }: Host, database: string, name: string): Promise<Collection | undefined> {
  const found = () => engine.collection(database, name);
  await engine.transactions.unused(
    () => [found()].filter((collection) => collection !== undefined),
    `${database}.${name}`,
  );
  return found();
}

/** The collection of that name, as a command that would make it must see it. */
async function free(host: Host, database: string, name: string): Promise<Collection | undefined> {
  const { engine, transaction } = host;
  if (transaction) return transaction.view(database, name)?.base;
  await engine.transactions.unused(() => [], `${database}.${name}`);
  return engine.collection(database, name);
}

function createIndexesInTransaction(
  transaction: Transaction,
  database: string,
  name: string,
  definitions: readonly Doc[],
): Doc {
  const known = transaction.view(database, name);
  if (!known) refuseBadName(name);
  const view = known ?? transaction.create(database, name);
  const before = view.base.definitions.length;
  for (const definition of definitions) if (!alreadyThere(view.base, definition)) view.createIndex(definition);
  return {
    numIndexesBefore: before,
    numIndexesAfter: view.base.definitions.length,
    createdCollectionAutomatically: !known,
    ok: 1,
  };
}

const create: Handler = async ({ body, database, name: command }, host) => {
  const name = collectionName(body, command);
  refuseBadName(name);
  for (const option of ['capped', 'timeseries', 'viewOn', 'clusteredIndex'])
    if (body[option] !== undefined && body[option] !== false)
      throw new CommandError(115, `collections with '${option}' are not supported by this server`);
  const options: Doc = {};
  for (const option of ['validator', 'validationLevel', 'validationAction', 'collation'])
    if (body[option] !== undefined) options[option] = body[option];
  const there = await free(host, database, name);
  if (there) {
    if (equal(there.options, options)) return { ok: 1 };
    throw new CommandError(
      48,
      `namespace ${database}.${name} already exists, but with different options: ${JSON.stringify(there.options)}`,
    );
  }
  if (host.transaction) {
    host.transaction.create(database, name, options);
    return { ok: 1 };
  }
  const batch = host.engine.batch();
  batch.create(database, name, options);
  await batch.commit();
  return { ok: 1 };
};

const drop: Handler = async (command, host) => {
  const name = collectionName(command.body, 'drop');
  const collection = await alone(host, command.database, name);
  if (!collection) return { ok: 1 };
  const batch = host.engine.batch();
  batch.drop(collection);
  await batch.commit();
  return { nIndexesWas: collection.definitions.length, ns: collection.namespace, ok: 1 };
};

const dropDatabase: Handler = async ({ database }, host) => {
  const all = () => [...(host.engine.databases.get(database)?.values() ?? [])];
  await host.engine.transactions.unused(all);
  const collections = all();
  const batch = host.engine.batch();
  for (const collection of collections) batch.drop(collection);
  await batch.commit();
  return collections.length > 0 ? { dropped: database, ok: 1 } : { ok: 1 };
};

const renameCollection: Handler = async ({ body }, host) => {
  const split = (value: unknown): [string, string] => {
    const text = String(value);
    const dot = text.indexOf('.');
    return [text.slice(0, dot), text.slice(dot + 1)];
  };
  const from = split(body['renameCollection']);
  const to = split(body['to']);
  await host.engine.transactions.unused(
    () => [host.engine.collection(...from), host.engine.collection(...to)].filter((it) => it !== undefined),
    to.join('.'),
  );
  const source = host.engine.collection(...from);
  if (!source) throw new CommandError(26, `Source collection ${from.join('.')} does not exist`);
  refuseBadName(to[1]);
  const target = host.engine.collection(...to);
  const batch = host.engine.batch();
  if (target) {
    if (!flag(body, 'dropTarget')) throw new CommandError(48, 'target namespace exists');
    batch.drop(target);
  }
  batch.recreate(source, ...to, source.options);
  await batch.commit();
  return { ok: 1 };
};

const collMod: Handler = async (command, host) => {
  await alone(host, command.database, collectionName(command.body, command.name));
  const collection = existing(command, host);
  const { body } = command;
  const batch = host.engine.batch();
  const index = docField(body, 'index', 'collMod');
  const changed = index ? changeIndex(batch, collection, index) : {};
  const options: Doc = { ...collection.options };
  for (const option of ['validator', 'validationLevel', 'validationAction'])
    if (body[option] !== undefined) options[option] = body[option];
  if (!equal(options, collection.options)) batch.recreate(collection, collection.database, collection.name, options);
  await batch.commit();
  return { ...changed, ok: 1 };
};

const createIndexes: Handler = async (command, host) => {
  const { body, database } = command;
  const name = collectionName(body, 'createIndexes');
  const specs = docList(body['indexes'], 'indexes', 'createIndexes');
  if (specs.length === 0) throw new CommandError(2, 'Must specify at least one index to create');
  const definitions = specs.map(indexDefinition);
  if (host.transaction) return createIndexesInTransaction(host.transaction, database, name, definitions);
  await alone(host, database, name);
  const batch = host.engine.batch();
  const createdAutomatically = !host.engine.collection(database, name);
  if (createdAutomatically) refuseBadName(name);
  let before = 1;
  let after = 1;
  try {
    const collection = host.engine.collection(database, name) ?? batch.create(database, name);
    before = collection.definitions.length;
    for (const definition of definitions)
      if (!alreadyThere(collection, definition)) batch.createIndex(collection, definition);
    after = collection.definitions.length;
  } catch (error) {
    batch.rollBack();
    throw error;
  }
  await batch.commit();
  return {
    numIndexesBefore: before,
    numIndexesAfter: after,
    createdCollectionAutomatically: createdAutomatically,
    ...(before === after ? { note: 'all indexes already exist' } : {}),
    ok: 1,
  };
};

const dropIndexes: Handler = async (command, host) => {
  await alone(host, command.database, collectionName(command.body, command.name));
  const collection = existing(command, host);
  const wanted = command.body['index'];
  const before = collection.definitions.length;
  const names: string[] = [];
  if (wanted === '*')
    names.push(...collection.definitions.map(({ name }) => String(name)).filter((name) => name !== '_id_'));
  else
    for (const item of Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]) {
      const found = collection.definitions.find(({ name, key }) => name === item || (isDoc(item) && equal(key, item)));
      if (!found)
        throw new CommandError(
          27,
          isDoc(item)
            ? `can't find index with key: ${JSON.stringify(item)}`
            : `index not found with name [${String(item)}]`,
        );
      refuseIdIndexDrop(String(found['name']));
      names.push(String(found['name']));
    }
  const batch = host.engine.batch();
  for (const name of names) batch.dropIndex(collection, name);
  await batch.commit();
  return { nIndexesWas: before, ...(wanted === '*' ? { msg: 'non-_id indexes dropped for collection' } : {}), ok: 1 };
};

const listCursor = (command: Command, host: Host, namespace: string, docs: readonly Doc[]) =>
  host.cursors.start(
    namespace,
    docs.values().map((doc) => encode(doc)),
    {
      batchSize: countField(docField(command.body, 'cursor', command.name) ?? {}, 'batchSize', command.name),
      session: sessionOf(command)?.toString('hex'),
    },
  );

const listCollections: Handler = (command, host) => {
  const { body, database } = command;
  const nameOnly = flag(body, 'nameOnly');
  const test = compileFilter(docField(body, 'filter', 'listCollections') ?? {});
  const docs = [...(host.engine.databases.get(database)?.values() ?? [])].map((collection): Doc => ({
    name: collection.name,
    type: 'collection',
    ...(nameOnly
      ? {}
      : {
          options: collection.options,
          info: { readOnly: false, uuid: collection.uuid },
          idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
        }),
  }));
  return listCursor(command, host, `${database}.$cmd.listCollections`, docs.filter(test));
};

const listIndexes: Handler = (command, host) => {
  const collection = existing(command, host);
  return listCursor(command, host, collection.namespace, collection.definitions);
};

const listDatabases: Handler = ({ body }, host) => {
  const nameOnly = flag(body, 'nameOnly');
  const test = compileFilter(docField(body, 'filter', 'listDatabases') ?? {});
  const databases = [...host.engine.databases]
    .map(([name, collections]): Doc => {
      const size = [...collections.values()].reduce((sum, { dataBytes }) => sum + dataBytes, 0);
      return nameOnly ? { name } : { name, sizeOnDisk: Long.fromNumber(size), empty: size === 0 };
    })
    .filter(test);
  const total = databases.reduce((sum, { sizeOnDisk }) => sum + (toNumber(sizeOnDisk) ?? 0), 0);
  return {
    databases,
    ...(nameOnly
      ? {}
      : { totalSize: Long.fromNumber(total), totalSizeMb: Long.fromNumber(Math.floor(total / 1048576)) }),
    ok: 1,
  };
};

const collStats: Handler = ({ body, database, name: command }, host) => {
  const name = collectionName(body, command);
  const collection = host.engine.collection(database, name);
  const count = collection?.records.size ?? 0;
  const size = collection?.dataBytes ?? 0;
  return {
    ns: `${database}.${name}`,
    count,
    size,
    storageSize: size,
    avgObjSize: count > 0 ? Math.floor(size / count) : 0,
    nindexes: collection?.definitions.length ?? 0,
    freeStorageSize: 0,
    indexBuilds: [],
    indexSizes: Object.fromEntries(
      (collection?.definitions ?? []).map((definition) => [String(definition['name']), 0]),
    ),
    totalIndexSize: 0,
    totalSize: size,
    scaleFactor: 1,
    capped: false,
    ok: 1,
  };
};

const dbStats: Handler = ({ database }, host) => {
  const collections = [...(host.engine.databases.get(database)?.values() ?? [])];
  const objects = collections.reduce((sum, { records }) => sum + records.size, 0);
  const dataSize = collections.reduce((sum, { dataBytes }) => sum + dataBytes, 0);
  const indexes = collections.reduce((sum, { definitions }) => sum + definitions.length, 0);
  return {
    db: database,
    collections: collections.length,
    views: 0,
    objects,
    dataSize,
    storageSize: dataSize,
    indexes,
    indexSize: 0,
    avgObjSize: objects > 0 ? dataSize / objects : 0,
    ok: 1,
  };
};

const validate: Handler = (command, host) => {
  const collection = existing(command, host);
  return {
    ns: collection.namespace,
    uuid: collection.uuid,
    nInvalidDocuments: 0,
    nNonCompliantDocuments: 0,
    nrecords: collection.records.size,
    nIndexes: collection.definitions.length,
    keysPerIndex: Object.fromEntries([...collection.indexes.values()].map(({ name, entries }) => [name, entries.size])),
    indexDetails: Object.fromEntries(collection.definitions.map(({ name }) => [String(name), { valid: true }])),
    valid: true,
    repaired: false,
    warnings: [],
    errors: [],
    extraIndexEntries: [],
    missingIndexEntries: [],
    corruptRecords: [],
    ok: 1,
  };
};

export const catalogueCommands: Record<string, Handler> = {
  create,
  drop,
  dropDatabase,
  renameCollection,
  collMod,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  listCollections,
  listIndexes,
  listDatabases,
  collStats,
  collstats: collStats,
  dbStats,
  dbstats: dbStats,
  validate,
};
