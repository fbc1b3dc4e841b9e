import { type Timers, changed, unchanged } from '@lyceum/kernel';
import { Bench, type Server, TestBus, type Shelves, eventually } from './bench.js';

const hour = 3_600_000;
const crowd = process.env['LYCEUM_LONG_TESTS'] ? 10_000 : 1_500;
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);

export function timersContract(server: Server): void {
  describe('timers', () => {
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

    const inHours = (hours: number): Date => new Date(bench.clock.at.getTime() + hours * hour);
    const advance = (hours: number): void => void (bench.clock.at = inHours(hours));
    const lapse = (key: string, hours: number, data: unknown = {}): Timers => ({
      set: [{ key, at: inHours(hours), event: { type: 'shelf.lapsed.v1', data } }],
    });
    const write = (shelves: Shelves, id: string, timers: Timers) =>
      shelves.change(id, (shelf) => changed({ ...shelf, id, books: (shelf?.books ?? 0) + 1 }, [], timers));
    /** Whose timers have fired, each firing once: an event may be published again when the machine is slower than its lease. */
    const lapsed = (): string[] => [...new Map(bench.bus.published.map(({ id, subject }) => [id, subject])).values()];

    it('an event happens when its time has come, and not before, and its document is clean afterwards', async () => {
      const { database, shelves } = await bench.shelves();
      database.startSweeping();
      await write(shelves, 'a', lapse('end', 24, { why: 'time' }));
      advance(23.99);
      await write(shelves, 'b', lapse('end', 0)); // due at once: shows that a sweep came by
      await eventually(() => expect(lapsed()).toEqual(['b']));
      advance(0.02);
      await eventually(() => expect(lapsed()).toEqual(['b', 'a']));
      expect(bench.bus.about('a')).toMatchObject([
        { type: 'shelf.lapsed.v1', aggregateversion: 2, time: bench.clock.at.toISOString(), data: { why: 'time' } },
      ]);
      await eventually(async () =>
        expect(await database.native('shelves').findOne({ _id: 'a' })).toEqual({
          _id: 'a',
          version: 2,
          shape: 1,
          books: 1,
          outbox: [],
        }),
      );
    });

    it('a key that is set again moves, a cancelled one is gone, others stay', async () => {
      const { database, shelves } = await bench.shelves();
      database.startSweeping();
      await write(shelves, 'a', lapse('moved', 1, 'too early'));
      await write(shelves, 'a', lapse('moved', 3, 'moved'));
      await write(shelves, 'a', lapse('cancelled', 2));
      await write(shelves, 'a', lapse('kept', 4, 'kept'));
      await write(shelves, 'a', { cancel: ['cancelled', 'never set'] });
      await shelves.addBook('a', []);
      for (let passed = 0; passed < 5; passed += 1) {
        advance(1);
        await write(shelves, 'marker', lapse(`${passed}`, 0));
        await eventually(() => expect(bench.bus.about('marker')).toHaveLength(passed + 1));
      }
      expect(bench.bus.about('a').map(({ data }) => data)).toEqual(['moved', 'kept']);
    });

    it('a timer that was set in a refused or superseded write does not exist', async () => {
      const { database, shelves } = await bench.shelves();
      database.startSweeping();
      const bad: Timers = {
        set: [{ key: 'x', at: inHours(0), event: { type: 'billing.payment-succeeded.v1', data: {} } }],
      };
      await expect(write(shelves, 'a', bad)).rejects.toThrow(/paymentId/);
      await expect(write(shelves, 'a', lapse('x', Number.NaN))).rejects.toThrow(TypeError);
      expect(await shelves.get('a')).toBeUndefined();
      await shelves.change('b', (shelf) => unchanged(shelf ?? { id: 'b', books: 0 }));
      await write(shelves, 'marker', lapse('x', 0));
      await eventually(() => expect(lapsed()).toEqual(['marker']));
    });

    it('a timer outlives those who set it, and fires once however many instances look', async () => {
      const { database, shelves } = await bench.shelves();
      await Promise.all(many(40).map((id) => write(shelves, id, lapse('end', 24))));
      await bench.kill(database);
      const others = await Promise.all([1, 2, 3].map(() => bench.shelves()));
      for (const other of others) other.database.startSweeping();
      advance(30 * 24);
      await eventually(() => expect(new Set(lapsed()).size).toBe(40));
      await Promise.all(others.map((other) => other.database.flush(5_000)));
      expect(lapsed()).toHaveLength(40);
      const left = { nextDue: { $exists: true } };
      expect(await others[0]?.database.native('shelves').countDocuments(left)).toBe(0);
    });

    it('what an instance fired and never published is published by another one', async () => {
      const silent = new TestBus();
      silent.delay = () => new Promise(() => undefined);
      const first = await bench.shelves({ bus: silent });
      first.database.startSweeping();
      await write(first.shelves, 'a', lapse('end', 0));
      await eventually(() => expect(silent.tried.size).toBe(1));
      await bench.kill(first.database);
      const { database } = await bench.shelves();
      database.startSweeping();
      await eventually(() =>
        expect(new Set(bench.bus.about('a').map((event) => event.aggregateversion))).toEqual(new Set([2])),
      );
    });

    it('of a cancellation and a timer that is due at the same moment exactly one wins', async () => {
      const [one, two] = [await bench.shelves(), await bench.shelves()];
      one.database.startSweeping();
      two.database.startSweeping();
      const outcomes = await Promise.all(
        many(60).map(async (id) => {
          await write(one.shelves, id, lapse('end', 0));
          // a timer that has fired has given the document a version of its own
          const { version } = await two.shelves.changeWithVersion(id, (shelf) =>
            changed({ books: 0, ...shelf, id }, [], { cancel: ['end'] }),
          );
          return { id, fired: version === 3 };
        }),
      );
      const wanted = outcomes.filter(({ fired }) => fired).map(({ id }) => id);
      await eventually(() => expect(new Set(lapsed())).toEqual(new Set(wanted)));
      await write(one.shelves, 'marker', lapse('end', 0));
      await eventually(() => expect(lapsed()).toContain('marker'));
      expect(
        lapsed()
          .filter((id) => id !== 'marker')
          .sort(),
      ).toEqual(wanted.sort());
    });

    it(`${crowd} that are due at once all fire, each once, while the bus is away and comes back`, async () => {
      const { database, shelves } = await bench.shelves({ relay: { sweepMs: 50 } });
      await write(shelves, 'model', lapse('end', 24));
      const model = await database.native('shelves').findOne({ _id: 'model' });
      if (!model) throw new Error('The model was not written');
      const ids = many(crowd);
      for (let from = 0; from < ids.length; from += 1_000)
        await database.native('shelves').insertMany(ids.slice(from, from + 1_000).map((_id) => ({ ...model, _id })));
      const other = await bench.shelves({ relay: { sweepMs: 50 } });
      bench.bus.ready = false;
      advance(30 * 24);
      database.startSweeping();
      other.database.startSweeping();
      const left = { nextDue: { $exists: true } };
      await eventually(async () => expect(await database.native('shelves').countDocuments(left)).toBe(0), 60_000);
      expect(lapsed()).toEqual([]);
      bench.bus.ready = true;
      await eventually(() => expect(new Set(lapsed()).size).toBe(crowd + 1), 60_000);
      expect(lapsed()).toHaveLength(crowd + 1);
      const text = await Promise.all([database, other.database].map(({ metrics }) => metrics.registry.metrics()));
      const fired = text.map((each) => Number(/lyceum_timers_fired_total\{.*\} (\d+)/.exec(each)?.[1] ?? 0));
      expect((fired[0] ?? 0) + (fired[1] ?? 0)).toBe(crowd + 1);
    }, 150_000);

    it('tells how many are set and how late the oldest is', async () => {
      const { database, shelves } = await bench.shelves();
      await write(shelves, 'a', lapse('end', 1));
      await write(shelves, 'b', lapse('end', 1_000));
      advance(2);
      database.startSweeping();
      const told = () => database.metrics.registry.metrics();
      await eventually(async () => expect(await told()).toMatch(/lyceum_timers_fired_total\{.*\} 1/));
      expect(await told()).toMatch(/lyceum_timers_lag_seconds\{.*\} (3600|0)/);
      await eventually(async () => expect(await told()).toMatch(/lyceum_timers_pending_documents\{.*\} 1/));
    });

    it('finds those that are due by the index, not by looking at every document', async () => {
      const { database, shelves } = await bench.shelves();
      await shelves.addBook('a', []);
      const indexes = await database.native('shelves').indexes();
      expect(indexes.find(({ name }) => name === 'timers')).toMatchObject({
        key: { nextDue: 1 },
        partialFilterExpression: { nextDue: { $exists: true } },
      });
    });

    it('a removed aggregate has no timers any more', async () => {
      const { database, shelves } = await bench.shelves();
      await write(shelves, 'a', lapse('end', 1));
      expect(await shelves.remove('a')).toBe(true);
      advance(2);
      database.startSweeping();
      await write(shelves, 'marker', lapse('end', 0));
      await eventually(() => expect(lapsed()).toEqual(['marker']));
    });
  });
}
