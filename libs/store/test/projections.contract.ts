import type { Envelope } from '@lyceum/contracts';
import { Busy, type Database, type FactWriter, type Page, Projection } from '../src/index.js';
import { Bench, type Server, eventually } from './bench.js';

interface Course {
  readonly id: string;
  readonly title?: string;
  readonly price?: number;
  readonly rating?: number;
}

class Courses extends Projection<Course> {
  constructor(database: Database) {
    super(database, {
      collection: 'courses',
      fields: { title: String, price: Number, rating: Number },
      indexes: [{ keys: { title: 1 } }],
    });
  }
  titled(title: string): Promise<Course[]> {
    return this.find({ title });
  }
  list(after?: string): Promise<Page<Course>> {
    return this.page({}, { limit: 2, after });
  }
  all(): Promise<Course[]> {
    return this.find({}, { sort: ['id'] });
  }
}

const event = (subject: string, version: number, type: string, data: object): Envelope => ({
  specversion: '1.0',
  id: `${subject}-${version}-${type}`,
  source: '/lyceum/catalog',
  type,
  subject,
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: 'urn:x',
  aggregateversion: version,
  data,
});

const apply = async ({ type, subject, aggregateversion, data }: Envelope, into: FactWriter<Course>): Promise<void> => {
  if (type === 'removed') await into.remove(subject, aggregateversion, 'catalog');
  else await into.patch(subject, type, aggregateversion, data as Partial<Course>);
};

function history(): Envelope[] {
  const events: Envelope[] = [];
  for (let course = 0; course < 6; course += 1)
    for (let version = 1; version <= 4; version += 1) {
      const id = `c${course}`;
      if (course % 4 === 0 && version === 4) events.push(event(id, 4, 'removed', {}));
      else events.push(event(id, version, 'catalog', { title: `${id} v${version}` }));
      events.push(event(id, version, 'billing', { price: version % 3 === 0 ? undefined : version * 100 }));
    }
  return events;
}

const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647);
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
};

async function* streamOf(
  events: readonly Envelope[],
  before?: (index: number) => Promise<unknown>,
): AsyncGenerator<Envelope> {
  for (const [index, item] of events.entries()) {
    await before?.(index);
    yield item;
  }
}

export function projectionsContract(server: Server): void {
  describe('projections', () => {
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

    const projection = async (): Promise<Courses> => {
      const database = await bench.instance();
      const courses = new Courses(database);
      await database.prepare();
      return courses;
    };

    it('the newest fact of a row counts, whatever the order and however often', async () => {
      const courses = await projection();
      expect(await courses.put(2, { id: 'a', title: 'Two', price: 5 })).toBe(true);
      expect(await courses.put(1, { id: 'a', title: 'One' })).toBe(false);
      expect(await courses.put(2, { id: 'a', title: 'Other' })).toBe(false);
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'Two', price: 5 });
      expect(await courses.put(3, { id: 'a', title: 'Three' })).toBe(true);
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'Three' });
    });

    it('20 facts of one row at once end with the newest', async () => {
      const stores = await Promise.all([projection(), projection()]);
      const versions = shuffled(
        Array.from({ length: 20 }, (_, index) => index + 1),
        7,
      );
      await Promise.all(
        versions.flatMap((version) => stores.map((courses) => courses.put(version, { id: 'a', title: `v${version}` }))),
      );
      expect(await stores[0]?.get('a')).toEqual({ id: 'a', title: 'v20' });
    });

    it('sources of one row do not disturb each other', async () => {
      const courses = await projection();
      await courses.patch('a', 'billing', 9, { price: 100 });
      await courses.patch('a', 'catalog', 1, { title: 'One' });
      expect(await courses.patch('a', 'billing', 8, { price: 1 })).toBe(false);
      await courses.patch('a', 'review.of$x', 1, { rating: 4 });
      expect(await courses.patch('a', 'review.of$x', 1, { rating: 5 })).toBe(false);
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'One', price: 100, rating: 4 });
      await courses.patch('a', 'billing', 10, { price: undefined });
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'One', rating: 4 });
    });

    it('a removed row is not brought back by a late fact, but by a newer one of its source', async () => {
      const courses = await projection();
      await courses.patch('a', 'catalog', 1, { title: 'One' });
      expect(await courses.remove('a', 5, 'catalog')).toBe(true);
      expect(await courses.patch('a', 'catalog', 4, { title: 'Late' })).toBe(false);
      await courses.patch('a', 'billing', 7, { price: 700 });
      expect(await courses.get('a')).toBeUndefined();
      expect(await courses.all()).toEqual([]);
      expect(await courses.getAll(['a'])).toEqual([]);
      expect((await courses.list()).items).toEqual([]);
      expect(await courses.patch('a', 'catalog', 6, { title: 'Again' })).toBe(true);
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'Again', price: 700 });
      expect(await courses.remove('never-there', 3)).toBe(true);
      expect(await courses.put(2, { id: 'never-there', title: 'Late' })).toBe(false);
    });

    it('an erased row stays empty, also after a rebuild', async () => {
      const courses = await projection();
      await courses.put(1, { id: 'a', title: 'Personal' });
      await courses.erase('a');
      expect(await courses.put(2, { id: 'a', title: 'Personal' })).toBe(false);
      await courses.rebuild(streamOf([event('a', 9, 'catalog', { title: 'Personal' })]), apply, { settleMs: 0 });
      expect(await courses.get('a')).toBeUndefined();
      expect(await courses.titled('Personal')).toEqual([]);
    });

    it('every order of the same events, with repetitions, ends in the same rows, and so does a rebuild', async () => {
      const inOrder = await projection();
      for (const item of history()) await apply(item, inOrder);
      const expected = await inOrder.all();
      expect(expected).toHaveLength(4);
      for (const seed of [1, 2]) {
        const other = new Bench(running.uri);
        const database = await other.instance();
        const courses = new Courses(database);
        await database.prepare();
        for (const item of shuffled([...history(), ...history()], seed)) await apply(item, courses);
        expect(await courses.all()).toEqual(expected);
        await courses.rebuild(streamOf(history()), apply, { settleMs: 0 });
        expect(await courses.all()).toEqual(expected);
        await other.end();
      }
    });

    it('during a rebuild readers see the old rows, then the new ones, and live events are in both', async () => {
      const database = await bench.instance();
      const courses = new Courses(database);
      const elsewhere = await projection(); // another instance of the service
      await database.prepare();
      for (const id of ['a', 'b', 'c']) await courses.patch(id, 'catalog', 1, { title: 'wrong' });
      const events = ['a', 'b', 'c'].map((id) => event(id, 1, 'catalog', { title: 'right' }));
      await courses.rebuild(
        streamOf(events, async (index) => {
          expect((await courses.all()).map(({ title }) => title)).toContain('wrong');
          await elsewhere.patch('a', 'billing', index + 1, { price: index });
          await courses.patch('b', 'billing', index + 1, { price: index });
          if (index === 1) await elsewhere.patch('c', 'catalog', 2, { title: 'newest' });
        }),
        apply,
        { settleMs: 1_200 },
      );
      const expected = [
        { id: 'a', title: 'right', price: 2 },
        { id: 'b', title: 'right', price: 2 },
        { id: 'c', title: 'newest' },
      ];
      expect(await courses.all()).toEqual(expected);
      expect(await elsewhere.all()).toEqual(expected);
      const names = (await database.connection.db?.listCollections().toArray())?.map(({ name }) => name);
      expect(names?.filter((name) => name.includes('rebuilt'))).toEqual([]);
      expect((await database.native('courses').indexes()).map(({ name }) => name)).toContain('title_1');
      await elsewhere.patch('a', 'billing', 99, { price: 99 });
      expect((await courses.get('a'))?.price).toBe(99);
    });

    it('a rebuild that fails changes nothing, and a second one at the same time is refused', async () => {
      const courses = await projection();
      await courses.patch('a', 'catalog', 1, { title: 'kept' });
      const fails = courses.rebuild(
        streamOf([event('b', 1, 'catalog', { title: 'x' })]),
        async () => {
          await expect(courses.rebuild(streamOf([]), apply, { settleMs: 0 })).rejects.toThrow(Busy);
          throw new Error('broken event');
        },
        { settleMs: 0 },
      );
      await expect(fails).rejects.toThrow('broken event');
      expect(await courses.all()).toEqual([{ id: 'a', title: 'kept' }]);
      await courses.rebuild(streamOf([event('b', 1, 'catalog', { title: 'x' })]), apply, { settleMs: 0 });
      await eventually(async () => expect(await courses.all()).toEqual([{ id: 'b', title: 'x' }]));
    });
  });
}
