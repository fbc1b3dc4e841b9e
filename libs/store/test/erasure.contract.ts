import { type DomainEvent, changed } from '@lyceum/kernel';
import { type Envelope, nobodysAddress } from '@lyceum/contracts';
import { Bench, type Server, eventually } from './bench.js';
import { eventLogOf } from './log.js';

const at = '2026-03-01T12:00:00.000Z';
/** What is told of somebody with the first name `canary`. */
const registered = (userId: string): DomainEvent => ({
  type: 'identity.user-registered.v1',
  data: {
    userId,
    email: 'canary@example.com',
    firstName: 'canary',
    lastName: 'canary',
    roles: ['STUDENT'],
    registeredAt: at,
  },
});
const about = ({ data }: Envelope): unknown => (data as { userId: string }).userId;

export function erasureContract(server: Server): void {
  describe('somebody who is erased', () => {
    let bench: Bench;
    let running: Awaited<ReturnType<Server['start']>>;
    beforeAll(async () => {
      running = await server.start();
    });
    afterAll(() => running.stop());
    beforeEach(() => {
      bench = new Bench(running.uri, undefined, 'identity');
    });
    afterEach(() => bench.end());

    const erasure = { userId: 'ada', erasureId: 'e1', erasedAt: new Date(at) };
    const stored = async (database: Awaited<ReturnType<Bench['instance']>>) =>
      JSON.stringify([await eventLogOf(database), await database.native('shelves').find().toArray()]);

    it('is no longer told of in the log, which keeps that it happened, and everybody else', async () => {
      const { database, shelves } = await bench.shelves();
      await shelves.addBook('a', [registered('ada')]);
      await shelves.addBook('b', [registered('bob')]);
      await database.flush(5_000);
      expect(await database.forgetTold('ada')).toBe(1);
      expect(await database.forgetTold('ada')).toBe(0);
      expect((await eventLogOf(database)).map((event) => [about(event), event.data])).toEqual([
        ['ada', expect.objectContaining({ email: nobodysAddress, firstName: '', lastName: '', roles: ['STUDENT'] })],
        ['bob', expect.objectContaining({ email: 'canary@example.com', firstName: 'canary' })],
      ]);
      const told: unknown[] = [];
      for await (const event of database.events.about('ada')) told.push(about(event));
      expect(told).toEqual(['ada']);
    });

    it('is no longer told of by what still waits in outboxes, in the log, and in timers', async () => {
      const { database, shelves } = await bench.shelves();
      bench.bus.ready = false;
      bench.bus.fault = () => {
        throw new Error('the bus is away');
      };
      await shelves.addBook('a', [registered('ada'), registered('ada')]);
      for (let spilled = 0; spilled < 70; spilled += 1) await shelves.addBook('many', [registered('ada')]);
      const later = { key: 'later', at: new Date(bench.clock.at.getTime() + 3_600_000), event: registered('ada') };
      await shelves.change('timed', () => changed({ id: 'timed', books: 1 }, [], { set: [later] }));
      expect(await stored(database)).toContain('canary');
      await database.erased.begin(erasure);
      await database.forgetTold('ada');
      expect(await stored(database)).not.toContain('canary');

      bench.bus.ready = true;
      bench.bus.fault = undefined;
      database.startSweeping();
      bench.clock.at = new Date(later.at.getTime() + 1);
      await eventually(
        () => expect(bench.bus.published.filter((event) => about(event) === 'ada')).toHaveLength(73),
        20_000,
      );
      expect(JSON.stringify(bench.bus.published)).not.toContain('canary');
      expect(await stored(database)).not.toContain('canary');
    });

    it('is not told of again by what leaves an outbox later', async () => {
      const { database, shelves } = await bench.shelves();
      await database.erased.begin(erasure);
      await database.forgetTold('ada');
      await shelves.addBook('a', [registered('ada')]);
      await shelves.addBook('b', [registered('bob')]);
      await database.flush(5_000);
      const log = await eventLogOf(database);
      expect(log.filter((event) => JSON.stringify(event).includes('canary')).map(about)).toEqual(['bob']);
    });

    it('is not heard of again by what others say, whatever they say of others', async () => {
      const { database, shelves } = await bench.shelves();
      await shelves.addBook('a', [registered('ada')]);
      await database.flush(5_000);
      const [event] = bench.bus.published;
      if (!event) throw new Error('nothing was said');
      expect(await database.erased.heard(event)).toBe(event);
      await database.erased.begin(erasure);
      expect(await database.erased.begin({ ...erasure, erasureId: 'another' })).toMatchObject({ erasureId: 'e1' });
      expect((await database.erased.heard(event)).data).toMatchObject({ userId: 'ada', firstName: '' });
      expect(await database.erased.among(['ada', 'bob', 'ada'])).toEqual(new Set(['ada']));
    });
  });
}
