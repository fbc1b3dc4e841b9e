import { type Bus, InProcessBus, RabbitBus } from '@lyceum/bus';
import { type FoundServer, dropTopologyForTests, findRabbit, mayFindRabbit } from '@lyceum/bus/testing';
import { type Envelope, envelop, partAsked, partRead } from '@lyceum/contracts';
import { type EmbeddedMongo, startMongo } from '@lyceum/embedded/mongo';
import { newId } from '@lyceum/kernel';
import { Rebuild, type RebuildState } from '@lyceum/store';
import { CarelessBus, type Instance, Readings, bookBought, library, reader, startInstance } from './library.js';
import { eventually, silent } from './probe.js';

jest.setTimeout(120_000);

const given = process.env['MONGODB_URI'];
/** The long form: REBUILD_EVENTS=50000, on a database in another process (MONGODB_URI). */
const manyEvents = Number(process.env['REBUILD_EVENTS'] ?? 2_000);
const times = { settle: 2_500, look: 200, lease: 1_500, poll: 25, askAgain: 500, giveUp: 30_000 };

let mongo: EmbeddedMongo | undefined;
let env: Record<string, string>;
let instances: Instance[];
beforeAll(async () => {
  mongo = given ? undefined : await startMongo({ fsync: 'batch' });
  console.log(`rebuilds: database ${given ? 'at MONGODB_URI' : 'embedded'}`);
});
afterAll(() => mongo?.close());
beforeEach(() => {
  instances = [];
  env = {
    PUBLIC_URL: 'http://localhost:4000',
    JWT_ISSUER: 'http://localhost:4000',
    JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    MONGODB_URI: given ?? mongo?.uri ?? '',
    DATABASE_PREFIX: `t${newId().slice(-12)}-`,
    SHUTDOWN_GRACE_MS: '4000',
  };
});
afterEach(async () => {
  const dropped = new Set<string>();
  for (const { running, database } of instances) {
    if (!dropped.has(running.name))
      await database.dropAllForTests().then(
        () => dropped.add(running.name),
        () => undefined, // of a killed instance
      );
    await running.close();
  }
});

async function begin(
  definition: Parameters<typeof startInstance>[0],
  bus: Bus,
  { part, ...more }: { part?: { events: number; bytes?: number } } & Partial<typeof times> = {},
): Promise<Instance> {
  const rebuilds = { times: { ...times, ...more }, part: part ?? { events: 20 } };
  const instance = await startInstance(definition, { env, bus, rebuilds });
  instances.push(instance);
  return instance;
}

/** Waits until nobody has anything to do for a rebuild any more. */
const ended = ({ shelf, database }: Instance): Promise<RebuildState | undefined> =>
  eventually(async () => {
    expect(await Rebuild.unfinished(database)).toEqual([]);
    return shelf.rebuild.state();
  }, 60_000);

const fill = async ({ books }: Instance, count: number, from = 0): Promise<void> => {
  for (let number = from; number < from + count; number += 20)
    await Promise.all(
      Array.from({ length: Math.min(20, from + count - number) }, (_, i) => books.buy(`b${number + i}`)),
    );
};
const heard = ({ shelf }: Instance, count: number): Promise<void> =>
  eventually(async () => expect(await shelf.all()).toHaveLength(count), 60_000);
/** Makes rows wrong, as a bug of former days would have. */
const spoil = async ({ shelf, database }: Instance): Promise<void> => {
  await database.native(shelf.name).updateMany({}, { $set: { title: 'wrong' } });
  await database.native(shelf.name).deleteOne({ _id: 'b1' });
};

function underLiveTraffic(busOf: () => Promise<Bus>): void {
  it('a projection is made anew while its publisher goes on: nothing is missing, and nothing is done twice', async () => {
    const readings = new Readings();
    const readers = [await begin(reader(readings), await busOf()), await begin(reader(readings), await busOf())];
    const [one, two] = readers as [Instance, Instance];
    const publisher = await begin(library, await busOf());
    await fill(publisher, 300);
    await heard(one, 300);
    await spoil(one);
    await one.rebuilds.begin(one.shelf);
    let number = 0;
    let bought = 0;
    while ((await two.shelf.rebuild.state())?.status !== 'done') {
      await publisher.books.buy(`b${number % 400}`);
      bought += 1;
      if (number % 10 === 0) await publisher.books.lose(`b${(number + 5) % 300}`);
      number += 7;
    }
    await ended(one);
    const books = new Map<string, number>();
    for (let id = 0; id < 400; id += 1) {
      const book = await publisher.books.get(`b${id}`);
      if (book && book.copies > 0) books.set(book.id, book.copies);
    }
    const expected = [...books]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, copies]) => ({ id, title: `Book ${id}`, copies }));
    for (const { shelf } of readers) await eventually(async () => expect(await shelf.all()).toEqual(expected));
    expect(bought).toBeGreaterThan(20);
    expect([...readings.count.values()].every((reactions) => reactions === 1)).toBe(true);
    expect(await one.letters.all()).toHaveLength(300 + bought);
    expect(await one.shelf.rebuild.state()).toMatchObject({ status: 'done', generation: 1 });
    const collections = await one.database.connection.db?.listCollections().toArray();
    expect(collections?.map(({ name }) => name).filter((name) => name.includes('rebuilt'))).toEqual([]);
  });
}

describe('on the in-process bus', () => {
  let bus: InProcessBus;
  beforeEach(() => (bus = new InProcessBus({ retryDelays: [10, 10] })));
  afterEach(() => bus.close());

  underLiveTraffic(async () => bus.shared());

  it('parts that are lost, doubled and overtaken end in the same rows', async () => {
    const careless = new CarelessBus(bus.shared());
    const one = await begin(reader(), careless, { settle: 0, askAgain: 60 });
    const publisher = await begin(library, careless, { part: { events: 10 } });
    await fill(publisher, 200);
    await heard(one, 200);
    const before = await one.shelf.all();
    await spoil(one);
    let count = 0;
    careless.fate = () => {
      count += 1;
      return count % 4 === 0 ? 0 : count % 3;
    };
    await one.rebuilds.begin(one.shelf);
    expect(await ended(one)).toMatchObject({ status: 'done' });
    expect(await one.shelf.all()).toEqual(before);
    const parts = careless.said.filter(({ type }) => type === partRead.type).length;
    expect(parts).toBeGreaterThan(30); // 21 would be enough where nothing is lost
  });

  it('when the instance that conducts it is killed, another one carries on where it was', async () => {
    const publisher = await begin(library, bus.shared(), { part: { events: 5 } });
    const careless = new CarelessBus(bus.shared());
    const killed = await begin(reader(), careless, { settle: 0 });
    await fill(publisher, 200);
    await heard(killed, 200);
    const before = await killed.shelf.all();
    await spoil(killed);
    const { id } = await killed.rebuilds.begin(killed.shelf);
    await eventually(async () =>
      expect((await killed.shelf.rebuild.state())?.sources[0]?.parts).toBeGreaterThanOrEqual(5),
    );
    await killed.kill();
    const survivor = await begin(reader(), bus.shared(), { settle: 0 });
    const left = await survivor.shelf.rebuild.state();
    expect(left).toMatchObject({ id, status: 'filling' });
    expect(await ended(survivor)).toMatchObject({ id, status: 'done', generation: 1 });
    expect(await survivor.shelf.all()).toEqual(before);
  });

  it('waits for a publisher that is away', async () => {
    const one = await begin(reader(), bus.shared(), { settle: 0, askAgain: 200 });
    const publisher = await begin(library, bus.shared());
    await fill(publisher, 60);
    await heard(one, 60);
    const before = await one.shelf.all();
    await publisher.running.close();
    await spoil(one);
    await one.rebuilds.begin(one.shelf);
    await eventually(async () => expect((await one.shelf.rebuild.state())?.sources[0]?.asks).toBeGreaterThan(1));
    await begin(library, bus.shared());
    expect(await ended(one)).toMatchObject({ status: 'done' });
    expect(await one.shelf.all()).toEqual(before);
  });

  it('fails with a sentence when a publisher does not come back, and the old rows stay', async () => {
    const one = await begin(reader(), bus.shared(), { settle: 0, giveUp: 1_000 });
    const publisher = await begin(library, bus.shared());
    await fill(publisher, 20);
    await heard(one, 20);
    await publisher.running.close();
    const before = await one.shelf.all();
    await one.rebuilds.begin(one.shelf);
    expect(await ended(one)).toMatchObject({ status: 'failed', failure: 'Nothing has come from library for 1 s' });
    expect(await one.shelf.all()).toEqual(before);
  });

  it('fails with a sentence when an event of the past cannot be told, and the old rows stay', async () => {
    const one = await begin(reader(), bus.shared(), { settle: 0 });
    const publisher = await begin(library, bus.shared());
    await fill(publisher, 20);
    await heard(one, 20);
    const about = { id: newId(), service: 'library', subject: 'b3', version: 9, time: new Date() };
    const broken: Envelope = { ...envelop(bookBought({ title: 'x', copies: 1 }), about), data: { title: 'x' } };
    await publisher.database.events.append([broken]);
    const before = await one.shelf.all();
    await one.rebuilds.begin(one.shelf);
    const state = await ended(one);
    expect(state?.failure).toContain(`The event ${about.id} (library.book-bought.v1) cannot be told`);
    expect(await one.shelf.all()).toEqual(before);
    expect(await bus.deadLetters('reader')).toEqual([]);
  });

  it(`${manyEvents} events come in bounded parts, one at a time, and need little memory`, async () => {
    const watched = new CarelessBus(bus.shared());
    const one = await begin(reader(), watched, {
      settle: 0,
      askAgain: 600_000,
      giveUp: 600_000,
      part: { events: 500 },
    });
    const publisher = await begin(library, watched, { part: { events: 500, bytes: 100_000 } });
    const log: Envelope[] = Array.from({ length: manyEvents }, (_, number) =>
      envelop(bookBought({ title: `Book ${number}`, copies: 1 }), {
        id: newId(),
        service: 'library',
        subject: `b${number}`,
        version: 1,
        time: new Date(),
      }),
    );
    for (let at = 0; at < log.length; at += 1_000) await publisher.database.events.append(log.slice(at, at + 1_000));
    log.length = 0;
    let outstanding = 0;
    let most = 0;
    let largest = 0;
    watched.fate = ({ type, data }) => {
      if (type === partAsked.type && JSON.stringify(data).includes(bookBought.type))
        most = Math.max(most, (outstanding += 1));
      if (type === partRead.type) {
        largest = Math.max(largest, JSON.stringify(data).length);
        if (JSON.stringify(data).includes(bookBought.type)) outstanding -= 1;
        watched.said.length = 0;
      }
      return 1;
    };
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const began = performance.now();
    await one.rebuilds.begin(one.shelf);
    while ((await one.shelf.rebuild.state())?.status !== 'done')
      await new Promise((done) => setTimeout(done, 20)).then(() => (peak = Math.max(peak, process.memoryUsage().rss)));
    const seconds = (performance.now() - began) / 1_000;
    console.log(
      `${manyEvents} events told in ${seconds.toFixed(1)} s, largest part ${largest} characters, memory grew by ${Math.round((peak - before) / 2 ** 20)} MB`,
    );
    await ended(one);
    expect(await one.shelf.all()).toHaveLength(manyEvents);
    expect(most).toBe(1);
    expect(largest).toBeLessThan(110_000);
    // the embedded database keeps its data in this process
    expect(peak - before).toBeLessThan((given ? 150 : 600) * 2 ** 20);
  }, 600_000);
});

describe('on RabbitMQ', () => {
  if (!mayFindRabbit()) {
    it('RabbitMQ: none found; not run (set AMQP_URL)', () => expect(mayFindRabbit()).toBe(false));
    return;
  }
  let rabbit: FoundServer | undefined;
  const namespace = `t${newId().slice(-12)}.`;
  beforeAll(async () => {
    rabbit = await findRabbit();
    console.log(`rebuilds: RabbitMQ ${rabbit?.how ?? 'does not answer'}`);
  });
  afterAll(async () => {
    if (rabbit) await dropTopologyForTests(rabbit.url, namespace, ['library', 'reader']);
    await rabbit?.stop();
  });

  // each instance has a connection of its own, as separate processes have
  underLiveTraffic(async () => new RabbitBus({ url: rabbit?.url ?? '', namespace, log: silent }));
});
