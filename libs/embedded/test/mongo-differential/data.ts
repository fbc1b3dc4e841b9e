import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';

export const id = (n: number) => new ObjectId(`65000000000000000000000${n.toString(16)}`);
export const date = (day: number) => new Date(Date.UTC(2024, 0, day));

export const mixed = [
  { _id: 1, a: 1 },
  { _id: 2, a: 2.5 },
  { _id: 3, a: Long.fromString('9007199254740993') },
  { _id: 4, a: 'text' },
  { _id: 5, a: null },
  { _id: 6 },
  { _id: 7, a: [1, 2, 3] },
  { _id: 8, a: [] },
  { _id: 9, a: { b: 1 } },
  { _id: 10, a: [{ b: 1 }, { b: 2, c: 3 }] },
  { _id: 11, a: date(1) },
  { _id: 12, a: id(1) },
  { _id: 13, a: true },
  { _id: 14, a: false },
  { _id: 15, a: new Binary(Buffer.from([1, 2, 3])) },
  { _id: 16, a: Decimal128.fromString('1') },
  { _id: 17, a: new Double(1) },
  { _id: 18, a: 'Text' },
  { _id: 19, a: [[1, 2], [3]] },
  { _id: 20, a: new MinKey() },
  { _id: 21, a: new MaxKey() },
  { _id: 22, a: new Timestamp({ t: 1, i: 1 }) },
  { _id: 23, a: new UUID('5bb0d1a4-7a3b-4f4e-9a63-111111111111') },
  { _id: 24, a: Number.NaN },
  { _id: 25, a: { b: 1, c: 2 } },
  { _id: 26, a: { c: 2, b: 1 } },
  { _id: 27, a: ['text', null] },
  { _id: 28, a: -5 },
  { _id: 29, a: '' },
  { _id: 30, a: 'ünïcode' },
  { _id: 31, a: [{ b: [5, 6] }, { b: 7 }] },
];

export const people = [
  { _id: 1, name: 'Ada', age: 36, tags: ['a', 'b', 'c'], address: { city: 'London', zip: 'N1' }, items: [{ sku: 'x', n: 1 }, { sku: 'y', n: 2 }], when: date(3) },
  { _id: 2, name: 'Bob', age: 25, tags: ['b'], address: { city: 'Paris' }, items: [{ sku: 'y', n: 5 }, { sku: 'z', n: 7, q: { r: 1 } }], when: date(9) },
  { _id: 3, name: 'Cid', tags: [], items: [], when: date(20) },
  { _id: 4, name: 'Dee', age: 36, tags: ['c', 'd'], address: null, items: [{ sku: 'x', n: 9 }], when: date(31) },
]; // prettier-ignore

export const array = { _id: 1, list: [5, 1, 9, 3], docs: [{ k: 'a', v: 1 }, { k: 'b', v: 2 }, { k: 'a', v: 3 }], n: 5, s: 'x', nested: { x: 1, y: { z: 2 } }, when: date(1) }; // prettier-ignore
