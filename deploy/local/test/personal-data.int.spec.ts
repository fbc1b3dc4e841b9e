import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { type Envelope, allEvents, peopleIn } from '@lyceum/contracts';
import { strFromU8, unzipSync } from 'fflate';
import mongoose from 'mongoose';
import { z } from 'zod';
import type { Api } from '../src/api.js';
import { Api as Client } from '../src/api.js';
import { assets, authorCourse, upload } from '../src/authoring.js';
import { definitions } from '../src/definitions.js';
import { mailTo, tokenIn } from '../src/mail.js';
import { join, signIn } from '../src/people.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { demoAdmin } from '../src/seed.js';
import { freeCourse } from '../src/story/courses.js';
import { until } from '../src/until.js';

jest.setTimeout(180_000);

const keepers = Object.values(definitions)
  .filter(({ stateful }) => stateful)
  .map(({ name }) => name);
/** Those that answer for the personal data that they hold. */
const holders = Object.values(definitions)
  .filter(({ personalData }) => personalData)
  .map(({ name }) => name);
const silent = keepers.filter((name) => !holders.includes(name));

const person = {
  email: 'canary-first@example.com',
  password: 'nineteen yellow umbrellas',
  firstName: 'Canarygiven',
  lastName: 'Canaryfamily',
  role: 'INSTRUCTOR' as const,
};
const newEmail = 'canary-second@example.com';
const canaries = [
  person.email,
  person.firstName,
  person.lastName,
  newEmail,
  'canary-bio',
  'Antarctica/Troll',
  'canary-device',
  'canary-avatar.png',
  'canary-parked.png',
];

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
const connections: mongoose.Connection[] = [];
/** Everything that was ever said about the person, as it was said. */
let past: Envelope[] = [];
const heard: Envelope[] = [];

async function databaseOf(service: string): Promise<mongoose.Connection> {
  const known = connections.find(({ name }) => name === service);
  if (known) return known;
  const connection = await mongoose.createConnection(platform.mongoUri, { dbName: service }).asPromise();
  connections.push(connection);
  return connection;
}

/** Where in the databases and dead letters of the services a text stands. */
async function tracesOf(texts: readonly string[], services: readonly string[] = holders): Promise<string[]> {
  const traces: string[] = [];
  const look = (place: string, value: unknown) => {
    const text = JSON.stringify(value).toLowerCase();
    for (const each of texts) if (text.includes(each.toLowerCase())) traces.push(`${each} in ${place}`);
  };
  for (const service of services) {
    const database = await databaseOf(service);
    for (const { name } of await database.listCollections())
      for await (const document of database.collection<{ _id: string }>(name).find())
        look(`${service}.${name}/${document._id}`, document);
    const letters = `/operations/${service}/dead-letters`;
    const { items } = await admin.get(letters, { expect: 200, schema: Letters });
    for (const item of z.array(z.looseObject({ eventId: z.string() })).parse(items))
      look(
        `dead letter of ${service}`,
        await admin.get(`${letters}/${item.eventId}`, { expect: 200, schema: z.unknown() }),
      );
  }
  return traces;
}

/** Somebody who hears everything, and remembers it as it was said: what lies in the databases cannot be read from outside. */
async function listen(): Promise<void> {
  const types = allEvents.filter(({ listeners }) => listeners === 'some').map(({ type }) => type);
  const handle = async ({ event }: { event: Envelope }) => void heard.push(event);
  await platform.bus.subscribe({ service: 'witness', types, handle });
}

beforeAll(async () => {
  platform = await startPlatform({
    retryDelays: [10, 10],
    erasures: { look: 200, waiting: 200, again: [500, 3_000] },
  });
  await listen();
  visitor = new Client(platform.edgeUrl);
  admin = await signIn(visitor, demoAdmin);
  files = await mkdtemp(path(tmpdir(), 'lyceum-personal-data-'));
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await platform?.close();
  await rm(files, { recursive: true, force: true });
});

describe('somebody who has left something everywhere', () => {
  it('registers, learns, uploads, changes their mind about things', async () => {
    const mailbox = platform.standIns.mailbox.url;
    const teacher = await join(visitor, mailbox, {
      ...person,
      email: 'teacher@example.com',
      firstName: 'Tess',
      lastName: 'Teacher',
    });
    const { courseId, lectures } = await authorCourse(teacher, freeCourse);
    await join(visitor, mailbox, person);
    const signedIn = await visitor.post('/auth/sign-in', {
      body: { email: person.email, password: person.password },
      headers: { 'user-agent': 'canary-device' },
      expect: 200,
      schema: z.looseObject({ accessToken: z.string() }),
    });
    canary = visitor.as(signedIn.accessToken);
    ({ id: userId } = await canary.get('/me', { expect: 200, schema: z.looseObject({ id: z.string() }) }));
    await canary.patch('/me', { body: { bio: 'canary-bio', timeZone: 'Antarctica/Troll', locale: 'de' }, expect: 200 });
    await until(() => canary.post('/enrollments', { body: { courseId }, expect: 201 }));
    await canary.call('PUT', '/me/consents', {
      body: { purpose: 'marketing-mail', version: '1', given: true },
      expect: 200,
    });
    for (const { lectureId } of lectures)
      await until(() => canary.post(`/progress/${courseId}/lectures/${lectureId}/completion`, { expect: 200 }));
    await copyFile(path(assets, freeCourse.thumbnail), path(files, 'canary-avatar.png'));
    await copyFile(path(assets, freeCourse.thumbnail), path(files, 'canary-parked.png'));
    await upload(canary, path(files, 'canary-avatar.png'));
    const images = (await databaseOf('identity')).collection('avatar_images');
    await until(async () => expect(await images.countDocuments({ ownerId: userId })).toBe(1));
    // a second file of the same person cannot be written down: it is parked with its name
    await images.createIndex({ ownerId: 1 }, { unique: true, name: 'mistake' });
    await upload(canary, path(files, 'canary-parked.png'));
    await until(async () => {
      const { total } = await admin.get('/operations/identity/dead-letters', { expect: 200, schema: Letters });
      expect(total).toBe(1);
    });
    await images.dropIndex('mistake');
    await canary.post('/me/email', { body: { newEmail }, expect: 202 });
    const change = tokenIn(await mailTo(mailbox, newEmail, /neue|new/i));
    await visitor.post('/auth/confirm-email-change', { body: { token: change }, expect: 204 });
    await visitor.post('/auth/forgot-password', { body: { email: newEmail }, expect: 202 });
    await visitor.post('/auth/register', { body: { ...person, email: newEmail }, expect: 202 });
    await mailTo(mailbox, newEmail, /Passwort|password/i);
  });

  it('is told of all over the platform', () => {
    const said = JSON.stringify(heard);
    for (const each of canaries.filter((text) => text !== 'canary-device')) expect(said).toContain(each);
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
    for (const text of [newEmail, person.firstName, 'canary-bio', 'Antarctica/Troll', 'canary-device'])
      expect(page).toContain(text);
    for (const service of holders) expect(archive.map(({ name }) => name).join(' ')).toContain(`${service}/`);
    expect(archive.map(({ text }) => text).join()).not.toMatch(/\$argon2|teacher@example\.com/);
  });

  it('is erased: nothing is left of them where anybody keeps anything, but what has a reason', async () => {
    past = heard.filter((event) => peopleIn(event).includes(userId));
    const order = { reason: 'asked for it by letter', withoutDelay: true };
    const Scheduled = z.looseObject({ erasureId: z.string() });
    const { erasureId } = await admin.post(`/users/${userId}/erase`, { body: order, expect: 202, schema: Scheduled });
    const answered = await until(async () => {
      const erasure = await admin.get(`/erasures/${erasureId}`, { expect: 200, schema: Receipts });
      expect(erasure.missing.sort()).toEqual(silent.sort());
      return erasure;
    }, 60_000);
    expect(answered.receipts.flatMap(({ kept }) => kept).every(({ why }) => why.length > 10)).toBe(true);
    await until(async () => expect(await tracesOf(canaries)).toEqual([]), 60_000);

    // the last mail reached them, with a link that needs no account
    const token = tokenIn(await mailTo(platform.standIns.mailbox.url, newEmail, /gelöscht$/));
    const { bytes } = await visitor.bytes(`/erasure-receipt?token=${token}`);
    const receipt = bytes.toString();
    for (const service of holders) expect(receipt).toContain(service);
    for (const text of canaries) expect(receipt).not.toContain(text);
    await visitor.post('/auth/sign-in', { body: { email: newEmail, password: person.password }, expect: 401 });
  });

  it('stays forgotten when everything is said again, and when every projection is made anew', async () => {
    expect(past.length).toBeGreaterThan(10);
    await platform.bus.publish(past);
    for (const service of holders) {
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
    await until(async () => expect(await tracesOf(canaries)).toEqual([]), 30_000);
    const inbox = `/api/messages?to=${encodeURIComponent(newEmail)}`;
    const mails = () =>
      new Client(platform.standIns.mailbox.url).get(inbox, {
        expect: 200,
        schema: z.object({ messages: z.array(z.unknown()) }),
      });
    const { length } = (await mails()).messages;
    const [registered] = past.filter(({ type }) => type === 'identity.user-registered.v1');
    if (registered) await platform.bus.publish([{ ...registered, id: 'said by somebody much later' }]);
    await until(async () => expect(await tracesOf(canaries)).toEqual([]));
    expect((await mails()).messages).toHaveLength(length);
  });

  it('can come back, as somebody else', async () => {
    const again = await join(visitor, platform.standIns.mailbox.url, { ...person, email: person.email });
    const { id } = await again.get('/me', { expect: 200, schema: z.looseObject({ id: z.string() }) });
    expect(id).not.toBe(userId);
  });
});
