import { type Case } from './case.js';
import { array } from './data.js';

const modifies: Record<string, object> = {
  'returns the document before': { query: { _id: 1 }, update: { $inc: { n: 1 } } },
  'returns the document after': { query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true },
  'with fields': { query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true, fields: { n: 1, _id: 0 } },
  removes: { query: { _id: 1 }, remove: true, fields: { n: 1 } },
  'removes nothing': { query: { _id: 3 }, remove: true },
  'finds nothing': { query: { _id: 3 }, update: { $set: { a: 1 } } },
  'upserts before': { query: { _id: 3 }, update: { $set: { a: 1 } }, upsert: true },
  'upserts after': { query: { _id: 3 }, update: { $set: { a: 1 } }, upsert: true, new: true },
  replaces: { query: { _id: 1 }, update: { fresh: 1 }, new: true },
  'replaces with another id': { query: { _id: 1 }, update: { _id: 2, fresh: 1 } },
  sorts: { query: {}, sort: { n: -1 }, update: { $set: { first: true } }, new: true },
  'array filters': { query: { _id: 1 }, update: { $set: { 'list.$[x]': 0 } }, arrayFilters: [{ x: 9 }], new: true },
  'by a pipeline': { query: { _id: 1 }, update: [{ $set: { n: { $multiply: ['$n', 2] } } }], new: true },
  'remove and update': { query: { _id: 1 }, remove: true, update: { $set: { a: 1 } } },
  neither: { query: { _id: 1 } },
};

export const findAndModifyCases: readonly Case[] = Object.entries(modifies).map(([name, command]) => ({
  area: 'find and modify',
  name: `first form: ${name}`,
  docs: [array, { _id: 2, n: 7, list: [] }],
  run: [
    { findAndModify: 'COLLECTION', ...command },
    { find: 'COLLECTION', sort: { _id: 1 } },
  ],
}));
