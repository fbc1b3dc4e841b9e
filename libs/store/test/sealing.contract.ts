import { userRegistered } from '@lyceum/contracts';
import { changed } from '@lyceum/kernel';
import { Aggregates, type Database, DuplicateKey } from '../src/index.js';
import { Bench, type Server, eventually } from './bench.js';
import { eventLogOf } from './log.js';
import { People, type Person } from './people.js';

/** The store as it was before its fields were personal. */
class ClearPeople extends Aggregates<Person> {
  constructor(database: Database) {
    super(database, {
      collection: 'people',
      fields: {
        email: { type: String, required: true },
        firstName: { type: String, required: true },
        words: [String],
        born: Date,
        wish: { type: { _id: false, status: String, newEmail: String }, default: undefined },
        seats: Number,
      },
      indexes: [{ keys: { email: 1 }, unique: true }],
    });
  }
  register(id: string, email: string): Promise<Person> {
    return this.change(id, () => changed({ id, email, firstName: `Canary ${id}`, seats: 1 }, [told(id, email)]));
  }
  edit(id: string, change: Partial<Person>): Promise<Person> {
    return this.change(id, (current) => changed({ id, email: '', firstName: '', seats: 0, ...current, ...change }));
  }
  byEmail(email: string): Promise<Person | undefined> {
    return this.findOne({ email });
  }
}

const told = (userId: string, email: string) =>
  userRegistered({
    userId,
    email,
    firstName: `Canary ${userId}`,
    lastName: '',
    roles: [],
    registeredAt: '2026-03-01T12:00:00.000Z',
  });
const address = (place: number | string): string => `p${place}@canary.example`;
const hour = 3_600_000;

export function sealingContract(server: Server): void {
  describe('data from before it was encrypted', () => {
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

    const older = async () => {
      const database = await bench.instance({ keyEncryption: undefined });
      const people = new ClearPeople(database);
      await database.prepare();
      return { database, people };
    };
    const newer = async (sealAfterMs: number) => {
      const database = await bench.instance({ sealAfterMs });
      const people = new People(database);
      await database.prepare();
      return { database, people };
    };
    const waited = (database: Database) =>
      database.connection.db
        ?.collection('sealing')
        .updateMany({ from: { $exists: true } }, { $set: { from: new Date(0) } });
    const hasClear = async (database: Database) => (await bench.stored(database)).includes('anary');

    it('is read, changed and found as it is, and encrypted in the background after older instances are gone', async () => {
      const before = await older();
      await Promise.all(Array.from({ length: 450 }, (_, place) => before.people.register(`p${place}`, address(place))));
      await before.database.flush(10_000);
      const { database, people } = await newer(hour);
      expect(await people.byEmail(address(7))).toMatchObject({ id: 'p7', firstName: 'Canary p7' });
      await people.edit('p7', { firstName: 'Canary changed' });
      expect(await before.people.byEmail(address(7))).toMatchObject({ firstName: 'Canary changed' }); // still readable there
      await database.sealing.run();
      expect(await database.native('people').countDocuments({ personal: { $exists: true } })).toBe(0);
      await waited(database);
      await database.sealing.run();
      expect(await hasClear(database)).toBe(false);
      expect(await database.native('people').countDocuments({ 'personal.email': { $exists: true } })).toBe(450);
      expect(await people.byEmail(address(7))).toMatchObject({ firstName: 'Canary changed' });
      expect(await people.byEmail(address(449))).toMatchObject({ firstName: 'Canary p449' });
      const log = await eventLogOf(database);
      expect(log.map((event) => userRegistered.parse(event).data.email).sort()).toEqual(
        Array.from({ length: 450 }, (_, place) => address(place)).sort(),
      );
      const indexes = (await database.native('people').indexes()).map(({ name }) => name);
      expect(indexes).toContain('email_1 by token');
      expect(indexes).not.toContain('email_1');
      expect(indexes).not.toContain('email_1 while clear');
    });

    it('goes on where it stopped when an instance died', async () => {
      const before = await older();
      await Promise.all(Array.from({ length: 300 }, (_, place) => before.people.register(`p${place}`, address(place))));
      await before.database.flush(10_000);
      const one = await newer(0);
      const encrypted = () => one.database.native('people').countDocuments({ personal: { $exists: true } });
      const killed = one.database.sealing.run().catch(() => undefined);
      await eventually(async () => expect(await encrypted()).toBeGreaterThan(0));
      await bench.kill(one.database);
      await killed;
      const two = await newer(0);
      const held = two.database.native('leases');
      await held.updateMany({}, { $set: { until: new Date(0) } }); // by the dead one
      await two.database.sealing.run();
      expect(await two.database.native('people').countDocuments({ email: { $exists: true } })).toBe(0);
      expect(await hasClear(two.database)).toBe(false);
    });

    it('at no moment can an address belong to two, whoever writes: old, new, or one that has begun to encrypt', async () => {
      const before = await older();
      await before.people.register('first', address('a'));
      const one = await newer(hour);
      const two = await newer(hour);
      await before.people.register('late', address('b')); // an older instance still works
      await before.people.edit('first', { email: address('c') });
      const taken = async (email: string): Promise<void> => {
        for (const { people } of [one, two])
          await expect(people.register({ id: 'again', email, firstName: 'x' })).rejects.toThrow(DuplicateKey);
      };
      await taken(address('b'));
      await taken(address('c'));
      await one.people.register({ id: 'new', email: address('d'), firstName: 'Canary d' });
      await expect(before.people.register('again', address('d'))).rejects.toThrow(DuplicateKey);
      await before.database.flush(10_000); // and is gone then
      await waited(one.database);
      await Promise.all([one.database.sealing.run(), ...['b', 'c', 'd'].map((letter) => taken(address(letter)))]);
      for (const letter of ['b', 'c', 'd']) await taken(address(letter));
      await one.people.register({ id: 'free', email: address('a'), firstName: 'x' });
      await eventually(async () => expect(await hasClear(one.database)).toBe(false));
    });

    it('of a new collection there is none: it is encrypted from the first document on', async () => {
      const { database, people } = await newer(hour);
      await people.register({ id: 'p1', email: address(1), firstName: 'Canary' });
      expect(await hasClear(database)).toBe(false);
    });

    it('is gone, too, when its person’s key is shredded before it was encrypted', async () => {
      const before = await older();
      await before.people.register('p1', address(1));
      await before.database.flush(5_000);
      const { database, people } = await newer(hour);
      await database.personalKeys.shred('p1');
      expect(await people.get('p1')).toMatchObject({ firstName: 'erased' });
      expect((await bench.stored(database)).includes('Canary p1')).toBe(true); // in the log, until the pass comes by
      await waited(database);
      await database.sealing.run();
      expect(await hasClear(database)).toBe(false);
      expect((await eventLogOf(database)).map((event) => userRegistered.parse(event).data.firstName)).toEqual(['']);
    });
  });
}
