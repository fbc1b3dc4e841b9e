import { changed, unchanged } from '@lyceum/kernel';
import { inTrace, newTraceparent } from '@lyceum/telemetry';
import { DuplicateKey, VersionMismatch } from '../src/index.js';
import { Bench, type Server, type Shelf, eventually } from './bench.js';

const refuse = (): never => {
  throw new Error('No room');
};
const addOne = (shelf: Shelf | undefined) => changed({ id: 'a', books: (shelf?.books ?? 0) + 1 });

export function aggregatesContract(server: Server): void {
  describe('aggregates', () => {
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

    it('50 changes at once in one instance are 50 versions and 50 events, in order and none twice', async () => {
      const { database, shelves } = await bench.shelves();
      await Promise.all(Array.from({ length: 50 }, () => shelves.addBook('a')));
      expect(await shelves.getWithVersion('a')).toMatchObject({ version: 50, state: { books: 50 } });
      expect(await database.flush(5_000)).toBe(true);
      expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      expect(new Set(bench.bus.published.map((event) => event.id)).size).toBe(50);
    });

    it('50 changes at once in four instances lose nothing, and events leave in order', async () => {
      const instances = await Promise.all(Array.from({ length: 4 }, () => bench.shelves()));
      await Promise.all(instances.flatMap(({ shelves }) => Array.from({ length: 13 }, () => shelves.addBook('a'))));
      expect(await instances[0]?.shelves.getWithVersion('a')).toMatchObject({ version: 52, state: { books: 52 } });
      await Promise.all(instances.map(({ database }) => database.flush(5_000)));
      expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual(
        Array.from({ length: 52 }, (_, index) => index + 1),
      );
      expect(bench.bus.overlaps).toEqual([]);
    });

    it('what is published says what happened, when, to what, and why', async () => {
      const { shelves } = await bench.shelves();
      const traceparent = newTraceparent();
      await inTrace({ traceparent }, () =>
        shelves.addBook('a', [{ type: 'shelf.book-added.v1', data: { at: new Date(0), none: undefined } }]),
      );
      const event = await eventually(() => {
        const [first] = bench.bus.published;
        if (!first) throw new Error('Nothing was published');
        return first;
      });
      expect(event).toMatchObject({
        source: '/lyceum/shelf',
        type: 'shelf.book-added.v1',
        subject: 'a',
        time: bench.clock.at.toISOString(),
        aggregateversion: 1,
        traceparent,
        data: { at: '1970-01-01T00:00:00.000Z' },
      });
    });

    it('a refused decision writes nothing and publishes nothing', async () => {
      const { database, shelves } = await bench.shelves();
      await expect(shelves.change('a', refuse)).rejects.toThrow('No room');
      await shelves.addBook('a', []);
      await expect(shelves.change('a', refuse)).rejects.toThrow('No room');
      expect(await shelves.change('a', (shelf) => unchanged(shelf ?? { id: 'a', books: 0 }))).toEqual({
        id: 'a',
        books: 1,
      });
      expect(await shelves.getWithVersion('a')).toMatchObject({ version: 1 });
      expect(await database.flush(1_000)).toBe(true);
      expect(bench.bus.published).toEqual([]);
    });

    it('an event that breaks its contract is not written, nor is the state', async () => {
      const { shelves } = await bench.shelves();
      await expect(
        shelves.addBook('a', [{ type: 'billing.payment-succeeded.v1', data: { paymentId: 7 } }]),
      ).rejects.toThrow(/paymentId/);
      expect(await shelves.get('a')).toBeUndefined();
    });

    it('a value that only one may have goes to one of many, and the others are told which index', async () => {
      const { shelves } = await bench.shelves();
      const outcomes = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((id) => shelves.change(id, () => changed({ id, books: 0, code: 'X1' }))),
      );
      const losers = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
      expect(losers).toHaveLength(3);
      for (const reason of losers) expect(reason).toBeInstanceOf(DuplicateKey);
      expect(losers[0]).toMatchObject({ collection: 'shelves', index: 'one shelf for each code', keys: ['code'] });
      await shelves.addBook('e', []);
      await expect(shelves.change('e', (e) => changed({ books: 0, ...e, id: 'e', code: 'X1' }))).rejects.toThrow(
        DuplicateKey,
      );
    });

    it.each([
      ['a value of some is taken', 'taken'],
      ['one is larger than the database takes', 'free'],
    ])('of many aggregates made at once each command hears of its own and is done once: %s', async (_name, code) => {
      const { database, shelves } = await bench.shelves();
      await shelves.change('first', () => changed({ id: 'first', code: 'taken', books: 1 }));
      const isBad = (place: number): boolean => (code === 'taken' ? place % 10 === 5 : place === 30);
      const detailsOf = (place: number): Partial<Shelf> => {
        if (!isBad(place)) return {};
        return code === 'taken' ? { code } : { note: 'x'.repeat(17_000_000) };
      };
      const made = await Promise.allSettled(
        Array.from({ length: 60 }, (_, place) =>
          shelves.change(`s${place}`, (shelf) =>
            changed({ id: `s${place}`, books: (shelf?.books ?? 0) + 1, ...detailsOf(place) }, [
              { type: 'shelf.book-added.v1', data: {} },
            ]),
          ),
        ),
      );
      for (const [place, { status }] of made.entries()) {
        expect(status).toBe(isBad(place) ? 'rejected' : 'fulfilled');
        const stored = await shelves.getWithVersion(`s${place}`);
        expect(stored).toEqual(isBad(place) ? undefined : { version: 1, state: { id: `s${place}`, books: 1 } });
      }
      expect(await database.flush(5_000)).toBe(true);
      const expected = made.flatMap((_, place) => (isBad(place) ? [] : [`s${place}`]));
      expect(bench.bus.published.map(({ subject }) => subject).sort()).toEqual(expected.sort());
    });

    it('one aggregate made by many at once is made once, also when it has a unique value', async () => {
      const instances = await Promise.all([bench.shelves(), bench.shelves(), bench.shelves()]);
      await Promise.all(
        instances.map(({ shelves }) =>
          shelves.change('a', (shelf) => changed({ id: 'a', code: 'A', books: (shelf?.books ?? 0) + 1 })),
        ),
      );
      expect(await instances[0]?.shelves.getWithVersion('a')).toEqual({
        version: 3,
        state: { id: 'a', code: 'A', books: 3 },
      });
    });

    it('a caller who has seen an older version is told so', async () => {
      const { shelves } = await bench.shelves();
      await shelves.change('a', addOne, { expectedVersion: 0 });
      await expect(shelves.change('a', addOne, { expectedVersion: 0 })).rejects.toThrow(VersionMismatch);
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map(() => shelves.changeWithVersion('a', addOne, { expectedVersion: 1 })),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([
        { status: 'fulfilled', value: { version: 2, state: { id: 'a', books: 2 } } },
      ]);
    });

    it('what was stored is what comes back: dates, null, absence, empty lists, nested lists', async () => {
      const { shelves } = await bench.shelves();
      const madeAt = new Date('2026-02-28T23:59:59.999Z');
      const full: Shelf = {
        id: 'a',
        books: 0,
        label: '',
        madeAt,
        note: null,
        tags: [],
        labels: { deep: { at: madeAt, list: [1, null, 'x'], empty: {} }, zero: 0 },
        boxes: [{ name: 'one', since: madeAt }, { name: 'two' }],
      };
      expect(await shelves.change('a', () => changed(full))).toEqual(full);
      const back = await shelves.get('a');
      expect(back).toEqual(full);
      expect(Object.keys(back ?? {}).sort()).toEqual(Object.keys(full).sort());
      expect(back?.madeAt).toBeInstanceOf(Date);
      expect(back?.boxes?.[0]?.since).toBeInstanceOf(Date);

      const few: Shelf = { id: 'a', books: 1, label: undefined };
      expect(await shelves.change('a', () => changed(few))).toEqual({ id: 'a', books: 1 });
      const less = await shelves.get('a');
      expect(Object.keys(less ?? {}).sort()).toEqual(['books', 'id']);
    });

    it('fields that the shape does not know, wrong values and unstorable keys are errors, not silence', async () => {
      const { shelves } = await bench.shelves();
      const stores = (state: object) => shelves.change('a', () => changed({ id: 'a', books: 0, ...state }));
      await expect(stores({ colour: 'red' })).rejects.toThrow(/colour/);
      await expect(stores({ books: 'many' })).rejects.toThrow(/books/);
      await expect(stores({ books: undefined })).rejects.toThrow(/books/);
      await expect(stores({ labels: { 'a.b': 1 } })).rejects.toThrow(/a\.b/);
      await expect(stores({ labels: { in: [{ $set: 1 }] } })).rejects.toThrow(/\$set/);
      await expect(stores({ id: 'b' })).rejects.toThrow(/cannot become b/);
      expect(await shelves.get('a')).toBeUndefined();
    });

    it('text from a client never becomes an operator', async () => {
      const { shelves } = await bench.shelves();
      await shelves.addBook('a', []);
      const sent: unknown = JSON.parse('{"$ne":null}');
      await expect(shelves.search({ label: sent }).then((found) => found.length)).rejects.toThrow();
      await expect(shelves.search({ unknown: 1 })).rejects.toThrow();
    });

    it('a removed aggregate is gone, after its events have left', async () => {
      const { shelves } = await bench.shelves();
      await shelves.addBook('a');
      expect(await shelves.remove('a')).toBe(true);
      expect(await shelves.remove('a')).toBe(false);
      expect(await shelves.get('a')).toBeUndefined();
      expect(bench.bus.about('a')).toHaveLength(1);
    });

    it('those that are over are removed a few at a time, but none whose events have not left', async () => {
      const { database, shelves } = await bench.shelves();
      for (const id of ['a', 'b', 'c']) await shelves.addBook(id);
      expect(await database.flush(5_000)).toBe(true);
      await shelves.addBook('kept');
      await shelves.addBook('kept');
      bench.bus.fault = () => {
        throw new Error('the broker is away');
      };
      await shelves.addBook('told-later');
      const over = { books: 1 };
      expect([await shelves.clear(over, 2), await shelves.clear(over, 2), await shelves.clear(over, 2)]).toEqual([
        2, 1, 0,
      ]);
      bench.bus.fault = undefined;
      expect(await database.flush(20_000)).toBe(true);
      expect(await shelves.clear(over, 2)).toBe(1);
      expect((await shelves.search({})).map(({ id }) => id)).toEqual(['kept']);
      expect(bench.bus.about('told-later')).toHaveLength(1);
    });

    it('many are read in the order asked for', async () => {
      const { shelves } = await bench.shelves();
      for (const id of ['a', 'b', 'c']) await shelves.addBook(id, []);
      expect((await shelves.getAll(['c', 'x', 'a', 'c'])).map(({ id }) => id)).toEqual(['c', 'a', 'c']);
    });
  });
}
