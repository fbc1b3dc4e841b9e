import { copy, type Doc } from '../values/document.js';
import { compileUpdate } from './update.js';

const changes: [name: string, update: Doc, arrayFilters?: Doc[]][] = [
  ['$set deep inside', { $set: { 'price.tax.rate': 7, 'price.tax.name': 'VAT' } }],
  ['$set of an element', { $set: { 'items.1.count': 9 } }],
  ['$set of every element', { $set: { 'items.$[].count': 0 } }],
  ['$set of some elements', { $set: { 'items.$[big].count': 0 } }, [{ 'big.count': { $gt: 1 } }]],
  ['$set of the element that matched', { $set: { 'items.$.count': 5 } }],
  ['$inc and $unset beside each other', { $inc: { 'price.amount': 1 }, $unset: { 'price.tax': '' } }],
  ['$push, $pull and $pop', { $push: { 'price.tags': 'new' }, $pull: { items: { count: 1 } }, $pop: { marks: 1 } }],
  ['$rename from one object to another', { $rename: { 'price.amount': 'price.tax.amount' } }],
];

it.each(changes)(
  '%s leaves the version before as it was, which readers may still hold',
  (_, update, arrayFilters = []) => {
    const before: Doc = {
      _id: 1,
      price: { amount: 29, tax: { rate: 19 }, tags: ['old'] },
      items: [{ count: 1 }, { count: 2 }],
      marks: [1, 2],
    };
    const kept = copy(before);
    const filter = { 'items.count': 2 };
    const apply = compileUpdate(update, {
      context: {},
      arrayFilters,
      now: new Date(0),
      compilePipeline: () => copy,
      filter,
    });
    const after = apply(before, { inserting: false });
    expect(before).toEqual(kept);
    expect(after).not.toEqual(kept);
  },
);
