import { reactionsOf } from '@lyceum/bus';
import { Database } from '@lyceum/store';
import mongoose from 'mongoose';
import { z } from 'zod';
import { Api } from '../src/api.js';
import { authorCourse } from '../src/authoring.js';
import { definitions } from '../src/definitions.js';
import { demoCourses } from '../src/demo-courses.js';
import { readCommand } from '../src/operator/command.js';
import { Desk } from '../src/operator/desk.js';
import { operate } from '../src/operator/operator.js';
import { join, signIn } from '../src/people.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { demoAdmin, demoInstructor, demoLearner, seed } from '../src/seed.js';
import { until } from '../src/until.js';

jest.setTimeout(120_000);

const Problem = z.looseObject({ code: z.string(), status: z.int() });
const Letter = z.looseObject({
  eventId: z.string(),
  type: z.string(),
  subject: z.string(),
  error: z.string(),
  attempts: z.int(),
  firstFailedAt: z.iso.datetime(),
  lastFailedAt: z.iso.datetime(),
});
const Letters = z.object({ total: z.int(), items: z.array(Letter) });
const Done = z.object({ count: z.int(), more: z.boolean(), ids: z.array(z.string()) });
const Projection = z.looseObject({
  name: z.string(),
  feeds: z.array(z.string()),
  rows: z.int(),
  rebuild: z.looseObject({ rebuildId: z.string(), status: z.string(), failure: z.string().optional() }).optional(),
});
const Projections = z.object({ items: z.array(Projection) });
const Acts = z.object({
  items: z.array(z.looseObject({ act: z.string(), outcome: z.string(), operatorId: z.string() })),
});
const stateful = Object.values(definitions).filter((definition) => definition.stateful);

let platform: Platform;
let visitor: Api;
let operator: Api;
let learner: Api;
/** The course of the event that the operator threw away. */
let dropped: string | undefined;
const connections: mongoose.Connection[] = [];

/** A service's database, as somebody with access to the server sees it. */
async function databaseOf(service: string): Promise<mongoose.mongo.Db> {
  const connection = await mongoose.createConnection(platform.mongoUri, { dbName: service }).asPromise();
  connections.push(connection);
  return connection.getClient().db(service);
}

beforeAll(async () => {
  platform = await startPlatform({ retryDelays: [10, 10] });
  visitor = new Api(platform.edgeUrl);
  operator = await signIn(visitor, demoAdmin);
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await platform?.close();
});

describe('what a service could not take in', () => {
  let offers: mongoose.mongo.Collection;
  const ofType = (type: string) => `/operations/enrollment/dead-letters?type=${type}`;
  const published = 'catalog.course-published.v1';

  beforeAll(async () => {
    offers = (await databaseOf('enrollment')).collection('offers');
    // an index that somebody has made by mistake: a second course of one instructor cannot be written down
    await offers.createIndex({ instructorId: 1 }, { unique: true, name: 'mistake' });
    await seed(platform.edgeUrl, platform.standIns.mailbox.url);
    learner = await signIn(visitor, demoLearner);
  });

  it('is parked with its error, and an operator sees it', async () => {
    const { items } = await until(async () => {
      const list = await operator.get(ofType(published), { expect: 200, schema: Letters });
      expect(list.items).toHaveLength(2);
      return list;
    });
    expect(items[0]?.error).toContain('mistake');
    const one = await operator.get(`/operations/enrollment/dead-letters/${items[0]?.eventId}`, {
      expect: 200,
      schema: Letter.extend({ stack: z.string(), event: z.looseObject({ id: z.string(), data: z.looseObject({}) }) }),
    });
    expect(one.event).toMatchObject({ id: items[0]?.eventId, data: { courseId: items[0]?.subject } });
    const other = { expect: 200, schema: Letters };
    expect((await operator.get(ofType('nobody.knows.v1'), other)).items).toEqual([]);
    const before = `/operations/enrollment/dead-letters?failedBefore=2020-01-01T00:00:00.000Z`;
    expect(await operator.get(before, other)).toMatchObject({ total: 2, items: [] });
    const { services } = await operator.get('/operations', {
      expect: 200,
      schema: z.object({ services: z.array(z.looseObject({ service: z.string(), deadLetters: z.int() })) }),
    });
    expect(services.filter(({ deadLetters }) => deadLetters > 0)).toMatchObject([
      { service: 'enrollment', deadLetters: 2 },
    ]);
  });

  it('is parked again when it is given back before the cause is gone', async () => {
    const body = { type: published, reason: 'perhaps it works now' };
    const done = await operator.post('/operations/enrollment/dead-letters/replay', { body, expect: 200, schema: Done });
    expect(done).toMatchObject({ count: 2, more: false });
    await until(async () =>
      expect((await operator.get(ofType(published), { expect: 200, schema: Letters })).total).toBe(2),
    );
  });

  it('has its effect once when it is given back afterwards, however often that is asked for', async () => {
    await offers.dropIndex('mistake');
    const replay = (body: object) =>
      operator.post('/operations/enrollment/dead-letters/replay', { body, expect: 200, schema: Done });
    expect(await replay({ type: published, dryRun: true })).toMatchObject({ count: 2 });
    expect(await offers.countDocuments()).toBe(1);
    const ids = (await operator.get(ofType(published), { expect: 200, schema: Letters })).items.map(
      ({ eventId }) => eventId,
    );
    const counts = await Promise.all([replay({ ids }), replay({ ids }), replay({ type: published })]);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    await until(async () => expect(await offers.countDocuments()).toBe(3));
    expect(await offers.distinct('version')).toEqual([1]); // written once each
    expect(await replay({ ids })).toMatchObject({ count: 0 });
  });

  it('is thrown away only by id and with a reason', async () => {
    await offers.createIndex({ title: 1 }, { unique: true, name: 'mistake' });
    const [course] = demoCourses;
    if (!course) throw new Error('There is no demo course');
    await authorCourse(await signIn(visitor, demoInstructor), course); // a second one of the same title
    const letter = await until(async () => {
      const { items } = await operator.get(ofType(published), { expect: 200, schema: Letters });
      expect(items).toHaveLength(1);
      return items[0];
    });
    const drop = '/operations/enrollment/dead-letters/drop';
    const wrong = { expect: 400, schema: Problem };
    expect(await operator.post(drop, { body: { ids: ['x'] }, ...wrong })).toMatchObject({
      code: 'http.invalid-request',
    });
    expect(await operator.post(drop, { body: { reason: 'all of them' }, ...wrong })).toMatchObject({ status: 400 });
    expect(await operator.post('/operations/enrollment/dead-letters/replay', { body: {}, ...wrong })).toMatchObject({
      code: 'http.invalid-request',
    });
    dropped = letter?.subject;
    const body = { ids: [letter?.eventId], reason: 'offered by mistake' };
    expect(await operator.post(drop, { body, expect: 200, schema: Done })).toMatchObject({ count: 1, ids: body.ids });
    expect(await operator.post(drop, { body, expect: 200, schema: Done })).toMatchObject({ count: 0 });
    expect((await operator.get(ofType(published), { expect: 200, schema: Letters })).total).toBe(0);
    await offers.dropIndex('mistake');
    expect(await offers.countDocuments()).toBe(3);
  });

  it('everything that operators did is on record: who, what, why, and how it ended', async () => {
    const { items } = await operator.get('/operations/enrollment/acts', { expect: 200, schema: Acts });
    expect(items.map(({ act, outcome }) => `${act} ${outcome}`)).toEqual([
      'drop done',
      'drop done',
      ...Array.from({ length: 5 }, () => 'replay done'),
    ]);
    expect(items.at(-1)).toMatchObject({
      order: { type: published },
      reason: 'perhaps it works now',
      count: 2,
      events: [{ type: published }, { type: published }],
    });
    expect(new Set(items.map(({ operatorId }) => operatorId)).size).toBe(1);
    expect((await operator.get('/operations/billing/acts', { expect: 200, schema: Acts })).items).toEqual([]);
  });
});

it('nobody but an administrator gets to any of the operators’ routes of any service', async () => {
  const teacher = await signIn(visitor, demoInstructor);
  const routes = ['', '/dead-letters', '/dead-letters/x', '/projections', '/projections/x', '/events', '/acts'];
  for (const { name } of stateful) {
    for (const route of routes) {
      const path = `/operations/${name}${route}`;
      await visitor.get(path, { expect: 401, schema: Problem });
      for (const person of [learner, teacher])
        expect(await person.get(path, { expect: 403, schema: Problem })).toMatchObject({ code: 'http.not-allowed' });
    }
    for (const route of ['/dead-letters/replay', '/dead-letters/drop', '/projections/x/rebuild']) {
      await visitor.post(`/operations/${name}${route}`, { body: {}, expect: 401, schema: Problem });
      await learner.post(`/operations/${name}${route}`, { body: {}, expect: 403, schema: Problem });
    }
  }
  await visitor.get('/operations', { expect: 401, schema: Problem });
  await learner.get('/operations', { expect: 403, schema: Problem });
});

it('what is not there is refused by name', async () => {
  const missing = { expect: 404, schema: Problem };
  const at = '/operations/notify';
  expect(await operator.get(`${at}/dead-letters/x`, missing)).toMatchObject({
    code: 'operations.dead-letter-not-found',
  });
  expect(await operator.get(`${at}/projections/x`, missing)).toMatchObject({ code: 'operations.projection-not-found' });
  expect(await operator.post(`${at}/projections/x/rebuild`, { body: {}, ...missing })).toMatchObject({ status: 404 });
  expect(await operator.get(`${at}/events?after=x`, missing)).toMatchObject({ code: 'operations.event-not-found' });
  await operator.get(`${at}/dead-letters?limit=0`, { expect: 400, schema: Problem });
  await operator.get(`${at}/dead-letters?failedAfter=yesterday`, { expect: 400, schema: Problem });
});

it('the log of a service can be read on from where one is', async () => {
  const Events = z.object({ items: z.array(z.looseObject({ id: z.string(), type: z.string() })) });
  const read = (query: string) => operator.get(`/operations/catalog/events${query}`, { expect: 200, schema: Events });
  const { items: all } = await read('?limit=100');
  expect(all.length).toBeGreaterThan(4);
  expect((await read(`?after=${all[1]?.id}&limit=2`)).items.map(({ id }) => id)).toEqual([all[2]?.id, all[3]?.id]);
  const types = (await read('?type=catalog.course-published.v1')).items.map(({ type }) => type);
  expect(new Set(types)).toEqual(new Set(['catalog.course-published.v1']));
});

describe('every projection of every service', () => {
  const all = async () => {
    const found: { service: string; name: string; feeds: string[] }[] = [];
    for (const { name: service } of stateful) {
      const path = `/operations/${service}/projections`;
      const { items } = await operator.get(path, { expect: 200, schema: Projections });
      found.push(...items.map(({ name, feeds }) => ({ service, name, feeds })));
    }
    return found;
  };
  /** The rows as readers see them: without how often and when they were written. */
  const rowsOf = async ({ service, name }: { service: string; name: string }) => {
    const database = platform.services.find((each) => each.name === service)?.app.get(Database);
    const rows: { _id: string }[] = [];
    for await (const { version: _version, refreshedAt: _refreshedAt, ...row } of database?.readable(name) ?? [])
      rows.push(row);
    return rows;
  };

  it('says what feeds it, and a reaction of its service listens to each of these events', async () => {
    const projections = await all();
    expect(projections.length).toBeGreaterThan(10);
    for (const { service, name, feeds } of projections) {
      const { reactions } = stateful.find((definition) => definition.name === service) ?? {};
      const heard = new Set(reactions ? reactionsOf(reactions).map(({ type }) => type) : []);
      expect([service, name, feeds.length > 0]).toEqual([service, name, true]);
      expect([service, name, feeds.filter((type) => !heard.has(type))]).toEqual([service, name, []]);
    }
  });

  it('can be rebuilt while the platform runs, and is then as it was before; nobody gets a mail of it', async () => {
    const projections = await all();
    const mails = async () => {
      const page = await new Api(platform.standIns.mailbox.url).get('/api/messages', {
        expect: 200,
        schema: z.object({ messages: z.array(z.unknown()) }),
      });
      return page.messages.length;
    };
    const newcomer = { ...demoLearner, email: 'zoe@lyceum.example', firstName: 'Zoe' };
    await join(visitor, platform.standIns.mailbox.url, newcomer);
    const before = await Promise.all(projections.map(rowsOf));
    const sent = await mails();
    const start = ({ service, name }: { service: string; name: string }) =>
      operator.post(`/operations/${service}/projections/${name}/rebuild`, {
        body: { reason: 'to see that it works' },
        expect: 202,
        schema: Projection,
      });
    const begun = await Promise.all(projections.map(start));
    const again = await Promise.all(projections.map(start)); // while it is under way there is no second
    expect(again.map(({ rebuild }) => rebuild?.rebuildId)).toEqual(begun.map(({ rebuild }) => rebuild?.rebuildId));
    for (const { service, name } of projections)
      await until(async () => {
        const path = `/operations/${service}/projections/${name}`;
        const { rebuild } = await operator.get(path, { expect: 200, schema: Projection });
        expect([name, rebuild?.status, rebuild?.failure]).toEqual([name, 'done', undefined]);
      }, 60_000);
    const after = await Promise.all(projections.map(rowsOf));
    const offers = projections.findIndex(({ service, name }) => service === 'enrollment' && name === 'offers');
    const missed = after[offers]?.find(({ _id }) => _id === dropped);
    expect(missed?._id).toBe(dropped); // what an operator had thrown away is in the publisher's log all the same
    if (missed) after[offers]?.splice(after[offers].indexOf(missed), 1);
    for (const [index, { service, name }] of projections.entries())
      expect([service, name, after[index]]).toEqual([service, name, before[index]]);
    expect(await mails()).toBe(sent);
    const { total } = await operator.get('/operations/notify/dead-letters', { expect: 200, schema: Letters });
    expect(total).toBe(0);
    const { items } = await operator.get('/operations/billing/acts', { expect: 200, schema: Acts });
    expect(items.map(({ act }) => act)).toEqual(['rebuild', 'rebuild']);
  });
});

describe('npm run events', () => {
  /** What the command says, without the tool around it. */
  async function said(line: string, person = demoAdmin): Promise<{ text: string; data: unknown; progress: string[] }> {
    const { command } = readCommand(line.split(' '), new Date());
    if (command.name === 'help') throw new Error('That is help');
    const desk = await Desk.open(platform.edgeUrl, { email: person.email, password: person.password });
    const heard = { text: '', data: undefined as unknown, progress: [] as string[] };
    await operate(
      command,
      desk,
      { answer: (text, data) => Object.assign(heard, { text, data }), progress: (text) => heard.progress.push(text) },
      50,
    );
    return heard;
  }

  it('lists, shows, counts and gives back', async () => {
    expect((await said('dead')).text).toMatch(/^service +dead letters\nidentity +0\n/);
    expect((await said('dead notify')).text).toBe('notify has no dead letters.');
    expect((await said('replay notify --type x --dry-run')).text).toBe('0 dead letters would be given back to notify.');
    expect((await said('replay notify --after 1h')).text).toBe('0 dead letters given back to notify.');
    expect((await said('projections billing')).text).toMatch(/billing +offers +4 +done .* catalog.course-published.v1/);
    expect((await said('acts notify')).text).toMatch(/replay +\{"failedAfter":.* done \(0\)/);
  });

  it('rebuilds, and tells how far it is', async () => {
    const { text, progress } = await said('rebuild progress learners');
    expect(text).toMatch(/^progress learners has been rebuilt: \d+ rows\.$/);
    expect(progress.at(0)).toBe('progress learners: every instance is told of it');
    expect(progress.at(-1)).toMatch(/done: identity.user-registered.v1 \d+, identity.profile-changed.v1 0$/);
  });

  it('says in a sentence why something cannot be done', async () => {
    await expect(said('show notify x')).rejects.toThrow('There is no such dead letter');
    await expect(said('dead nobody')).rejects.toThrow('There is no service nobody');
    await expect(said('dead', demoLearner)).rejects.toThrow('This account is not an administrator');
    const nobody = { ...demoAdmin, password: 'not this one' };
    await expect(said('dead', nobody)).rejects.toThrow('The e-mail address or the password is wrong');
    await expect(Desk.open('http://127.0.0.1:9', demoAdmin)).rejects.toThrow('http://127.0.0.1:9 does not answer');
    const forged = await Desk.open(platform.edgeUrl, { token: 'x' });
    await expect(forged.overview()).rejects.toThrow('The access token is not valid');
  });
});
