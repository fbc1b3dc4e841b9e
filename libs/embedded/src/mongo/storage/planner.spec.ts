import { run, type Work } from '../commands/query.js';
import type { Doc } from '../values/document.js';
import { Engine } from './engine.js';

const variables = { now: new Date() };

async function filled(count: number, make: (n: number) => Doc, ...keys: Doc[]) {
  const engine = await Engine.open({});
  const batch = engine.batch();
  const collection = batch.create('d', 'c');
  for (const definition of keys)
    batch.createIndex(collection, { name: JSON.stringify(definition['key']), ...definition });
  for (let n = 0; n < count; n++) batch.insert(collection, make(n));
  return collection;
}

type Filled = Awaited<ReturnType<typeof filled>>;

function examined(collection: Filled, filter: Doc, more: { sort?: Doc; limit?: number; skip?: number } = {}) {
  const work: Work = { plan: { kind: 'scan', sorted: false }, examined: 0 };
  const found = run(collection, { filter, variables, ...more }, work);
  return { found: found.length, examined: work.examined, kind: work.plan.kind };
}

describe('a query', () => {
  let collection: Filled;
  beforeAll(async () => {
    collection = await filled(
      20_000,
      (n) => ({
        _id: n,
        key: `k${n}`,
        group: n % 100,
        at: new Date(n),
        outbox: n % 1000 === 0 ? [{ id: n }] : [],
        state: n % 2 ? 'on' : 'off',
      }),
      { key: { key: 1 }, unique: true },
      { key: { group: 1, at: -1 } },
      { key: { 'outbox.id': 1 }, partialFilterExpression: { 'outbox.0': { $exists: true } } },
      { key: { at: 1 }, partialFilterExpression: { state: 'on' } },
    );
  });

  it('by the _id or another indexed field looks at nothing else', () => {
    expect(examined(collection, { _id: 5 })).toEqual({ found: 1, examined: 1, kind: 'index' });
    expect(examined(collection, { _id: 5, group: 77 })).toEqual({ found: 0, examined: 1, kind: 'index' });
    expect(examined(collection, { key: 'k19999' })).toEqual({ found: 1, examined: 1, kind: 'index' });
    expect(examined(collection, { key: { $in: ['k1', 'k2', 'none'] } })).toEqual({
      found: 2,
      examined: 2,
      kind: 'index',
    });
    expect(examined(collection, { key: /^k1999/ })).toEqual({ found: 11, examined: 11, kind: 'index' });
  });

  it('by equality and range uses both fields of a compound index', () => {
    const filter = { group: 7, at: { $gte: new Date(1000), $lt: new Date(2000) } };
    expect(examined(collection, filter)).toEqual({ found: 10, examined: 10, kind: 'index' });
    expect(examined(collection, { group: { $in: [1, 2] }, at: { $lt: new Date(1000) } })).toEqual({
      found: 20,
      examined: 20,
      kind: 'index',
    });
  });

  it('for a page in the order of an index reads only that page, in both directions', () => {
    expect(examined(collection, { group: 7 }, { sort: { at: -1 }, limit: 10, skip: 20 })).toEqual({
      found: 10,
      examined: 30,
      kind: 'index',
    });
    expect(examined(collection, { group: 7 }, { sort: { at: 1 }, limit: 1 })).toEqual({
      found: 1,
      examined: 1,
      kind: 'index',
    });
    expect(examined(collection, {}, { sort: { _id: -1 }, limit: 3 })).toEqual({ found: 3, examined: 3, kind: 'index' });
  });

  it('uses a partial index exactly when its filter says that it may', () => {
    expect(examined(collection, { 'outbox.0': { $exists: true } }, { sort: { 'outbox.id': 1 } }).found).toBe(20);
    expect(examined(collection, { 'outbox.id': 1000, 'outbox.0': { $exists: true } })).toEqual({
      found: 1,
      examined: 1,
      kind: 'index',
    });
    expect(examined(collection, { 'outbox.id': 1000 })).toEqual({ found: 1, examined: 20_000, kind: 'scan' });
    expect(examined(collection, { state: 'on', at: { $lt: new Date(10) } })).toEqual({
      found: 5,
      examined: 5,
      kind: 'index',
    });
    expect(examined(collection, { state: 'off', at: { $lt: new Date(10) } }).found).toBe(5);
  });

  it('with alternatives joins the indexes of each', () => {
    expect(examined(collection, { $or: [{ key: 'k1' }, { _id: 2 }, { _id: 1 }] })).toEqual({
      found: 2,
      examined: 2,
      kind: 'union',
    });
    expect(examined(collection, { $or: [{ key: 'k1' }, { state: 'on' }] })).toMatchObject({
      found: 10_000,
      kind: 'scan',
    });
  });

  it('looks at what it gives and at nothing else among 100,000 documents', async () => {
    const large = await filled(
      100_000,
      (n) => ({ _id: n, key: `k${n}`, at: new Date(n) }),
      { key: { key: 1 } },
      { key: { at: 1 } },
    );
    const page = (n: number) => ({ filter: { at: { $gt: new Date(n) } }, sort: { at: 1 }, limit: 20 });
    expect(examined(large, { key: 'k77777' }, { limit: 1 })).toMatchObject({ found: 1, examined: 1 });
    expect(examined(large, page(50_000).filter, page(50_000))).toMatchObject({ found: 20, examined: 20 });
    expect(examined(large, {}, { sort: { at: -1 }, limit: 20 })).toMatchObject({ found: 20, examined: 20 });
    if (process.env['MONGO_BENCH'] === undefined) return;
    const time = (work: (n: number) => void) => {
      const started = performance.now();
      for (let n = 0; n < 2000; n++) work(n * 37);
      return (((performance.now() - started) / 2000) * 1000).toFixed(0);
    };
    const byKey = time((n) => run(large, { filter: { key: `k${n}` }, variables, limit: 1 }));
    const paging = time((n) => run(large, { ...page(n), variables }));
    process.stdout.write(`among 100,000: by key ${byKey} µs, sorted page of 20 ${paging} µs\n`);
  });
});
