import { changed, unchanged } from '@lyceum/kernel';
import { Aggregates, type Database, type IndexSpec, type Loose } from '../src/index.js';
import { Bench, type Server } from './bench.js';

interface Person {
  readonly id: string;
  readonly name: { readonly first: string; readonly last: string };
  readonly seats: number;
}

const split = ({ fullName, ...rest }: Loose): Loose => {
  const [first = '', last = ''] = String(fullName).split(' ');
  return { ...rest, name: { first, last } };
};
const addSeats = (stored: Loose): Loose => ({ ...stored, seats: 1 });

class People extends Aggregates<Person> {
  constructor(database: Database, indexes: IndexSpec[] = []) {
    super(database, {
      collection: 'people',
      fields: { name: { first: String, last: String }, seats: Number },
      indexes,
      shape: 3,
      upgrades: { 2: split, 3: addSeats },
    });
  }
}

export function migrationContract(server: Server): void {
  describe('stored shapes and indexes', () => {
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

    const old = async (database: Database, count: number): Promise<void> => {
      const documents = Array.from({ length: count }, (_, index) => ({
        _id: `p${index}`,
        version: 4,
        shape: 1,
        fullName: `Ada L${index}`,
        outbox: [],
      }));
      await database.native('people').insertMany(documents);
    };

    it('two instances that start at once bring every document to today’s shape exactly once', async () => {
      const [one, two] = [await bench.instance(), await bench.instance()];
      const [people] = [new People(one), new People(two)];
      await old(one, 250);
      await Promise.all([one.prepare(), two.prepare()]);
      await one.prepare();
      expect(await one.native('people').countDocuments({ shape: 3, version: 5, fullName: { $exists: false } })).toBe(
        250,
      );
      expect(await people.getWithVersion('p7')).toEqual({
        version: 5,
        state: { id: 'p7', name: { first: 'Ada', last: 'L7' }, seats: 1 },
      });
    });

    it('an older document that is read or changed before its upgrade is already of today’s shape', async () => {
      const database = await bench.instance();
      const people = new People(database);
      await old(database, 2);
      expect(await people.get('p0')).toEqual({ id: 'p0', name: { first: 'Ada', last: 'L0' }, seats: 1 });
      await people.change('p0', (person) => (person ? changed({ ...person, seats: person.seats + 1 }) : neverThere()));
      expect(await database.native('people').findOne({ _id: 'p0' })).toEqual({
        _id: 'p0',
        version: 5,
        shape: 3,
        name: { first: 'Ada', last: 'L0' },
        seats: 2,
        outbox: [],
      });
      await database.prepare();
      expect((await people.getWithVersion('p0'))?.version).toBe(5);
      expect((await people.getWithVersion('p1'))?.version).toBe(5);
    });

    it('changes that run during the upgrade are kept', async () => {
      const [one, two] = [await bench.instance(), await bench.instance()];
      const [people] = [new People(one), new People(two)];
      await old(one, 60);
      await Promise.all([
        two.prepare(),
        ...Array.from({ length: 60 }, (_, index) =>
          people.change(`p${index}`, (person) => (person ? changed({ ...person, seats: 7 }) : neverThere())),
        ),
      ]);
      expect(await one.native('people').countDocuments({ shape: 3, seats: 7 })).toBe(60);
    });

    it('an index that is declared differently is replaced, in two instances at once', async () => {
      const before = await bench.instance();
      const first = new People(before, [{ name: 'by seats', keys: { seats: 1 } }]);
      await before.prepare();
      const after = [await bench.instance(), await bench.instance()];
      for (const database of after)
        void new People(database, [{ name: 'by seats', keys: { seats: -1, _id: 1 }, unique: true }]);
      await Promise.all(after.map((database) => database.prepare()));
      const index = (await before.native('people').indexes()).find(({ name }) => name === 'by seats');
      expect(index).toMatchObject({ key: { seats: -1, _id: 1 }, unique: true });
      expect(
        await first.change('x', () => unchanged({ id: 'x', name: { first: '', last: '' }, seats: 0 })),
      ).toBeDefined();
    });

    it('a shape without an upgrade and a field that is ours are refused at the start', async () => {
      const database = await bench.instance();
      class Gap extends Aggregates<Person> {
        constructor() {
          super(database, { collection: 'gap', fields: {}, indexes: [], shape: 3, upgrades: { 2: split } });
        }
      }
      class Clash extends Aggregates<Person> {
        constructor() {
          super(database, { collection: 'clash', fields: { version: Number }, indexes: [] });
        }
      }
      expect(() => new Gap()).toThrow(/no upgrade to shape 3/);
      expect(() => new Clash()).toThrow(/cannot be named version/);
    });

    it('says whether the database answers', async () => {
      const database = await bench.instance();
      expect(await database.ping()).toBe(true);
      await bench.kill(database);
      expect(await database.ping()).toBe(false);
    });
  });
}

function neverThere(): never {
  throw new Error('It was never there');
}
