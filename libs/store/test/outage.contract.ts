import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unroutable } from '@lyceum/bus';
import { eventLogOf } from './log.js';
import { Bench, type Server, TestBus, eventually, quick } from './bench.js';

const backlog = process.env['LYCEUM_LONG_TESTS'] ? 100_000 : 2_000;
/** A heap as small as that of a container: what does not fit into it ends the process. */
const likeProduction = ['--max-semi-space-size=2', '--max-old-space-size=128'];
const asSource = ['--conditions=@lyceum/source', '--import', join(__dirname, '../../../tools/ts.mjs')];
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const pending = { pendingSince: { $exists: true } };
/** Nobody takes a document over while a slow machine is at it: then nothing leaves twice. */
const unhurried = { ...quick, leaseMs: 15_000 };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export function outageContract(server: Server): void {
  describe('events that cannot leave', () => {
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

    const nobodyListens = (type: string): void => {
      bench.bus.fault = (events) => {
        const unheard = events.filter((event) => event.type === type);
        bench.bus.published.push(...events.filter((event) => event.type !== type));
        throw new Unroutable(unheard);
      };
    };
    const told = async (database: { metrics: { registry: { metrics(): Promise<string> } } }, name: string) =>
      Number(new RegExp(`${name}\\{.*"shelves".*\\} (\\S+)`).exec(await database.metrics.registry.metrics())?.[1]);

    it('stay when nobody listens, hold up nothing else, are told, and leave when somebody does', async () => {
      const { database, shelves } = await bench.shelves();
      const other = await bench.shelves();
      database.startSweeping();
      other.database.startSweeping();
      const tried: string[] = [];
      bench.bus.fault = (events) => {
        const unheard = events.filter(({ type }) => type === 'shelf.whispered.v1');
        tried.push(...unheard.map(({ subject }) => subject));
        const heard = events.filter((event) => !unheard.includes(event));
        if (unheard.length === 0) return;
        bench.bus.published.push(...heard);
        throw new Unroutable(unheard);
      };
      const whispers = many(5).map((id) => `whisper-${id}`);
      await Promise.all([
        ...whispers.map((id) => shelves.addBook(id, [{ type: 'shelf.whispered.v1', data: {} }])),
        ...many(50).map((id) => shelves.addBook(id)),
      ]);
      await eventually(() => expect(new Set(bench.bus.published.map(({ subject }) => subject)).size).toBe(50));
      for (const each of [database, other.database])
        await eventually(async () => expect(await told(each, 'lyceum_outbox_unroutable')).toBe(5));
      expect(await database.native('shelves').countDocuments(pending)).toBe(5);
      // a later event of such an aggregate does not overtake
      await shelves.addBook(whispers[0] ?? '');
      await eventually(() => expect(tried.filter((id) => id === whispers[0]).length).toBeGreaterThan(3));
      expect(bench.bus.about(whispers[0] ?? '')).toEqual([]);
      bench.bus.fault = undefined;
      await eventually(() => expect(bench.bus.about(whispers[0] ?? '').map((e) => e.aggregateversion)).toEqual([1, 2]));
      for (const each of [database, other.database])
        await eventually(async () => expect(await told(each, 'lyceum_outbox_unroutable')).toBe(0));
    });

    it('rest longer and longer when nobody listens', async () => {
      const { database, shelves } = await bench.shelves({ relay: { ...quick, deferMs: 40, maxDeferMs: 60_000 } });
      database.startSweeping();
      nobodyListens('shelf.whispered.v1');
      await shelves.addBook('a', [{ type: 'shelf.whispered.v1', data: {} }]);
      const rested = async () => (await database.native('shelves').findOne({ _id: 'a' }))?.lease;
      await eventually(async () => expect((await rested())?.rests).toBeGreaterThanOrEqual(7));
      const { rests = 0, until, unroutable } = (await rested()) ?? {};
      expect(unroutable).toBe(true);
      // 40 ms doubled that often, a quarter less at most
      expect((until?.getTime() ?? 0) - Date.now()).toBeGreaterThan(0.75 * 40 * 2 ** (rests - 1) - 1_000);
      expect(bench.bus.attempts).toBeLessThanOrEqual(rests + 1);
    });

    it('cost neither calls of the bus nor many of the database while the bus is away', async () => {
      const { database, shelves } = await bench.shelves({ relay: { ...quick, sweepMs: 200 } });
      bench.bus.ready = false;
      await Promise.all(many(300).map((id) => shelves.addBook(id)));
      const client = database.connection.getClient();
      let commands = 0;
      client.on('connectionCheckedOut', () => (commands += 1));
      database.startSweeping();
      const begun = Date.now();
      await eventually(() => expect(Date.now() - begun).toBeGreaterThan(2_000));
      expect(bench.bus.attempts).toBe(0);
      // 10 looks at the gauges, with 3 queries each, and as many for timers
      expect(commands).toBeLessThan(12 * 5);
      // and a write asks for itself only
      commands = 0;
      await shelves.addBook('s0');
      expect(commands).toBeLessThan(8);
    });

    it('of one busy aggregate never outgrow its document, and leave in order', async () => {
      const away = new TestBus();
      away.ready = false;
      const { database, shelves } = await bench.shelves({ bus: away });
      const books = 250;
      for (let book = 0; book < books; book += 1)
        await shelves.addBook('a', [
          { type: 'shelf.book-added.v1', data: { book } },
          { type: 'shelf.counted.v1', data: { book, text: 'x'.repeat(200) } },
        ]);
      const stored = await database.native('shelves').findOne({ _id: 'a' });
      expect(stored?.outbox?.length).toBeLessThan(70);
      expect(stored).toMatchObject({ overflow: true, version: books });
      const { database: back } = await bench.shelves({ relay: unhurried });
      expect(await back.flush(20_000)).toBe(true);
      const about = bench.bus.about('a');
      expect(about.map((event) => event.aggregateversion)).toEqual(
        upTo(books).flatMap((version) => [version, version]),
      );
      expect(about.map((event) => event.type).slice(0, 2)).toEqual(['shelf.book-added.v1', 'shelf.counted.v1']);
      expect(await eventLogOf(back)).toHaveLength(2 * books);
      expect(await back.native('shelves').findOne({ _id: 'a' })).toEqual({
        _id: 'a',
        version: books,
        shape: 1,
        books,
        outbox: [],
      });
    });

    it('that are large move out of the document before it is full', async () => {
      const away = new TestBus();
      away.ready = false;
      const { database, shelves } = await bench.shelves({ bus: away });
      const text = 'x'.repeat(500_000);
      for (let book = 0; book < 24; book += 1)
        await shelves.addBook('a', [{ type: 'shelf.described.v1', data: { text } }]);
      expect((await database.native('shelves').findOne({ _id: 'a' }))?.outbox?.length).toBeLessThan(5);
      const { database: back } = await bench.shelves({ relay: unhurried });
      expect(await back.flush(20_000)).toBe(true);
      expect(bench.bus.about('a').map((event) => event.aggregateversion)).toEqual(upTo(24));
    });

    it('that moved out while their instance was killed are neither lost nor out of order', async () => {
      const away = new TestBus();
      away.ready = false;
      const { database, shelves } = await bench.shelves({ bus: away });
      for (let book = 0; book < 60; book += 1) await shelves.addBook('a');
      // as a kill leaves it between the log and the document: overflow is marked, the lease held, the entries still there
      const documents = database.native('shelves');
      const { outbox = [] } = (await documents.findOne({ _id: 'a' })) ?? {};
      await database.events.keepUnsent(
        'shelves',
        outbox.map(({ time, data, ...entry }) => ({
          ...entry,
          specversion: '1.0',
          source: '/lyceum/shelf',
          subject: 'a',
          time: time.toISOString(),
          datacontenttype: 'application/json',
          dataschema: 'none',
          aggregateversion: entry.version,
          data,
        })),
      );
      await documents.updateOne(
        { _id: 'a' },
        { $set: { lease: { owner: 'dead', until: new Date(Date.now() + 300) } } },
      );
      const { database: back } = await bench.shelves();
      back.startSweeping();
      await eventually(async () => expect(await back.native('shelves').countDocuments(pending)).toBe(0));
      const versions = bench.bus.about('a').map((event) => event.aggregateversion);
      expect(new Set(versions).size).toBe(60);
      // what comes a second time has been confirmed before
      versions.forEach((version, index) => {
        for (let before = 1; before < version; before += 1) expect(versions.indexOf(before)).toBeLessThan(index);
      });
    });

    it(`${backlog} of them leave without filling the memory, in order, while writes go on`, async () => {
      const away = new TestBus();
      away.ready = false;
      const { database, shelves } = await bench.shelves({ bus: away });
      await shelves.addBook('model');
      await shelves.addBook('model');
      const documents = database.native('shelves');
      const model = await documents.findOne({ _id: 'model' });
      if (!model) throw new Error('The model was not written');
      const ids = many(backlog / 2);
      for (let from = 0; from < ids.length; from += 1_000) {
        const some = ids.slice(from, from + 1_000).map((_id) => ({
          ...model,
          _id,
          outbox: model.outbox?.map((entry) => ({ ...entry, id: `${entry.id}-${_id}` })) ?? [],
        }));
        await documents.insertMany(some);
      }
      const drain = [
        ...likeProduction,
        ...asSource,
        join(__dirname, 'backlog/drain.ts'),
        bench.uri,
        bench.name,
        String(backlog),
      ];
      const { stdout } = await promisify(execFile)(process.execPath, drain);
      expect(JSON.parse(stdout)).toMatchObject({ flushed: true, disorder: 0, aggregates: ids.length + 2 });
      const { grownMb, p99 } = JSON.parse(stdout) as { grownMb: number; p99: number };
      expect(grownMb).toBeLessThan(100);
      expect(p99).toBeLessThan(2_000);
      process.stderr.write(`backlog of ${backlog} events: ${stdout}`);
    }, 400_000);
  });
}
