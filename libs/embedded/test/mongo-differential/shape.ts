import { type Case, projections, sorts } from './case.js';
import { mixed, people } from './data.js';

export const shapeCases: readonly Case[] = [
  ...sorts('sort', mixed, {
    'every type upwards': { a: 1, _id: 1 },
    'every type downwards': { a: -1, _id: 1 },
    'by a sub-field': { 'a.b': 1, _id: 1 },
    'by a sub-field downwards': { 'a.b': -1, _id: -1 },
  }),
  ...projections('projection', people, {
    include: { name: 1 },
    'include without id': { name: 1, _id: 0 },
    exclude: { tags: 0, items: 0 },
    'exclude only the id': { _id: 0 },
    'include nested': { 'address.city': 1 },
    'include in arrays': { 'items.sku': 1 },
    'exclude in arrays': { 'items.n': 0 },
    'nested form': { address: { city: 1 }, name: 1 },
    slice: { tags: { $slice: 1 }, items: 0 },
    'slice from the end': { tags: { $slice: -1 } },
    'slice with skip': { tags: { $slice: [1, 1] }, name: 1 },
    elemMatch: { items: { $elemMatch: { sku: 'y' } } },
    computed: { upper: { $toUpper: '$name' }, age: 1 },
    literal: { constant: { $literal: 5 }, name: 1 },
    'field path': { city: '$address.city' },
    'computed below': { 'address.double': { $add: ['$age', 1] }, name: 1 },
  }),
];
