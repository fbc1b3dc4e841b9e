import { LogRetention } from '../src/log-retention.js';
import type { Database } from '../src/index.js';
import { Bench, type Server } from './bench.js';
import { eventLogOf } from './log.js';

const day = 86_400_000;
const described = 'shelf.described.v1';

export function retentionContract(server: Server): void {
  describe('the event log', () => {
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

    const logOf = (database: Database) =>
      database.connection.getClient().db(bench.name).collection<{ _id: string; position: string }>('event_log');
    const retentionOf = (database: Database) =>
      new LogRetention(
        database.events,
        () => database.connection.getClient().db(bench.name).collection(LogRetention.collection),
        database.leases,
        database.log,
        { keepMs: 400 * day, batch: 3, superseded: [described] },
      );
    /** As if everything that is in the log had been written down that long ago. */
    const age = async (database: Database, days: number): Promise<void> => {
      const then = (Date.now() - days * day).toString(16).padStart(12, '0');
      for await (const { _id, position } of logOf(database).find({ aged: { $exists: false } })) {
        const old = `${then.slice(0, 8)}-${then.slice(8)}${position.slice(13)}`;
        await logOf(database).updateOne({ _id }, { $set: { position: old, aged: true } });
      }
    };
    const kept = async (database: Database, type: string) =>
      (await eventLogOf(database))
        .filter((event) => event.type === type)
        .map(({ subject, aggregateversion }) => `${subject}${aggregateversion}`);
    const describe4 = async (shelves: Awaited<ReturnType<Bench['shelves']>>['shelves'], ids: readonly string[]) => {
      for (let round = 0; round < 4; round += 1)
        for (const id of ids)
          await shelves.addBook(id, [
            { type: described, data: { round } },
            { type: 'shelf.book-added.v1', data: { round } },
          ]);
    };

    it('loses old events only that newer ones of the same aggregate and type supersede', async () => {
      const { database, shelves } = await bench.shelves();
      await describe4(shelves, ['a', 'b', 'c']);
      await database.flush(5_000);
      await age(database, 401);
      await shelves.addBook('a', [{ type: described, data: {} }]);
      await database.flush(5_000);
      const retention = retentionOf(database);
      // two instances at once: one does it
      const other = await bench.shelves();
      const gone = await Promise.all([retention.run(), retentionOf(other.database).run()]);
      expect((gone[0] ?? 0) + (gone[1] ?? 0)).toBe(9);
      expect((await kept(database, described)).sort()).toEqual(['a4', 'a5', 'b4', 'c4']);
      expect(await kept(database, 'shelf.book-added.v1')).toHaveLength(12);
      expect(await retention.run()).toBe(0);

      // the new one becomes old in its turn
      await age(database, 401);
      expect(await retention.run()).toBe(1);
      expect((await kept(database, described)).sort()).toEqual(['a5', 'b4', 'c4']);
    });

    it('keeps what is not past the retention, and goes on where it was interrupted', async () => {
      const { database, shelves } = await bench.shelves();
      await describe4(shelves, ['a', 'b']);
      await database.flush(5_000);
      await age(database, 399);
      expect(await retentionOf(database).run()).toBe(0);
      await logOf(database).updateMany({}, { $unset: { aged: '' } });
      await age(database, 401);
      const interrupted = retentionOf(database);
      const underWay = interrupted.run();
      await interrupted.stop();
      const first = await underWay;
      expect(first + (await retentionOf(database).run())).toBe(6);
      expect((await kept(database, described)).sort()).toEqual(['a4', 'b4']);
    });

    it('never loses what has not been published yet', async () => {
      const { database, shelves } = await bench.shelves();
      await describe4(shelves, ['a']);
      await database.flush(5_000);
      await logOf(database).updateMany({}, { $set: { unsent: 'shelves' } });
      await age(database, 401);
      expect(await retentionOf(database).run()).toBe(0);
    });
  });
}
