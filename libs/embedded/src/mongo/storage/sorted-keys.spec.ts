import fc from 'fast-check';
import { SortedKeys } from './sorted-keys.js';

interface Entry {
  key: string;
  record: number;
}

const ordered = (entries: Entry[]) =>
  entries.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.record - b.record));

describe('the entries of an index', () => {
  it('stay in order through any insertions and deletions', () => {
    const entry = fc.record({
      key: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 }),
      record: fc.nat({ max: 20 }),
    });
    const step = fc.tuple(fc.boolean(), entry);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 2 }),
        (steps, low) => {
          const list = new SortedKeys();
          const model = new Map<string, Entry>();
          for (const [add, item] of steps) {
            const id = `${item.key}/${item.record}`;
            if (add && !model.has(id)) {
              list.add(item.key, item.record);
              model.set(id, item);
            } else if (!add) {
              list.delete(item.key, item.record);
              model.delete(id);
            }
          }
          const interval = { low, high: `${low}\uffff` };
          const wanted = ordered([...model.values()].filter(({ key }) => key >= interval.low && key < interval.high));
          expect([...list.entries(interval)]).toEqual(wanted);
          expect([...list.entries(interval, true)]).toEqual(wanted.toReversed());
          expect(list.size).toBe(model.size);
        },
      ),
    );
  });

  it('are found again among 50,000, loaded at once or one by one', () => {
    const entries = Array.from({ length: 50_000 }, (_, n) => ({
      key: String((n * 7919) % 50_000).padStart(5, '0'),
      record: n,
    }));
    const [loaded, grown] = [new SortedKeys(), new SortedKeys()];
    loaded.load([...entries]);
    for (const { key, record } of entries) grown.add(key, record);
    const all = { low: '', high: '\uffff' };
    expect([...grown.entries(all)]).toEqual([...loaded.entries(all)]);
    for (const { key, record } of entries.slice(0, 1000)) expect([...grown.equal(key)]).toEqual([record]);
    for (const { key, record } of entries) grown.delete(key, record);
    expect(grown.size).toBe(0);
    expect([...grown.entries(all)]).toEqual([]);
  });
});
