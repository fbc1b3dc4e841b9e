import { Binary, Long } from 'bson';
import { run } from '../commands/query.js';
import type { Source } from '../commands/source.js';
import { CommandError } from '../errors.js';
import type { Doc } from '../values/document.js';
import { Blocked } from './claims.js';
import type { StoredDoc } from './collection.js';
import { Engine } from './engine.js';
import type { Transaction } from './transaction.js';

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Model = Map<number, Doc>;

/** A transaction and what it must see: a whole copy of the data, which the engine never makes. */
interface Open {
  readonly transaction: Transaction;
  readonly sees: Model;
  /** The documents as they were committed when it began. */
  readonly began: Model;
  readonly wrote: Set<number>;
}

const variables = { now: new Date(0) };

/** What happened, in the words of the rule. */
function outcomeOf(work: () => void): 'done' | 'conflict' | 'duplicate' | 'blocked' {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof Blocked) return 'blocked';
    if (error instanceof CommandError && error.code === 112) return 'conflict';
    if (error instanceof CommandError && error.code === 11000) return 'duplicate';
    throw error;
  }
}

const same = (a: Doc | undefined, b: Doc | undefined) => a === b;

describe('transactions, against a model that copies everything', () => {
  it.each([1, 2, 3])('see and do what a snapshot must (seed %i)', async (seed) => {
    const random = seeded(seed);
    const below = (most: number) => Math.floor(random() * most);
    const engine = await Engine.open({});
    const setUp = engine.batch();
    const collection = setUp.create('d', 'things');
    setUp.createIndex(collection, { v: 2, key: { v: 1 }, name: 'v_1' });
    setUp.createIndex(collection, { v: 2, key: { u: 1 }, name: 'u_1', unique: true });
    await setUp.commit();

    const committed: Model = new Map();
    const open: Open[] = [];
    let number = 0;
    const counts: Record<string, number> = {};
    const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);

    const begin = () => {
      const id = new Binary(Buffer.from([++number & 255, number >> 8]));
      const write = { session: `s${number}`, sessionId: id, number: Long.fromNumber(1) };
      const transaction = engine.transactions.begin(write);
      open.push({ transaction, sees: new Map(committed), began: new Map(committed), wrote: new Set() });
    };
    const end = async (one: Open, commit: boolean) => {
      open.splice(open.indexOf(one), 1);
      if (!commit) {
        engine.transactions.abort(one.transaction);
        return;
      }
      await engine.transactions.commit(one.transaction);
      for (const id of one.wrote) {
        const doc = one.sees.get(id);
        if (doc) committed.set(id, doc);
        else committed.delete(id);
      }
    };
    const check = (source: Source, sees: Model) => {
      const all = [...sees.values()].sort((a, b) => Number(a['_id']) - Number(b['_id']));
      const docs = (found: readonly { doc: Doc }[]) => found.map(({ doc }) => doc);
      expect(docs(run(source, { filter: {}, sort: { _id: 1 }, variables }))).toEqual(all);
      const low = below(10);
      const inRange = all.filter(({ v }) => Number(v) >= low);
      expect(run(source, { filter: { v: { $gte: low } }, variables })).toHaveLength(inRange.length);
      const page = docs(
        run(source, { filter: { v: { $gte: low } }, sort: { v: -1, _id: 1 }, skip: 1, limit: 3, variables }),
      );
      const sorted = inRange.toSorted((a, b) => Number(b['v']) - Number(a['v']) || Number(a['_id']) - Number(b['_id']));
      expect(page).toEqual(sorted.slice(1, 4));
      const u = below(150);
      expect(docs(run(source, { filter: { u }, variables }))).toEqual(all.filter((doc) => doc['u'] === u));
    };

    for (let step = 0; step < 1200; step++) {
      if (open.length < 4 && random() < 0.3) begin();
      const inside = random() < 0.7 ? open[below(open.length)] : undefined;
      const view = inside?.transaction.view('d', 'things');
      const sees = inside?.sees ?? committed;
      const id = below(25);
      const before = sees.get(id);
      const next: Doc = { _id: id, v: below(12), u: below(150), step };
      const [found]: { stored: StoredDoc }[] = before
        ? run(view ?? collection, { filter: { _id: id }, variables })
        : [];
      const removing = before !== undefined && random() < 0.3;

      const batch = engine.batch();
      const outcome = outcomeOf(() => {
        if (view && removing && found) view.remove(found.stored);
        else if (view && found) view.replace(found.stored, next);
        else if (view) view.insert(next);
        else if (removing && found) batch.remove(collection, found.stored);
        else if (found) batch.replace(collection, found.stored, next);
        else batch.insert(collection, next);
      });
      await batch.commit();
      count(`${inside ? 'inside' : 'outside'} ${outcome}`);

      const changedByOthers = inside && !inside.wrote.has(id) && !same(inside.began.get(id), committed.get(id));
      const heldByOther = open.some((one) => one !== inside && one.wrote.has(id));
      const holder = [...sees.values()].find((doc) => doc['u'] === next['u'] && doc['_id'] !== id);
      const refused = inside ? 'conflict' : 'blocked';
      // a key that nobody visible has may still be on its way in or out
      const free = holder ? 'duplicate' : 'done';
      const possible = changedByOthers || heldByOther ? [refused] : removing ? ['done'] : [free, refused];
      expect(possible).toContain(outcome);
      if (outcome === 'done') {
        if (removing) sees.delete(id);
        else sees.set(id, next);
        inside?.wrote.add(id);
      } else if (inside) await end(inside, false);

      if (step % 8 === 0) {
        check(collection, committed);
        for (const one of open) {
          const seen = one.transaction.view('d', 'things');
          if (seen) check(seen, one.sees);
        }
      }
      const ending = open[below(open.length)];
      if (ending && random() < 0.08) await end(ending, random() < 0.7);
    }
    for (const one of open.slice()) await end(one, true);
    check(collection, committed);
    expect(new Set([...committed.values()].map(({ u }) => u)).size).toBe(committed.size);
    expect(collection.claims.none).toBe(true);
    for (const what of ['inside done', 'inside conflict', 'inside duplicate', 'outside done', 'outside blocked'])
      expect({ what, often: (counts[what] ?? 0) > 5 }).toEqual({ what, often: true });
    await engine.close();
  });
});
