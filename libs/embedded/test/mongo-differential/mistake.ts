import { Int32, Long } from 'bson';
import { type Case, commands } from './case.js';

export const mistakeCases: readonly Case[] = commands('mistake', [{ _id: 1, a: new Int32(1) }], {
  'unknown command': { frobnicate: 1 },
  'unknown query operator': { find: 'COLLECTION', filter: { a: { $frob: 1 } } },
  'unknown top-level operator': { find: 'COLLECTION', filter: { $frob: 1 } },
  'bad in': { find: 'COLLECTION', filter: { a: { $in: 5 } } },
  'bad and': { find: 'COLLECTION', filter: { $and: [] } },
  'bad regex': { find: 'COLLECTION', filter: { a: { $regex: '(' } } },
  'mixed projection': { find: 'COLLECTION', projection: { a: 1, b: 0 } },
  'filter of another type': { find: 'COLLECTION', filter: 'x' },
  'negative skip': { find: 'COLLECTION', skip: -1 },
  'unknown cursor': { getMore: Long.fromString('123456789'), collection: 'COLLECTION' },
  'drop of an unknown index': { dropIndexes: 'COLLECTION', index: 'nothing' },
  'drop of the id index': { dropIndexes: 'COLLECTION', index: '_id_' },
  'empty index': { createIndexes: 'COLLECTION', indexes: [{ key: {}, name: 'x' }] },
  'bad delete limit': { delete: 'COLLECTION', deletes: [{ q: {}, limit: 5 }] },
  'multi replacement': { update: 'COLLECTION', updates: [{ q: {}, u: { a: 1 }, multi: true }] },
  'duplicate id': { insert: 'COLLECTION', documents: [{ _id: 1 }] },
  'array as id': { insert: 'COLLECTION', documents: [{ _id: [1] }] },
  'text search without an index': { find: 'COLLECTION', filter: { $text: { $search: 'x' } } },
  'aggregate without cursor': { aggregate: 'COLLECTION', pipeline: [] },
});
