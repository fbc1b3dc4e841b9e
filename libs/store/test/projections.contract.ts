import { setTimeout as pause } from 'node:timers/promises';
import { type Envelope, type EventDefinition, defineEvent } from '@lyceum/contracts';
import mongoose from 'mongoose';
import { z } from 'zod';
import { Busy, type Database, DuplicateKey, type Page, Projection, type RebuildState, from } from '../src/index.js';
import { Bench, type Server } from './bench.js';

interface Course {
  readonly id: string;
  readonly title?: string;
  readonly price?: number;
  readonly rating?: number;
}

const titled = defineEvent('catalog.titled.v1', 'It has a title.', z.object({ title: z.string() }));
const removed = defineEvent('catalog.removed.v1', 'It is gone.', z.object({}));
const priced = defineEvent('billing.priced.v1', 'It has a price, or none.', z.object({ price: z.number().optional() }));

class Courses extends Projection<Course> {
  readonly feeds = [
    from(titled, ({ subject, aggregateversion, data }) => this.patch(subject, 'catalog', aggregateversion, data)),
    from(removed, ({ subject, aggregateversion }) => this.remove(subject, aggregateversion, 'catalog')),
    from(priced, ({ subject, aggregateversion, data: { price } }) =>
      this.patch(subject, 'billing', aggregateversion, { price }),
    ),
  ];

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
  /** The row as it lies there. */
  raw(id: string): Promise<object | null> {
    return this.native.findOne({ _id: id });
  }
  /** As the reaction to an event would. */
  async react(event: Envelope): Promise<void> {
    await this.feeds.find((feed) => feed.event.type === event.type)?.tell(event);
  }
}

const enrolled = defineEvent('enrollment.enrolled.v1', 'Ada learns.', z.object({ learnerId: z.string() }));

/** Who learns what. */
class Enrolments extends Projection<{ id: string; learnerId: string }> {
  readonly feeds = [
    from(enrolled, ({ subject: id, aggregateversion, data: { learnerId } }) =>
      this.putAbout(learnerId, aggregateversion, { id, learnerId }),
    ),
  ];

  constructor(database: Database) {
    super(database, { collection: 'enrolments', fields: { learnerId: String }, indexes: [{ keys: { learnerId: 1 } }] });
  }
  async enrol(id: string, learnerId: string): Promise<void> {
    await this.feeds[0]?.tell(event(id, 1, enrolled, { learnerId }));
  }
  eraseThoseOf(learnerId: string): Promise<number> {
    return this.eraseAll({ learnerId });
  }
  ids(): Promise<string[]> {
    return this.find({}, { sort: ['id'] }).then((rows) => rows.map(({ id }) => id));
  }
}

/** No two of its rows have one slug. */
class Slugs extends Projection<{ id: string; slug: string }> {
  readonly feeds = [];

  constructor(database: Database) {
    super(database, {
      collection: 'slugs',
      fields: { slug: String },
      indexes: [{ keys: { slug: 1 }, unique: true }],
    });
  }
}

const event = <Data extends object>(
  subject: string,
  version: number,
  { type }: EventDefinition,
  data: Data,
): Envelope => ({
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

const copyOf = ({ copy }: RebuildState): string => {
  if (!copy) throw new Error('There is no copy');
  return copy;
};

/** Takes a rebuild through all of its steps in this process, as the host does it over the bus. */
async function makeAnew(
  courses: Pick<Courses, 'rebuild' | 'prepareCopy' | 'retell' | 'takeCopy' | 'dropCopy'>,
  events: AsyncIterable<Envelope>,
  settleMs = 0,
): Promise<void> {
  const begun = await courses.rebuild.begin([{ type: titled.type, service: 'catalog' }]);
  const copy = copyOf(begun);
  await pause(settleMs);
  await courses.prepareCopy(copy);
  await courses.rebuild.move(begun.id, 'announced', 'filling');
  for await (const past of events) await courses.retell(past, copy);
  await courses.rebuild.told(begun.id, { type: titled.type, part: 1, events: 1, next: undefined });
  await courses.rebuild.move(begun.id, 'filling', 'replacing');
  await courses.takeCopy(copy);
  await courses.rebuild.move(begun.id, 'replacing', 'done');
  await pause(settleMs);
  await courses.dropCopy(copy);
  await courses.rebuild.forgetCopy(begun.id);
}

function history(): Envelope[] {
  const events: Envelope[] = [];
  for (let course = 0; course < 6; course += 1)
    for (let version = 1; version <= 4; version += 1) {
      const id = `c${course}`;
      if (course % 4 === 0 && version === 4) events.push(event(id, 4, removed, {}));
      else events.push(event(id, version, titled, { title: `${id} v${version}` }));
      events.push(event(id, version, priced, { price: version % 3 === 0 ? undefined : version * 100 }));
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

    it('facts that come together are written together, and each teller learns what came of its own', async () => {
      const database = await bench.instance();
      const slugs = new Slugs(database);
      await database.prepare();
      const together = jest.spyOn(mongoose.mongo.Collection.prototype, 'bulkWrite');
      const put = (id: string, version: number, slug = id) => slugs.put(version, { id, slug });
      await put('known', 5);
      await slugs.put(1, { id: 'gone', slug: 'gone' });
      await slugs.remove('gone', 2);
      expect(together).not.toHaveBeenCalled(); // what comes alone does not wait for others
      const ids = Array.from({ length: 150 }, (_, number) => `row-${number}`);
      const outcomes = await Promise.allSettled([
        ...ids.slice(0, 50).map((id) => put(id, 1)),
        put('known', 4),
        put('other', 1, 'known'),
        put('gone', 3),
        put('known', 6),
        put('known', 5),
        ...ids.slice(50).map((id) => put(id, 1)),
      ]);
      expect(together.mock.calls.length).toBeLessThan(6);
      for (const [operations] of together.mock.calls) {
        const rows = operations.map((operation) => 'updateOne' in operation && operation.updateOne.filter['_id']);
        expect(new Set(rows).size).toBe(rows.length); // a database may do them in any order
      }
      together.mockRestore();
      const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason));
      const ofRows = [...told.slice(0, 50), ...told.slice(55)];
      expect(ofRows).toEqual(ids.map(() => true));
      expect(told.slice(50, 55)).toEqual([false, expect.any(DuplicateKey), true, true, false]);
      expect(await slugs.getAll([...ids, 'known', 'other', 'gone'])).toEqual(
        [...ids, 'known', 'gone'].map((id) => ({ id, slug: id })),
      );
    });

    it('a row that cannot be written does not keep back those that come with it', async () => {
      const courses = await projection();
      const outcomes = await Promise.allSettled([
        courses.put(1, { id: 'a', title: 'A' }),
        courses.put(1, { id: 'too-long', title: 'x'.repeat(17 * 2 ** 20) }),
        courses.put(1, { id: 'b', title: 'B' }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await courses.all()).map(({ id }) => id)).toEqual(['a', 'b']);
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

    it('a row that its only source has removed holds nothing of what was told, in whatever order it was heard', async () => {
      const courses = await projection();
      await courses.put(1, { id: 'a', title: 'Former' });
      await courses.remove('a', 3);
      await courses.put(2, { id: 'a', title: 'Late' });
      expect(await courses.raw('a')).toEqual({ _id: 'a', shape: 1, version: 2, sources: { row: 3 }, removedBy: 'row' });
      await courses.put(4, { id: 'a', title: 'Again' });
      expect(await courses.get('a')).toEqual({ id: 'a', title: 'Again' });
    });

    it('an erased row stays empty, also after a rebuild', async () => {
      const courses = await projection();
      await courses.put(1, { id: 'a', title: 'Personal' });
      await courses.erase('a');
      expect(await courses.put(2, { id: 'a', title: 'Personal' })).toBe(false);
      await makeAnew(courses, streamOf([event('a', 9, titled, { title: 'Personal' })]));
      expect(await courses.get('a')).toBeUndefined();
      expect(await courses.titled('Personal')).toEqual([]);
    });

    it('keeps nothing about a person who was erased: what was there goes, what comes late or in a rebuild does not stay', async () => {
      const database = await bench.instance();
      const enrolments = new Enrolments(database);
      await database.prepare();
      for (const id of ['a1', 'a2']) await enrolments.enrol(id, 'ada');
      await enrolments.enrol('b1', 'bob');
      await database.erased.begin({ userId: 'ada', erasureId: 'e1', erasedAt: new Date() });
      expect(await enrolments.eraseThoseOf('ada')).toBe(2);
      expect(await enrolments.eraseThoseOf('ada')).toBe(0);
      for (const id of ['a1', 'a3']) await enrolments.enrol(id, 'ada');
      expect(await enrolments.ids()).toEqual(['b1']);
      const past = ['a1', 'a3', 'a4'].map((id) => event(id, 2, enrolled, { learnerId: 'ada' }));
      await makeAnew(enrolments, streamOf([...past, event('b1', 1, enrolled, { learnerId: 'bob' })]));
      expect(await enrolments.ids()).toEqual(['b1']);
    });

    it('every order of the same events, with repetitions, ends in the same rows, and so does a rebuild', async () => {
      const inOrder = await projection();
      for (const item of history()) await inOrder.react(item);
      const expected = await inOrder.all();
      expect(expected).toHaveLength(4);
      for (const seed of [1, 2]) {
        const other = new Bench(running.uri);
        const database = await other.instance();
        const courses = new Courses(database);
        await database.prepare();
        for (const item of shuffled([...history(), ...history()], seed)) await courses.react(item);
        expect(await courses.all()).toEqual(expected);
        await makeAnew(courses, streamOf(shuffled([...history(), ...history()], seed + 10)));
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
      const events = ['a', 'b', 'c'].map((id) => event(id, 1, titled, { title: 'right' }));
      await makeAnew(
        courses,
        streamOf(events, async (index) => {
          expect((await courses.all()).map(({ title }) => title)).toContain('wrong');
          await elsewhere.patch('a', 'billing', index + 1, { price: index });
          await courses.patch('b', 'billing', index + 1, { price: index });
          if (index === 1) await elsewhere.patch('c', 'catalog', 2, { title: 'newest' });
        }),
        1_200,
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

    it('a rebuild that fails changes nothing, and while one is under way there is no second', async () => {
      const courses = await projection();
      const elsewhere = await projection();
      await courses.patch('a', 'catalog', 1, { title: 'kept' });
      const begun = await courses.rebuild.begin([{ type: titled.type, service: 'catalog' }]);
      expect(await elsewhere.rebuild.begin([])).toEqual(begun);
      await courses.prepareCopy(copyOf(begun));
      await courses.retell(event('b', 1, titled, { title: 'x' }), copyOf(begun));
      expect(await elsewhere.rebuild.fail(begun.id, 'A broken event')).toBe(true);
      expect(await courses.rebuild.move(begun.id, 'announced', 'filling')).toBe(false);
      await expect(courses.rebuild.begin([])).rejects.toThrow(Busy); // until its copy is gone
      await courses.dropCopy(copyOf(begun));
      await courses.rebuild.forgetCopy(begun.id);
      expect(await courses.rebuild.state()).toMatchObject({ status: 'failed', failure: 'A broken event' });
      expect(await courses.all()).toEqual([{ id: 'a', title: 'kept' }]);
      await makeAnew(courses, streamOf([event('b', 1, titled, { title: 'x' })]));
      expect(await courses.all()).toEqual([{ id: 'b', title: 'x' }]);
      expect(await courses.rebuild.state()).not.toHaveProperty('failure');
    });

    it('a copy takes the place once, also when who did it died before saying so', async () => {
      const courses = await projection();
      const { copy } = await courses.rebuild.begin([]);
      await courses.prepareCopy(copy ?? '');
      await courses.retell(event('b', 1, titled, { title: 'x' }), copy ?? '');
      await courses.takeCopy(copy ?? '');
      await courses.retell(event('c', 1, titled, { title: 'late' }), copy ?? ''); // makes the collection again
      await courses.patch('d', 'catalog', 1, { title: 'live' });
      await courses.takeCopy(copy ?? '');
      expect((await courses.all()).map(({ id }) => id)).toEqual(['b', 'd']);
    });

    it('a part counts once, and only after the one before it', async () => {
      const courses = await projection();
      const { id } = await courses.rebuild.begin([{ type: titled.type, service: 'catalog' }]);
      const part = (number: number, next?: string) =>
        courses.rebuild.told(id, { type: titled.type, part: number, events: 10, next });
      expect(await part(1, 'x')).toBeUndefined(); // not filling yet
      await courses.rebuild.move(id, 'announced', 'filling');
      expect(await part(2, 'x')).toBeUndefined();
      expect(await part(1, 'x')).toMatchObject({ parts: 1, events: 10, after: 'x', complete: false });
      expect(await part(1, 'y')).toBeUndefined();
      expect(await part(2)).toMatchObject({ parts: 2, events: 20, complete: true });
      expect((await Promise.all([part(3), part(3), part(3)])).filter((source) => source !== undefined)).toHaveLength(1);
    });

    it('a feed that writes to another projection is stopped', async () => {
      const database = await bench.instance();
      const courses = new Courses(database);
      class Careless extends Projection<Course> {
        readonly feeds = [from(titled, ({ subject }) => courses.put(1, { id: subject, title: 'elsewhere' }))];
        constructor() {
          super(database, { collection: 'careless', fields: { title: String }, indexes: [] });
        }
      }
      const careless = new Careless();
      await expect(careless.retell(event('a', 1, titled, { title: 'x' }), 'copy')).rejects.toThrow(
        'A feed of careless may not write to courses',
      );
      expect(await courses.all()).toEqual([]);
    });
  });
}
