import { eventLogOf } from './log.js';
import { Bench, type Server, TestBus, eventually, quick } from './bench.js';

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const broken = (): never => {
  throw new Error('No confirm');
};

export function relayContract(server: Server): void {
  describe('the relay', () => {
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

    it('publishes right after the write, without a sweeper, and leaves nothing behind', async () => {
      const { database, shelves } = await bench.shelves();
      await shelves.addBook('a');
      await eventually(() => expect(bench.bus.published).toHaveLength(1));
      await eventually(async () =>
        expect(await database.native('shelves').findOne({ _id: 'a' })).toEqual({
          _id: 'a',
          version: 1,
          shape: 1,
          books: 1,
          outbox: [],
        }),
      );
    });

    it('an event added while another is being published follows it, without a sweeper', async () => {
      const { database, shelves } = await bench.shelves();
      const other = await bench.shelves();
      let release: () => void = () => undefined;
      bench.bus.delay = () => new Promise((done) => (release = done));
      await shelves.addBook('a');
      await eventually(() => expect(bench.bus.attempts).toBe(1));
      await other.shelves.addBook('a'); // the first instance holds the lease
      await shelves.addBook('a');
      bench.bus.delay = () => Promise.resolve();
      release();
      await eventually(() => expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual([1, 2, 3]));
      expect(await database.flush(2_000)).toBe(true);
      expect(bench.bus.overlaps).toEqual([]);
    });

    it('writes that meet the end of a publication are not left to the sweeper', async () => {
      const [one, two] = [await bench.shelves(), await bench.shelves()];
      // no pause between writes: many fall between the last confirm and the release of the lease
      for (let round = 0; round < 60; round += 1) {
        await Promise.all([one.shelves.addBook('a'), ...(round % 3 === 0 ? [two.shelves.addBook('a')] : [])]);
      }
      await eventually(() => expect(bench.bus.about('a')).toHaveLength(80), 3_000);
      expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual(
        Array.from({ length: 80 }, (_, index) => index + 1),
      );
      expect(bench.bus.overlaps).toEqual([]);
    });

    it('a lease that a write took while the previous publication was still coming to its end is not forgotten', async () => {
      const { database, shelves } = await bench.shelves();
      let release: () => void = () => undefined;
      bench.bus.delay = () => new Promise((done) => (release = done));
      await shelves.addBook('a');
      await eventually(() => expect(bench.bus.attempts).toBe(1));
      // as the database has it when the outbox was emptied and the answer has not come yet
      const emptied = { $set: { outbox: [] }, $unset: { lease: '' as const, pendingSince: '' as const } };
      await database.native('shelves').updateOne({ _id: 'a' }, emptied);
      bench.bus.delay = () => Promise.resolve();
      await shelves.addBook('a');
      release();
      await eventually(() => expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual([1, 2]));
    });

    it('events are counted when the bus has confirmed them', async () => {
      const { database, shelves } = await bench.shelves();
      const counted = async () => (await database.metrics.published.get()).values.map(({ value }) => value);
      bench.bus.ready = false;
      await shelves.addBook('a');
      await shelves.addBook('b');
      expect(await counted()).toEqual([]);
      bench.bus.ready = true;
      expect(await database.flush(5_000)).toBe(true);
      expect(await counted()).toEqual([2]);
    });

    it('what a killed instance has not published is published by another one', async () => {
      const silent = new TestBus();
      silent.delay = () => new Promise(() => undefined); // neither confirmed nor refused
      const { database, shelves } = await bench.shelves({ bus: silent });
      await Promise.all(many(5).map((id) => shelves.addBook(id)));
      await eventually(() => expect(silent.tried.size).toBeGreaterThan(0));
      await bench.kill(database);

      const { database: survivor } = await bench.shelves();
      expect(bench.bus.published).toEqual([]);
      survivor.startSweeping();
      await eventually(() => expect(bench.bus.published.map((event) => event.subject).sort()).toEqual(many(5)));
    });

    it('what an instance wrote without ever relaying is published by another one', async () => {
      const dead = new TestBus();
      dead.ready = false;
      const { database, shelves } = await bench.shelves({ bus: dead });
      await shelves.addBook('a');
      await shelves.addBook('a');
      expect(dead.attempts).toBe(0);
      await bench.kill(database);
      const { database: survivor } = await bench.shelves();
      survivor.startSweeping();
      await eventually(() => expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual([1, 2]));
    });

    it('three instances that sweep never publish one aggregate at the same time, and keep its order', async () => {
      const dead = new TestBus();
      dead.ready = false;
      const writer = await bench.shelves({ bus: dead });
      for (let round = 0; round < 5; round += 1) await Promise.all(many(30).map((id) => writer.shelves.addBook(id)));
      const relay = { ...quick, leaseMs: 10_000 }; // the machine may be slow, and a lease that runs out allows a repetition
      const sweepers = await Promise.all([1, 2, 3].map(() => bench.shelves({ relay })));
      bench.bus.delay = () => new Promise((done) => setImmediate(done));
      for (const { database } of sweepers) database.startSweeping();
      // and writes go on
      await Promise.all(sweepers.flatMap(({ shelves }) => many(30).map((id) => shelves.addBook(id))));
      await eventually(() => expect(bench.bus.published).toHaveLength(30 * 8));
      for (const id of many(30))
        expect(bench.bus.about(id).map((event) => event.aggregateversion)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(bench.bus.overlaps).toEqual([]);
    });

    it('while the bus is away nothing is lost and nobody is kept waiting; afterwards everything leaves', async () => {
      const { database, shelves } = await bench.shelves();
      database.startSweeping();
      bench.bus.fault = broken;
      bench.bus.ready = false;
      await Promise.all(many(120).map((id) => shelves.addBook(id)));
      await Promise.all(many(120).map((id) => shelves.addBook(id)));
      expect(await database.flush(150)).toBe(false);
      expect(bench.bus.attempts).toBe(0);
      bench.bus.fault = undefined;
      bench.bus.ready = true;
      await eventually(() => expect(bench.bus.published).toHaveLength(240));
      for (const id of many(120)) expect(bench.bus.about(id).map((event) => event.aggregateversion)).toEqual([1, 2]);
      await eventually(async () => {
        expect(await database.metrics.registry.metrics()).toMatch(/lyceum_outbox_pending_documents\{.*\} 0/);
      });
    });

    it('a bus that refuses is not asked without pause, and lag is measured meanwhile', async () => {
      const { database, shelves } = await bench.shelves({ relay: { ...quick, maxRestMs: 10_000 } });
      database.startSweeping();
      bench.bus.fault = broken;
      await Promise.all(many(40).map((id) => shelves.addBook(id)));
      await eventually(async () => {
        const text = await database.metrics.registry.metrics();
        expect(Number(/lyceum_outbox_lag_seconds\{.*"shelves".*\} (\S+)/.exec(text)?.[1])).toBeGreaterThan(0.5);
        expect(text).toMatch(/lyceum_outbox_pending_documents\{.*\} 40/);
      });
      expect(bench.bus.attempts).toBeLessThan(40 * 3);
      expect(bench.logged.filter((line) => line.includes('could not be published')).length).toBeLessThan(5);
      bench.bus.fault = undefined;
      await eventually(() => expect(new Set(bench.bus.published.map((event) => event.id)).size).toBe(40));
    });

    it('an event that can never be published does not hold up the others', async () => {
      const { database, shelves } = await bench.shelves();
      database.startSweeping();
      bench.bus.fault = (events) => {
        if (events.some((event) => event.type === 'shelf.poisoned.v1')) throw new Error('Too strange');
      };
      await shelves.addBook('poisoned', [{ type: 'shelf.poisoned.v1', data: {} }]);
      await Promise.all(many(50).map((id) => shelves.addBook(id)));
      await eventually(() => expect(bench.bus.published).toHaveLength(50));
      const pending = { pendingSince: { $exists: true } };
      await eventually(async () => expect(await database.native('shelves').countDocuments(pending)).toBe(1));
    });

    it('more events than one batch leave in order', async () => {
      const dead = new TestBus();
      dead.ready = false;
      const { shelves } = await bench.shelves({ bus: dead });
      const events = Array.from({ length: 130 }, (_, index) => ({ type: 'shelf.book-added.v1', data: { index } }));
      await shelves.addBook('a', events);
      await shelves.addBook('a', events);
      const { database } = await bench.shelves();
      expect(await database.flush(5_000)).toBe(true);
      expect(bench.bus.about('a').map((event) => (event.data as { index: number }).index)).toEqual(
        [...events, ...events].map(({ data }) => data.index),
      );
    });

    it('the lease is kept while a publication takes long', async () => {
      const { database, shelves } = await bench.shelves();
      const other = await bench.shelves();
      other.database.startSweeping();
      const until = Date.now() + quick.leaseMs! * 3;
      bench.bus.delay = () => new Promise((done) => setTimeout(done, until - Date.now()));
      await shelves.addBook('a');
      expect(await database.flush(5_000)).toBe(true);
      expect(bench.bus.attempts).toBe(1);
    });

    it('every event is in the log before it is on the bus, once, and in order', async () => {
      const { database, shelves } = await bench.shelves();
      const missing: string[] = [];
      bench.bus.delay = async () => {
        const logged = new Set((await eventLogOf(database)).map((event) => event.id));
        const pending = await database.native('shelves').findOne({ _id: 'a' });
        for (const { id } of (pending?.outbox ?? []).slice(0, 1)) if (!logged.has(id)) missing.push(id);
      };
      let failures = 2;
      bench.bus.fault = () => (failures-- > 0 ? broken() : undefined);
      database.startSweeping();
      for (let round = 0; round < 6; round += 1) await shelves.addBook('a');
      await shelves.addBook('b', [{ type: 'shelf.cleared.v1', data: {} }]);
      await eventually(() => expect(bench.bus.published).toHaveLength(7));
      expect(missing).toEqual([]);
      const log = await eventLogOf(database);
      expect(log.filter(({ subject }) => subject === 'a')).toEqual(bench.bus.about('a'));
      expect(log).toHaveLength(7);

      const third = log[2];
      expect(await database.events.read({ afterId: third?.id, limit: 2 })).toEqual(log.slice(3, 5));
      expect(await database.events.read({ types: ['shelf.cleared.v1'], limit: 9 })).toHaveLength(1);
      expect(await database.events.read({ subject: 'a', limit: 9 })).toHaveLength(6);
      expect(await database.events.read({ limit: 9, settledMs: 60_000 })).toEqual([]);
      await expect(database.events.read({ afterId: 'unknown', limit: 1 })).rejects.toThrow(RangeError);
    });

    it('a closing instance finishes what it has begun', async () => {
      const { database, shelves } = await bench.shelves();
      bench.bus.delay = () => new Promise((done) => setTimeout(done, 100));
      await shelves.addBook('a');
      await database.close();
      expect(bench.bus.published).toHaveLength(1);
      const { database: after } = await bench.shelves();
      expect((await after.native('shelves').findOne({ _id: 'a' }))?.outbox).toEqual([]);
    });
  });
}
