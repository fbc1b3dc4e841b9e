import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { type Envelope, allEvents, peopleIn } from '@lyceum/contracts';
import type { RunningService } from '@lyceum/host';
import { type FoundServer, findRedis } from '@lyceum/testing';
import { strFromU8, unzipSync } from 'fflate';
import mongoose from 'mongoose';
import { z } from 'zod';
import type { Api } from '../src/api.js';
import { Api as Client } from '../src/api.js';
import { definitions } from '../src/definitions.js';
import { mailTo, tokenIn } from '../src/mail.js';
import { join, signIn } from '../src/people.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { demoAdmin } from '../src/seed.js';
import { until } from '../src/until.js';
import {
  LogLines,
  type Trace,
  inDatabases,
  inDeadLetters,
  inFiles,
  inLog,
  inMetrics,
  inRedis,
  lookUpsAndKeysOf,
  shown,
  unreadable,
} from './canary-search.js';
import {
  canaries,
  coursesOf,
  fillAccount,
  idOf,
  learn,
  neverKept,
  person,
  picturesIn,
  published,
  reasoned,
  signInAsCanary,
  suspendFor,
  teach,
  uploadPicture,
  writeToThem,
} from './canaries.js';

jest.setTimeout(180_000);

const keepers = Object.values(definitions)
  .filter(({ stateful }) => stateful)
  .map(({ name }) => name);
/** Those that answer for the personal data that they hold. */
const holders = Object.values(definitions)
  .filter(({ personalData }) => personalData)
  .map(({ name }) => name);
const silent = keepers.filter((name) => !holders.includes(name));

const left: readonly string[] = Object.values(canaries);
const never: readonly string[] = Object.values(neverKept);
const { newEmail } = canaries;
/** What the files of the database hold with a reason. */
const { suspension, reinstatement, formerTitle } = canaries;
const stays: readonly string[] = [suspension, reinstatement, canaries.erasure, formerTitle];
/** Given only when the erasure is ordered. */
const leftBefore = left.filter((text) => text !== canaries.erasure);

const Export = z.looseObject({ exportId: z.string(), status: z.string(), missing: z.array(z.string()) });
const Projection = z.looseObject({ name: z.string(), rebuild: z.looseObject({ status: z.string() }).optional() });
const Letters = z.object({ total: z.int(), items: z.array(z.unknown()) });
const Receipts = z.looseObject({
  missing: z.array(z.string()),
  receipts: z.array(z.looseObject({ service: z.string(), kept: z.array(z.looseObject({ why: z.string() })) })),
});

let platform: Platform;
let visitor: Api;
let admin: Api;
let canary: Api;
let userId: string;
let files: string;
let redis: FoundServer | undefined;
const log = new LogLines();
/** Names of its own, for servers that others use too. */
const prefix = `canaries-${process.pid}-${Date.now().toString(36)}-`;
const server = process.env['MONGODB_URI'];
/** What lies in the databases instead of the person's data: hashes by which they were looked up, and their keys, wrapped. */
let instead: readonly string[] = [];
/** Everything that was ever said about the person, as it was said. */
let past: Envelope[] = [];
const heard: Envelope[] = [];

const dataIn = (name: string) => path(files, 'data', name);
const stateful = (): RunningService[] => {
  // one that was started again stands behind its former life
  const latest = new Map(platform.services.map((service) => [service.name, service]));
  return [...latest.values()].filter(({ name }) => keepers.includes(name));
};

/** Where the platform holds one of some texts, as whoever has all keys that are left can read it. */
async function tracesOf(texts: readonly string[]): Promise<Trace[]> {
  return [
    ...(await inDatabases(stateful(), texts)),
    ...(await inDeadLetters(admin, keepers, texts)),
    ...(await inFiles(dataIn('bucket'), texts)),
    ...(redis ? await inRedis(redis.url, prefix, texts) : []),
    ...(await inMetrics(stateful(), texts)),
  ];
}

/** What is left of the person without a reason for it. */
async function whatIsLeft(): Promise<string[]> {
  const traces = await tracesOf([...left, ...instead]);
  return shown(traces.filter(({ text, place }) => !reasoned[text]?.some((reason) => reason.test(place))));
}

/** On a server that stays the databases of this platform go, and nothing else. */
async function dropDatabases(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  for (const name of keepers)
    for (const each of [name, `${name}-keys`]) await connection.useDb(`${prefix}${each}`).dropDatabase();
  await connection.close();
}

/** The database of identity, to put a mistake into it. */
async function withIdentity<T>(work: (database: mongoose.Connection) => Promise<T>): Promise<T> {
  const dbName = `${server ? prefix : ''}identity`;
  const connection = await mongoose.createConnection(server ?? platform.mongoUri, { dbName }).asPromise();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Somebody who hears everything, and remembers it as it was said: what lies in the databases cannot be read from outside. */
async function listen(): Promise<void> {
  const types = allEvents.filter(({ listeners }) => listeners === 'some').map(({ type }) => type);
  const handle = async ({ event }: { event: Envelope }) => void heard.push(event);
  await platform.bus.subscribe({ service: 'witness', types, handle });
}

/** Has every projection of a service made anew, one after another. */
async function rebuildAll(service: string): Promise<void> {
  const { items } = await admin.get(`/operations/${service}/projections`, {
    expect: 200,
    schema: z.object({ items: z.array(Projection) }),
  });
  for (const { name } of items) {
    const projection = `/operations/${service}/projections/${name}`;
    await admin.post(`${projection}/rebuild`, { body: { reason: 'to see what comes back' }, expect: 202 });
    await until(async () => {
      const { rebuild } = await admin.get(projection, { expect: 200, schema: Projection });
      expect([name, rebuild?.status]).toEqual([name, 'done']);
    }, 60_000);
  }
}

beforeAll(async () => {
  files = await mkdtemp(path(tmpdir(), 'lyceum-personal-data-'));
  await mkdir(path(files, 'pictures'));
  redis = await findRedis();
  platform = await startPlatform({
    dataDir: path(files, 'data'),
    retryDelays: [10, 10],
    erasures: { look: 200, waiting: 200, again: [500, 3_000] },
    rebuilds: { times: { settle: 500, look: 200, poll: 50 } },
    logStream: log,
    logLevel: 'debug',
    settings: {
      ...(server ? { MONGODB_URI: server, DATABASE_PREFIX: prefix } : {}),
      ...(redis ? { REDIS_URL: redis.url, REDIS_PREFIX: prefix } : {}),
    },
  });
  await listen();
  visitor = new Client(platform.edgeUrl);
  admin = await signIn(visitor, demoAdmin);
});
afterAll(async () => {
  await platform?.close();
  if (server) await dropDatabases(server);
  await redis?.stop();
  await rm(files, { recursive: true, force: true });
});

describe('somebody who has left something everywhere', () => {
  it('registers, learns, teaches, uploads, is shut out, changes their mind about things', async () => {
    const mailbox = platform.standIns.mailbox.url;
    const tess = { ...person, email: 'teacher@example.com', firstName: 'Tess', lastName: 'Teacher' };
    const courses = await coursesOf(await join(visitor, mailbox, tess));
    userId = await idOf(await join(visitor, mailbox, person));
    await suspendFor(admin, userId);
    canary = await signInAsCanary(visitor);
    await fillAccount(canary, { visitor, admin, origin: platform.edgeUrl });
    await learn(canary, courses);
    await picturesIn(path(files, 'pictures'));
    await uploadPicture(canary, path(files, 'pictures'), canaries.avatar);
    await withIdentity(async (identity) => {
      const images = identity.collection('avatar_images');
      await until(async () => expect(await images.countDocuments({ ownerId: userId })).toBe(1));
      // another file of the same person cannot be written down: it is parked with its name
      const theirs = { partialFilterExpression: { ownerId: userId } };
      await images.createIndex({ ownerId: 1 }, { unique: true, name: 'mistake', ...theirs });
      await uploadPicture(canary, path(files, 'pictures'), canaries.parked);
      await until(async () => {
        const { total } = await admin.get('/operations/identity/dead-letters', { expect: 200, schema: Letters });
        expect(total).toBe(1);
      });
      await images.dropIndex('mistake');
    });
    await teach(canary);
    await writeToThem(canary, visitor, mailbox);
  });

  it('is found in every place by whoever has the keys, and nobody who looks finds what was never to be kept', async () => {
    await until(async () => {
      const found = new Set((await tracesOf(leftBefore)).map(({ text }) => text));
      expect(leftBefore.filter((text) => !found.has(text))).toEqual([]);
    });
    expect(await unreadable(stateful())).toEqual([]);
    expect(shown(await tracesOf(never))).toEqual([]);
  });

  it('is told of all over the platform', () => {
    const said = JSON.stringify(heard);
    const { email, firstName, lastName, bio, timeZone, avatar, parked, passkey, apiKey } = canaries;
    const told = [email, firstName, lastName, newEmail, bio, timeZone, avatar, parked, passkey, apiKey, suspension];
    for (const each of told) expect(said).toContain(each);
  });

  it('gets all of it as one archive, also from a service that was away when they asked', async () => {
    const notify = platform.services.find(({ name }) => name === 'notify');
    await notify?.close();
    const { exportId } = await canary.post('/me/export', { expect: 202, schema: Export });
    const one = () => canary.get(`/me/exports/${exportId}`, { expect: 200, schema: Export });
    await until(async () => expect((await one()).missing.sort()).toEqual([...silent, 'notify'].sort()));
    await platform.again('notify');
    await until(async () => expect((await one()).missing.sort()).toEqual(silent.sort()));
    if ((await one()).status !== 'ready') return; // as long as a service has nothing to say

    await mailTo(platform.standIns.mailbox.url, newEmail, /Daten/);
    const { bytes } = await canary.bytes(`/me/exports/${exportId}/archive`);
    const archive = Object.entries(unzipSync(bytes)).map(([name, file]) => ({ name, text: strFromU8(file) }));
    const page = archive.find(({ name }) => name === 'index.html')?.text ?? '';
    for (const text of leftBefore) expect(page).toContain(text);
    for (const service of holders) expect(archive.map(({ name }) => name).join(' ')).toContain(`${service}/`);
    expect(archive.map(({ text }) => text).join()).not.toMatch(/\$argon2|teacher@example\.com/);
  });

  it('is erased: nothing is left of them where anybody keeps anything, but what has a reason', async () => {
    instead = await lookUpsAndKeysOf(stateful(), userId);
    expect(instead.length).toBeGreaterThan(keepers.length);
    past = heard.filter((event) => peopleIn(event).includes(userId));
    const order = { reason: canaries.erasure, withoutDelay: true };
    const Scheduled = z.looseObject({ erasureId: z.string() });
    const { erasureId } = await admin.post(`/users/${userId}/erase`, { body: order, expect: 202, schema: Scheduled });
    const answered = await until(async () => {
      const erasure = await admin.get(`/erasures/${erasureId}`, { expect: 200, schema: Receipts });
      expect(erasure.missing.sort()).toEqual(silent.sort());
      return erasure;
    }, 60_000);
    expect(answered.receipts.flatMap(({ kept }) => kept).every(({ why }) => why.length > 10)).toBe(true);
    await until(async () => expect(await whatIsLeft()).toEqual([]), 60_000);

    // the last mail reached them, with a link that needs no account
    const token = tokenIn(await mailTo(platform.standIns.mailbox.url, newEmail, /gelöscht$/));
    const { bytes } = await visitor.bytes(`/erasure-receipt?token=${token}`);
    const receipt = bytes.toString();
    for (const service of holders) expect(receipt).toContain(service);
    for (const text of left) expect(receipt).not.toContain(text);
    await visitor.post('/auth/sign-in', { body: { email: newEmail, password: person.password }, expect: 401 });
  });

  it('stays forgotten when everything is said again, and when every projection is made anew', async () => {
    expect(past.length).toBeGreaterThan(10);
    await platform.bus.publish(past);
    await Promise.all(holders.map((service) => rebuildAll(service)));
    await until(async () => expect(await whatIsLeft()).toEqual([]), 30_000);
    const inbox = `/api/messages?to=${encodeURIComponent(newEmail)}`;
    const mails = () =>
      new Client(platform.standIns.mailbox.url).get(inbox, {
        expect: 200,
        schema: z.object({ messages: z.array(z.unknown()) }),
      });
    const { length } = (await mails()).messages;
    const [registered] = past.filter(({ type }) => type === 'identity.user-registered.v1');
    if (registered) await platform.bus.publish([{ ...registered, id: 'said by somebody much later' }]);
    await until(async () => expect(await whatIsLeft()).toEqual([]));
    expect((await mails()).messages).toHaveLength(length);
  });

  it('is in no file either, once files are rewritten, nor in any line of the logs', async () => {
    await platform.rewriteFiles();
    const texts = [...left.filter((text) => !stays.includes(text)), ...never, ...instead];
    for (const place of ['mongo', 'bus', 'bucket', 'stripe'])
      expect(shown(await inFiles(dataIn(place), texts))).toEqual([]);
    expect(log.lines.length).toBeGreaterThan(100);
    expect(shown(inLog(log, [...left, ...texts]))).toEqual([]);
    // what stays by its reason is there, so the search sees
    expect(shown(await tracesOf([published])).length).toBeGreaterThan(0);
  });

  it('can come back, as somebody else', async () => {
    const again = await join(visitor, platform.standIns.mailbox.url, { ...person, email: person.email });
    const { id } = await again.get('/me', { expect: 200, schema: z.looseObject({ id: z.string() }) });
    expect(id).not.toBe(userId);
  });
});
