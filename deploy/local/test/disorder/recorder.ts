import { writeFile } from 'node:fs/promises';
import { Envelope } from '@lyceum/contracts';
import mongoose from 'mongoose';
import { z } from 'zod';
import { Api } from '../../src/api.js';
import { authorCourse } from '../../src/authoring.js';
import { serviceNames } from '../../src/environment.js';
import { join } from '../../src/people.js';
import { startPlatform } from '../../src/platform.js';
import { buyLearnCertify } from '../../src/story/buy-learn-certify.js';
import { completedCourse, freeCourse } from '../../src/story/courses.js';
import { Recording } from '../../src/story/narrator.js';
import { until } from '../../src/until.js';

const Checkout = z.object({ paymentId: z.string(), url: z.url() });
const Payment = z.looseObject({ status: z.string() });

/** Records the story anew. Secrets stay out of it: they are sealed to a key that is gone. */
export async function writeStory(file: string): Promise<void> {
  const events = await recordStory();
  const hidden = (key: string, value: unknown) =>
    key === 'sealedToken' ? 'sealed anew by its reader' : key === 'traceparent' ? undefined : value;
  const text = JSON.stringify(events, hidden, 2);
  await writeFile(file, `${text}\n`);
}

/** Lets the platform live through the story and more, and gives every event that its services published, in the order of that. */
async function recordStory(): Promise<Envelope[]> {
  const platform = await startPlatform();
  try {
    const world = { edgeUrl: platform.edgeUrl, mailboxUrl: platform.standIns.mailbox.url };
    for (const chapter of buyLearnCertify(world, new Recording())) await chapter.tell();
    await buyingAndChangingOnesMind(world);
    await until(async () => {
      const before = await readLogs(platform.mongoUri);
      await new Promise((done) => setTimeout(done, 1_000));
      if ((await readLogs(platform.mongoUri)).length !== before.length) throw new Error('still happening');
    });
    return await readLogs(platform.mongoUri);
  } finally {
    await platform.close();
  }
}

/** A card that is declined, a purchase taken back and made again, a checkout abandoned, a course that goes and comes back. */
async function buyingAndChangingOnesMind({ edgeUrl, mailboxUrl }: { edgeUrl: string; mailboxUrl: string }) {
  const visitor = new Api(edgeUrl);
  const person = (firstName: string, role: 'STUDENT' | 'INSTRUCTOR') => ({
    email: `${firstName.toLowerCase()}@disorder.example`,
    password: 'violet umbrellas by the harbour',
    firstName,
    lastName: 'Disorder',
    role,
  });
  const teacher = await join(visitor, mailboxUrl, person('Tess', 'INSTRUCTOR'));
  const bo = await join(visitor, mailboxUrl, person('Bo', 'STUDENT'));
  const cleo = await join(visitor, mailboxUrl, person('Cleo', 'STUDENT'));
  const { courseId } = await authorCourse(teacher, { ...completedCourse, title: 'A course that is bought twice' });
  const gift = await authorCourse(teacher, { ...freeCourse, title: 'A present that goes and comes back' });
  const checkout = (learner: Api, key: string) =>
    until(() => {
      const headers = { 'idempotency-key': key };
      return learner.post('/checkout', { body: { courseId }, headers, expect: 201, schema: Checkout });
    });
  const is = (learner: Api, paymentId: string, status: string) =>
    until(async () => {
      const payment = await learner.get(`/payments/${paymentId}`, { expect: 200, schema: Payment });
      if (payment.status !== status) throw new Error(payment.status);
    });
  const pay = (learner: Api, url: string, outcome: string, status = 303) =>
    learner.send('POST', url, status, { body: new URLSearchParams({ outcome }) });

  await checkout(cleo, 'cleo-looks');
  const first = await checkout(bo, 'bo-buys-1');
  await pay(bo, first.url, 'decline', 200).catch(() => undefined);
  await pay(bo, first.url, 'pay');
  await is(bo, first.paymentId, 'paid');
  await until(() => bo.post('/checkout', { body: { courseId }, expect: 409 }));
  await bo.post(`/payments/${first.paymentId}/refund`, { body: {}, expect: 202 });
  await is(bo, first.paymentId, 'refunded');
  const second = await checkout(bo, 'bo-buys-2');
  await pay(bo, second.url, 'pay');
  await is(bo, second.paymentId, 'paid');
  await teacher.post(`/courses/${gift.courseId}/archive`, { expect: 200 });
  await teacher.post(`/courses/${gift.courseId}/publish`, { expect: 200 });
  await until(() => cleo.post('/enrollments', { body: { courseId: gift.courseId }, expect: 201 }));
  await teacher.patch(`/courses/${courseId}`, { body: { title: 'A course that was bought twice' }, expect: 200 });
  await teacher.post(`/courses/${courseId}/publish`, { expect: 200 });
  await visitor.post('/auth/register', { body: person('Bo', 'STUDENT'), expect: 202 });
}

async function readLogs(uri: string): Promise<Envelope[]> {
  const logged: Envelope[] = [];
  for (const name of serviceNames) {
    const connection = await mongoose.createConnection(uri, { dbName: name }).asPromise();
    const rows = await connection.collection<{ _id: string }>('event_log').find().toArray();
    for (const { _id: id, ...event } of rows) logged.push(Envelope.parse({ id, ...event })); // as it goes over the wire
    await connection.close();
  }
  return logged.sort((a, b) => a.id.localeCompare(b.id));
}
