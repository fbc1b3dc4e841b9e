import { type Envelope, emailVerified, userRegistered } from '@lyceum/contracts';
import { PersonalKeys, Undecryptable } from '../src/index.js';
import { Bench, type Server, eventually } from './bench.js';
import { eventLogOf } from './log.js';
import { Names, People, profile } from './people.js';

const canaries = ['ada@canary.example', 'CanaryAda', 'CanaryLovelace'];
const ada = { id: 'ada', email: 'ada@canary.example', firstName: 'CanaryAda' };
const facts = {
  userId: 'ada',
  email: ada.email,
  firstName: ada.firstName,
  lastName: 'CanaryLovelace',
  roles: ['STUDENT' as const],
  registeredAt: '2026-03-01T12:00:00.000Z',
};
const blank = { ...facts, email: 'erased@erased.invalid', firstName: '', lastName: '' };

export function personalEventsContract(server: Server): void {
  describe('what events tell about people', () => {
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

    const open = async () => {
      const database = await bench.instance();
      const people = new People(database);
      await database.prepare();
      return { database, people };
    };
    const expectNoCanary = async (database: Parameters<Bench['stored']>[0]): Promise<void> => {
      const bytes = await bench.stored(database);
      for (const canary of canaries)
        expect({ canary, found: bytes.includes(canary) }).toEqual({ canary, found: false });
    };
    const data = (events: readonly Envelope[]): unknown[] => events.map((event) => event.data);

    it('is published in clear and lies encrypted in the log, which gives it back to who reads it', async () => {
      const { database, people } = await open();
      await people.register(ada, [userRegistered(facts)]);
      expect(await database.flush(5_000)).toBe(true);
      expect(data(bench.bus.published)).toEqual([facts]);
      await expectNoCanary(database);
      expect(data(await eventLogOf(database))).toEqual([facts]);
      expect(data((await database.events.part(userRegistered.type, { events: 9, bytes: 9_000 })).events)).toEqual([
        facts,
      ]);
      expect(data(await database.events.read({ subject: 'ada', limit: 9 }))).toEqual([facts]);
    });

    it('lies encrypted in the outbox and among the timers, and another instance publishes it', async () => {
      bench.bus.ready = false;
      const one = await open();
      const timer = {
        key: 'later',
        at: new Date(bench.clock.at.getTime() + 1_000),
        event: profile('ada', 'CanaryAda'),
      };
      await one.people.register(ada, [userRegistered(facts)], { set: [timer] });
      await expectNoCanary(one.database);
      await bench.kill(one.database);
      bench.bus.ready = true;
      bench.clock.at = new Date(bench.clock.at.getTime() + 2_000);
      const two = await open();
      two.database.startSweeping();
      await eventually(() => expect(bench.bus.published).toHaveLength(2));
      expect(data(bench.bus.published)).toEqual([facts, profile('ada', 'CanaryAda').data]);
      await expectNoCanary(two.database);
    });

    it('of an aggregate whose events do not fit into its document any more leaves in order and in clear', async () => {
      bench.bus.ready = false;
      const { database, people } = await open();
      await people.register(ada);
      for (let count = 0; count < 70; count += 1)
        await people.edit('ada', { seats: count }, [
          emailVerified({ userId: 'ada', email: `a${count}@canary.example`, verifiedAt: facts.registeredAt }),
        ]);
      expect(await database.native('event_log').countDocuments({})).toBeGreaterThan(0);
      expect((await bench.stored(database)).includes('@canary.example')).toBe(false);
      bench.bus.ready = true;
      expect(await database.flush(10_000)).toBe(true);
      const told = bench.bus.published.map((event) => emailVerified.parse(event).data.email);
      expect(told).toEqual(Array.from({ length: 70 }, (_, count) => `a${count}@canary.example`));
    });

    it('says nothing any more after the person’s key was shredded, and still fits its contract', async () => {
      bench.bus.ready = false;
      const { database, people } = await open();
      await people.register(ada, [userRegistered(facts)]);
      await database.personalKeys.shred('ada');
      bench.bus.ready = true;
      expect(await database.flush(5_000)).toBe(true);
      await people.edit('ada', { seats: 3 }, [userRegistered(facts)]); // by somebody who still remembered
      expect(await database.flush(5_000)).toBe(true);
      for (const events of [bench.bus.published, await eventLogOf(database)]) {
        expect(data(events)).toEqual([blank, blank]);
        for (const event of events) expect(userRegistered.parse(event).data.userId).toBe('ada');
      }
      await expectNoCanary(database);
    });

    it('comes back neither by a replay nor by a rebuild, nor by a restored log', async () => {
      const { database, people } = await open();
      const names = new Names(database);
      await database.prepare();
      await people.register(ada, [profile('ada', 'CanaryAda')]);
      await people.register({ id: 'bob', email: 'b@x.example', firstName: 'Bob' }, [profile('bob', 'Bob')]);
      expect(await database.flush(5_000)).toBe(true);
      const log = database.native('event_log');
      const before = await log.find().toArray();
      await database.personalKeys.shred('ada');
      await log.deleteMany({});
      await log.insertMany(before);
      await names.prepareCopy('names.copy');
      for (const event of await eventLogOf(database)) await names.retell(event, 'names.copy');
      await names.takeCopy('names.copy');
      expect((await names.list()).items).toEqual([
        { id: 'ada', firstName: 'erased', lastName: 'erased', roles: ['STUDENT'] },
        { id: 'bob', firstName: 'Bob', lastName: 'of Bob', roles: ['STUDENT'] },
      ]);
      await expectNoCanary(database);
    });

    it('is made anew by a rebuild in a copy that holds nothing in clear', async () => {
      const { database } = await open();
      const names = new Names(database);
      await database.prepare();
      await names.prepareCopy('names.copy');
      const many = Array.from({ length: 120 }, (_, place) => `u${String(place).padStart(3, '0')}`);
      const about = {
        specversion: '1.0',
        source: '/x',
        datacontenttype: 'application/json',
        dataschema: 'urn:x',
      } as const;
      await Promise.all(
        many.map((subject) => {
          const event = { ...about, ...profile(subject, 'CanaryAda'), id: subject, subject, aggregateversion: 1 };
          return names.retell({ ...event, time: facts.registeredAt }, 'names.copy');
        }),
      );
      await expectNoCanary(database);
      await names.takeCopy('names.copy');
      expect((await names.list()).items.map(({ firstName }) => firstName)).toEqual(Array(50).fill('CanaryAda'));
    });

    it('that was moved to another event is refused, and does not keep the others from leaving', async () => {
      bench.bus.ready = false;
      const { database, people } = await open();
      await people.register(ada, [userRegistered(facts)]);
      await people.register({ id: 'bob', email: 'b@x.example', firstName: 'Bob' }, [
        userRegistered({ ...facts, userId: 'bob', email: 'b@x.example' }),
      ]);
      const native = database.native('people');
      const [entry] = (await native.findOne({ _id: 'ada' }))?.outbox ?? [];
      await native.updateOne({ _id: 'bob' }, { $set: { 'outbox.0.sealed': entry?.sealed } });
      await bench.kill(database);
      bench.bus.ready = true;
      const other = await open();
      other.database.startSweeping();
      await eventually(() => expect(bench.bus.about('ada')).toHaveLength(1));
      await eventually(() => expect(bench.logged.join('')).toContain(Undecryptable.name));
      expect(bench.bus.about('bob')).toEqual([]);
      expect((await other.database.native('people').findOne({ _id: 'bob' }))?.outbox).toHaveLength(1);
    });

    it('is not encrypted by a service without a key, which still says nothing about who was erased', async () => {
      const database = await bench.instance({ keyEncryption: undefined });
      await database.prepare();
      await database.personalKeys.shred('eve');
      const envelopes = ['ada', 'eve'].map((userId, place) => ({
        specversion: '1.0' as const,
        id: `e${place}`,
        source: '/lyceum/shelf',
        ...userRegistered({ ...facts, userId }),
        subject: userId,
        time: facts.registeredAt,
        datacontenttype: 'application/json' as const,
        dataschema: 'urn:x',
        aggregateversion: 1,
      }));
      await database.events.append(envelopes);
      expect(data(await eventLogOf(database))).toEqual([facts, { ...blank, userId: 'eve' }]);
      expect(PersonalKeys.staleMs).toBeLessThanOrEqual(5_000);
    });
  });
}
