import { CommandError } from '../errors.js';
import type { Doc } from '../values/document.js';

const everywhere = new Set([
  'lsid', 'txnNumber', 'autocommit', 'startTransaction', 'readConcern', 'writeConcern', 'apiVersion', 'apiStrict', 'apiDeprecationErrors',
  'comment', 'maxTimeMS', 'maxTimeMSOpOnly', 'mayBypassWriteBlocking', 'stmtId', 'stmtIds', 'coordinator', 'help', 'rawData',
]); // prettier-ignore

const own: Readonly<Record<string, readonly string[]>> = {
  find: [
    'filter', 'sort', 'projection', 'hint', 'skip', 'limit', 'batchSize', 'singleBatch', 'max', 'min', 'returnKey', 'showRecordId', 'tailable',
    'awaitData', 'oplogReplay', 'noCursorTimeout', 'allowPartialResults', 'collation', 'allowDiskUse', 'let', 'exhaust', 'term',
  ],
  aggregate: ['pipeline', 'explain', 'allowDiskUse', 'cursor', 'bypassDocumentValidation', 'collation', 'hint', 'let'],
  insert: ['documents', 'ordered', 'bypassDocumentValidation'],
  update: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
  delete: ['deletes', 'ordered', 'let'],
  findAndModify: [
    'query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'bypassDocumentValidation', 'collation', 'arrayFilters', 'hint', 'let',
  ],
  count: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
  distinct: ['key', 'query', 'collation', 'hint'],
  create: [
    'capped', 'timeseries', 'expireAfterSeconds', 'clusteredIndex', 'size', 'max', 'storageEngine', 'validator', 'validationLevel',
    'validationAction', 'indexOptionDefaults', 'viewOn', 'pipeline', 'collation', 'encryptedFields', 'changeStreamPreAndPostImages',
    'autoIndexId', 'idIndex', 'recordPreImages', 'flags', 'temp',
  ],
  createIndexes: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'],
  getMore: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime'],
  killCursors: ['cursors'],
}; // prettier-ignore
const known = new Map(Object.entries(own).map(([name, fields]) => [name, new Set(fields)]));
const sameAs: Readonly<Record<string, string>> = { findandmodify: 'findAndModify' };

const statements: Readonly<Record<string, ReadonlySet<string>>> = {
  'update.updates': new Set([
    'q',
    'u',
    'c',
    'multi',
    'upsert',
    'collation',
    'arrayFilters',
    'hint',
    'sort',
    'sampleId',
    'upsertSupplied',
  ]),
  'delete.deletes': new Set(['q', 'limit', 'collation', 'hint', 'sampleId']),
};

const unknown = (where: string) => new CommandError(40415, `BSON field '${where}' is an unknown field.`);

/** Refuses a field that the command does not have: a misspelt option must not be ignored in silence. */
export function refuseUnknownFields(name: string, body: Doc): void {
  const command = sameAs[name] ?? name;
  const fields = known.get(command);
  if (!fields) return;
  for (const key of Object.keys(body))
    if (key !== name && !fields.has(key) && !everywhere.has(key) && !key.startsWith('$'))
      throw unknown(`${command}.${key}`);
}

/** The same for one statement of an update or delete. */
export function refuseUnknownStatementFields(where: 'update.updates' | 'delete.deletes', statement: Doc): void {
  for (const key of Object.keys(statement)) if (!statements[where]?.has(key)) throw unknown(`${where}.${key}`);
}
