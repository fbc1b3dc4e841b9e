import { changed } from '@lyceum/kernel';
import { Busy, type Database, DuplicateKey, InvalidCursor, type PageRequest, Records, where } from '../src/index.js';
import { Bench, type Server, type Shelf, type Shelves, eventually } from './bench.js';

interface Token {
  readonly id: string;
  readonly owner: string;
  readonly hash?: string;
  readonly spentAt?: Date;
}

class Tokens extends Records<Token> {
  constructor(database: Database) {
    super(database, {
      collection: 'tokens',
      fields: { owner: { type: String, required: true }, hash: String, spentAt: Date },
      indexes: [{ keys: { hash: 1 }, unique: true, where: { hash: { $exists: true } } }],
    });
  }
  spend(id: string, at: Date): Promise<Token | undefined> {
    return this.update(id, { spentAt: at }, { spentAt: null });
  }
  ofOwner(owner: string): Promise<Token[]> {
    return this.find({ owner }, { sort: ['-id'], limit: 2 });
  }
  forget(owner: string): Promise<number> {
    return this.removeAll({ owner });
  }
  line(tokens: readonly Token[]): Promise<boolean> {
    return this.insertInOrder(tokens);
  }
  counted(owner: string): Promise<number> {
    return this.count({ owner });
  }
}

async function allPages(shelves: Shelves, page: Omit<PageRequest, 'after'>, between?: () => Promise<unknown>) {
  const seen: Shelf[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await shelves.list({}, { ...page, after });
    expect(items.length).toBeLessThanOrEqual(page.limit);
    seen.push(...items);
    expect(seen.length).toBeLessThan(200); // or the cursors run in a circle
    after = next;
    await between?.();
  } while (after !== undefined);
  return seen;
}

export function recordsContract(server: Server): void {
  describe('records, pages and work that happens once', () => {
    let bench: Bench;
    let running: Awaited<ReturnType<Server['start']>>;
    beforeAll(async () => {
      running = await server.start();
    });
    afterAll(() => running.stop());
    beforeEach(() => {
      bench = new Bench(running.uri);
    });
    afterEach(() => bench.end());

    const tokens = async (): Promise<Tokens> => {
      const database = await bench.instance();
      const store = new Tokens(database);
      await database.prepare();
      return store;
    };

    it('of many who insert the same record one gets true, also when it has a unique value', async () => {
      const stores = await Promise.all([tokens(), tokens(), tokens()]);
      const outcomes = await Promise.all(
        stores.flatMap((store) => [1, 2, 3, 4].map(() => store.insertOnce({ id: 't', owner: 'ada', hash: 'h' }))),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      await expect(stores[0]?.insertOnce({ id: 'u', owner: 'ada', hash: 'h' })).rejects.toThrow(DuplicateKey);
    });

    it('a chain is inserted in its order, up to the first link that somebody else has taken', async () => {
      const store = await tokens();
      const link = (id: string, hash: string): Token => ({ id, owner: 'ada', hash });
      expect(await store.line([link('a', '1'), link('b', '2')])).toBe(true);
      expect(await store.line([link('c', '3'), link('d', '2'), link('e', '5')])).toBe(false);
      expect(await store.line([link('a', '6'), link('f', '7')])).toBe(false);
      const there = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => store.get(id)));
      expect(there.map((token) => token?.hash)).toEqual(['1', '2', '3', undefined, undefined, undefined]);
    });

    it('of many who spend one token one succeeds', async () => {
      const store = await tokens();
      await store.insertOnce({ id: 't', owner: 'ada' });
      const at = new Date();
      const spent = await Promise.all(Array.from({ length: 20 }, () => store.spend('t', at)));
      expect(spent.filter((token) => token !== undefined)).toEqual([{ id: 't', owner: 'ada', spentAt: at }]);
      expect(await store.spend('unknown', at)).toBeUndefined();
    });

    it('a record is put, changed in part, found and removed', async () => {
      const store = await tokens();
      await Promise.all([1, 2, 3].map(() => store.put({ id: 'a', owner: 'ada', hash: 'h' })));
      await store.put({ id: 'a', owner: 'bob' });
      expect(await store.get('a')).toEqual({ id: 'a', owner: 'bob' });
      expect(await store.update('a', { hash: 'x' })).toEqual({ id: 'a', owner: 'bob', hash: 'x' });
      expect(await store.update('a', { hash: undefined })).toEqual({ id: 'a', owner: 'bob' });
      await expect(store.update('a', { owner: undefined })).rejects.toThrow(/owner/);
      for (const id of ['b', 'c']) await store.put({ id, owner: 'bob' });
      expect((await store.ofOwner('bob')).map(({ id }) => id)).toEqual(['c', 'b']);
      expect(await store.remove('a', { owner: 'ada' })).toBe(false);
      expect(await store.remove('a')).toBe(true);
      expect(await store.counted('bob')).toBe(2);
      expect(await store.forget('bob')).toBe(2);
    });

    it.each(['books', '-books', 'madeAt', '-madeAt', 'id', '-id'])(
      'pages by %s are complete and without repetition, also where values are equal or missing',
      async (sort) => {
        const { shelves } = await bench.shelves();
        const all: Shelf[] = Array.from({ length: 23 }, (_, index) => ({
          id: `s${String((index * 7) % 23).padStart(2, '0')}`,
          books: index % 4,
          ...(index % 3 === 0 ? {} : { madeAt: new Date(1_000 * (index % 5)) }),
        }));
        for (const shelf of all) await shelves.change(shelf.id, () => changed(shelf));
        let extra = 0;
        const seen = await allPages(shelves, { limit: 4, sort }, async () => {
          extra += 1;
          const id = `x${extra}`;
          await shelves.change(id, () => changed({ id, books: extra % 4, madeAt: new Date(1_000 * extra) }));
        });
        const original = seen.filter(({ id }) => id.startsWith('s'));
        expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
        expect(original.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
        const field = sort.replace('-', '');
        const values = seen.map((shelf) => Object.entries(shelf).find(([name]) => name === field)?.[1] as unknown);
        const number = (value: unknown) => (typeof value === 'string' ? value : Number(value ?? -1));
        const sorted = values.map(number).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(values.map(number)).toEqual(sort.startsWith('-') ? sorted.toReversed() : sorted);
      },
    );

    it('a cursor that this list has not handed out is refused', async () => {
      const { shelves } = await bench.shelves();
      for (const id of ['a', 'b', 'c']) await shelves.addBook(id, []);
      const { next } = await shelves.list({}, { limit: 1, sort: 'books' });
      expect(next).toBeDefined();
      const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
      for (const after of [
        '',
        'nonsense',
        forged('books', 1, { $gt: 0 }, 'a'),
        forged('books', 1, 1, { $ne: null }),
        forged('books', 1, 'text', 'a'),
        forged('books', 1, { date: 'x' }, 'a'),
        forged('madeAt', 1, 1, 'a'),
        forged('books', -1, 1, 'a'),
        'x'.repeat(100_000),
      ])
        await expect(shelves.list({}, { after, limit: 1, sort: 'books' })).rejects.toThrow(InvalidCursor);
      await expect(shelves.list({}, { after: next, limit: 1, sort: 'id' })).rejects.toThrow(InvalidCursor);
    });

    it('an operator works when our own code says so', async () => {
      const { shelves } = await bench.shelves();
      for (const id of ['a', 'b', 'b']) await shelves.addBook(id, []);
      expect(await shelves.search({ books: where({ $gte: 2 }) })).toEqual([{ id: 'b', books: 2 }]);
    });

    it('work of the inbox is done once; who comes while it is being done comes again', async () => {
      const [one, two] = [await bench.instance(), await bench.instance()];
      await one.prepare();
      let done = 0;
      let finish: () => void = () => undefined;
      let first: Promise<boolean> | undefined;
      await new Promise<void>((begun) => {
        first = one.inbox.once('event-1', async () => {
          begun();
          await new Promise<void>((resolve) => (finish = resolve));
          done += 1;
        });
      });
      await expect(two.inbox.once('event-1', async () => void (done += 1))).rejects.toThrow(Busy);
      finish();
      expect(await first).toBe(true);
      expect(await two.inbox.once('event-1', async () => void (done += 1))).toBe(false);
      expect(done).toBe(1);
    });

    it('failed work counts as not done, and that of a killed instance is taken over', async () => {
      const [one, two] = [await bench.instance(), await bench.instance()];
      await one.prepare();
      await expect(one.inbox.once('e', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(await two.inbox.once('e', () => Promise.resolve())).toBe(true);

      await new Promise<void>((begun) => {
        void one.inbox.once('f', () => new Promise(() => begun()));
      });
      await expect(two.inbox.once('f', () => Promise.resolve())).rejects.toThrow(Busy);
      await one.connection.db?.collection('inbox').updateMany({ doneAt: null }, { $set: { until: new Date(0) } });
      expect(await two.inbox.once('f', () => Promise.resolve())).toBe(true);
    });

    it('a lease is held by one, is given back, and runs out after a crash', async () => {
      const [one, two] = [await bench.instance(), await bench.instance()];
      await one.prepare();
      let inside = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((done) => setTimeout(done, 60));
        inside -= 1;
      };
      const outcomes = await Promise.all([one, two, one, two].map(({ leases }) => leases.hold('daily', 5_000, work)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(most).toBe(1);
      expect(await two.leases.hold('daily', 5_000, work)).toBe(true);

      await expect(one.leases.hold('daily', 5_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      await new Promise<void>((begun) => {
        void one.leases.hold('nightly', 1_000, () => new Promise(() => begun()));
      });
      expect(await two.leases.hold('nightly', 1_000, work)).toBe(false);
      await bench.kill(one);
      await eventually(async () => expect(await two.leases.hold('nightly', 1_000, work)).toBe(true));
    });

    it('a lost lease is noticed by its work', async () => {
      const database = await bench.instance();
      await database.prepare();
      await database.leases.hold('daily', 300, async (signal) => {
        await database.connection.db?.collection('leases').updateMany({}, { $set: { owner: 'somebody else' } });
        await eventually(() => expect(signal.aborted).toBe(true));
      });
    });
  });
}
