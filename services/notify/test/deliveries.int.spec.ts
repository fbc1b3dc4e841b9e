import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSealingKeys, seal } from '@lyceum/bus';
import {
  coursePublished,
  emailVerified,
  enrollmentActivated,
  paymentDeclined,
  paymentSucceeded,
  registrationRepeated,
  sessionCompromised,
  profileChanged,
  userRegistered,
  verificationRequested,
} from '@lyceum/contracts';
import { type RunningService, start } from '@lyceum/host';
import { newId } from '@lyceum/kernel';
import { FakeClock, eventually } from '@lyceum/testing';
import { createLog } from '@lyceum/telemetry';
import mongoose from 'mongoose';
import { Deliveries } from '../src/deliveries/deliveries.store.js';
import { begin, judge } from '../src/deliveries/delivery.js';
import { notify } from '../src/service.js';
import {
  type Listed,
  type PostOffice,
  at,
  course,
  nobodyYet,
  openPostOffice,
  payment,
  registration,
} from './post-office.js';

const DAY = 86_400_000;

describe('deliveries', () => {
  const clock = new FakeClock(new Date());
  let office: PostOffice;
  let database: mongoose.Connection;
  beforeAll(async () => {
    office = await openPostOffice({ clock });
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = office.booted.env;
    database = await mongoose.createConnection(MONGODB_URI, { dbName: `${DATABASE_PREFIX}notify` }).asPromise();
  });
  afterEach(() => office.mailbox.setFaults({}));
  afterAll(async () => {
    await database.close();
    await office.close();
  });

  const stored = (id: string) =>
    database.collection<{ _id: string; standing: object }>('deliveries').findOne({ _id: id });
  const standing = (id: string, expected: object) =>
    eventually(async () => expect((await stored(id))?.standing).toMatchObject(expected));
  /** While time goes on. */
  const sentInTime = (id: string) =>
    eventually(async () => {
      clock.advance(1_000);
      expect((await stored(id))?.standing).toMatchObject({ status: 'sent' });
    });
  const mailsTo = (email: string) => office.mailbox.messages({ to: email });
  const noticesOf = async (id: string) =>
    ((await office.booted.call('GET', '/notifications', { as: { id } })).body as Listed).items;

  it('say each thing once, however often and in however many threads its event comes', async () => {
    const { id, email } = await office.somebody();
    const about = { id: newId() };
    for (let i = 0; i < 5; i += 1) await office.booted.deliver(paymentSucceeded, payment(id), about);
    await Promise.all(Array.from({ length: 20 }, () => office.booted.deliver(paymentSucceeded, payment(id), about)));
    await standing(`${about.id}:email`, { status: 'sent' });
    await standing(`${about.id}:in-app`, { status: 'sent' });
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    // another one behind it: when that is there, the repeated one would be too
    const next = newId();
    await office.booted.deliver(paymentSucceeded, payment(id), { id: next });
    await standing(`${next}:email`, { status: 'sent' });
    await standing(`${next}:in-app`, { status: 'sent' });
    expect(mailsTo(email).map(({ customArgs }) => customArgs['delivery_id'])).toEqual([
      `${next}:email`,
      `${about.id}:email`,
    ]);
    expect((await noticesOf(id)).map(({ notificationId }) => notificationId)).toEqual([
      `${next}:in-app`,
      `${about.id}:in-app`,
    ]);
  });

  it('survive an outage of the provider: exactly one mail when it is back', async () => {
    const { id, email } = await office.somebody();
    office.mailbox.setFaults({ failNext: 3, status: 503 });
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    await eventually(async () =>
      expect(await stored(`${about.id}:email`)).toMatchObject({
        lastError: expect.stringContaining('SendGrid answered 503'),
        standing: { status: 'pending' },
      }),
    );
    expect(mailsTo(email)).toEqual([]);
    expect(await noticesOf(id)).toHaveLength(1);
    await sentInTime(`${about.id}:email`);
    expect(await stored(`${about.id}:email`)).toMatchObject({ attempts: 4 });
    expect(mailsTo(email)).toHaveLength(1);
    expect(await noticesOf(id)).toHaveLength(1);
  });

  it('are sent once although the database is away when the provider has taken them', async () => {
    const { id, email } = await office.somebody();
    const deliveries = office.booted.service.app.get(Deliveries);
    const settle = jest.spyOn(deliveries, 'settle').mockRejectedValue(new Error('the database is away'));
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    await eventually(() => expect(settle.mock.calls.length).toBeGreaterThan(4)); // for the mail and the notification
    settle.mockRestore();
    await standing(`${about.id}:email`, { status: 'sent' });
    await standing(`${about.id}:in-app`, { status: 'sent' });
    clock.advance(10 * 60_000); // far over the time after which another instance takes over
    await eventually(async () => expect(await stored(`${about.id}:email`)).toMatchObject({ attempts: 1 }));
    expect(mailsTo(email)).toHaveLength(1);
  });

  it.each([429, 500, 502, 401, 403])('are tried again after %d', async (status) => {
    const { id, email } = await office.somebody();
    office.mailbox.setFaults({ failNext: 1, status });
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    await eventually(async () =>
      expect(await stored(`${about.id}:email`)).toMatchObject({ attempts: 1, standing: { status: 'pending' } }),
    );
    await sentInTime(`${about.id}:email`);
    expect(mailsTo(email)).toHaveLength(1);
  });

  it('fail with the reason when the provider will never take them', async () => {
    const { id, email } = await office.somebody();
    office.mailbox.setFaults({ failNext: 1, status: 400 });
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    await standing(`${about.id}:email`, { status: 'failed', reason: expect.stringContaining('SendGrid answered 400') });
    clock.advance(3_600_000);
    expect(mailsTo(email)).toEqual([]);
    const metrics = await (await fetch(`${office.booted.url}/metrics`)).text();
    expect(metrics).toMatch(
      /lyceum_notify_deliveries_total\{channel="email",outcome="failed",service="notify"\} [1-9]/,
    );
  });

  it('are given up after three days', async () => {
    const { id } = await office.somebody();
    office.mailbox.setFaults({ failNext: 1_000 });
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    await eventually(async () =>
      expect(await stored(`${about.id}:email`)).toMatchObject({ attempts: 1, standing: { status: 'pending' } }),
    );
    clock.advance(3 * DAY);
    await standing(`${about.id}:email`, {
      status: 'failed',
      reason: expect.stringContaining('given up: SendGrid answered 503'),
    });
  });

  it('wait for a recipient who is not known yet, and leave when they are', async () => {
    const person = nobodyYet();
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(person.id), about);
    await standing(`${about.id}:email`, { status: 'pending', waitsFor: `user:${person.id}` });
    await office.booted.deliver(
      emailVerified,
      { userId: person.id, email: person.email, verifiedAt: at },
      { version: 2 },
    );
    await office.booted.deliver(userRegistered, registration(person), { version: 1 });
    await standing(`${about.id}:email`, { status: 'sent' });
    expect(mailsTo(person.email)[0]?.to).toEqual([{ email: person.email, name: 'Ada Byron' }]);
  });

  it('leave when the recipient becomes known between the look and the note that they wait', async () => {
    const person = nobodyYet();
    const deliveries = office.booted.service.app.get(Deliveries);
    const settle = deliveries.settle.bind(deliveries);
    const late = jest.spyOn(deliveries, 'settle').mockImplementationOnce(async (...args) => {
      await office.booted.deliver(userRegistered, registration(person));
      await settle(...args);
    });
    const about = { id: newId() };
    await office.booted.deliver(paymentSucceeded, payment(person.id), about);
    await standing(`${about.id}:email`, { status: 'sent' });
    late.mockRestore();
    expect(mailsTo(person.email)).toHaveLength(1);
  });

  it('go out under the newest name and in the newest language, in whatever order they are heard of', async () => {
    const person = nobodyYet();
    const named = { userId: person.id, firstName: 'Augusta', lastName: 'King', roles: ['STUDENT' as const] };
    const newest = { ...named, locale: 'de', changedAt: at };
    for (let times = 0; times < 2; times += 1)
      await office.booted.deliver(profileChanged, newest, { id: `p3-${person.id}`, version: 3 });
    await office.booted.deliver(userRegistered, registration(person), { version: 1 });
    await office.booted.deliver(profileChanged, { ...named, lastName: 'Byron', changedAt: at }, { version: 2 });
    await office.booted.deliver(paymentSucceeded, payment(person.id));
    await eventually(() => expect(mailsTo(person.email)).toHaveLength(1));
    expect(mailsTo(person.email)[0]).toMatchObject({
      to: [{ email: person.email, name: 'Augusta King' }],
      subject: 'Zahlung erhalten: Practical TypeScript',
    });
  });

  it('call a course what its event called it, and then wait for nothing', async () => {
    const { id: learnerId, email } = await office.somebody();
    const purchase = { paymentId: 'p', learnerId, courseId: newId(), courseTitle: 'As it was called' };
    await office.booted.deliver(paymentDeclined, { ...purchase, reason: 'card_declined', declinedAt: at });
    await eventually(() =>
      expect(mailsTo(email).map(({ subject }) => subject)).toContain('Payment declined: As it was called'),
    );
  });

  it('wait for a course that is not known yet: its title for the learner, its teacher', async () => {
    const { id: learnerId, email } = await office.somebody();
    const teacher = await office.somebody({ firstName: 'Grace' });
    const courseId = newId();
    const purchase = { paymentId: 'p', learnerId, courseId };
    const declined = newId();
    await office.booted.deliver(
      paymentDeclined,
      { ...purchase, reason: 'card_declined', declinedAt: at },
      { id: declined },
    );
    await standing(`${declined}:email`, { status: 'pending', waitsFor: `course:${courseId}` });
    const enrolled = newId();
    await office.booted.deliver(
      enrollmentActivated,
      { enrollmentId: 'e', learnerId, courseId, courseTitle: 'T', grant: { kind: 'free', id: 'g' }, activatedAt: at },
      { id: enrolled },
    );
    await standing(`${enrolled}:in-app:instructor`, { status: 'pending', waitsFor: `course:${courseId}` });
    await office.booted.deliver(coursePublished, course(courseId, teacher.id));
    await standing(`${declined}:email`, { status: 'sent' });
    await standing(`${enrolled}:in-app:instructor`, { status: 'sent' });
    expect(mailsTo(email).map(({ subject }) => subject)).toContain(`Payment declined: About ${courseId}`);
    await eventually(async () =>
      expect((await noticesOf(teacher.id)).map(({ type }) => type).sort()).toEqual([
        'course-published',
        'learner-enrolled',
      ]),
    );
  });

  it('write about safety to the address that the event names, in the reader’s language', async () => {
    const { id: userId, email } = await office.somebody({ locale: 'de-AT' });
    const account = { userId, email, firstName: 'Ada' };
    await office.booted.deliver(registrationRepeated, { ...account, attemptedAt: at });
    await office.booted.deliver(sessionCompromised, { ...account, sessionId: 's', detectedAt: at });
    await office.mailbox.waitFor({ to: email, subject: /Jemand wollte sich mit Ihrer Adresse registrieren/ });
    await office.mailbox.waitFor({ to: email, subject: /Sicherheit/ });
    const stranger = { userId: newId(), email: nobodyYet().email, firstName: 'Eve' };
    await office.booted.deliver(sessionCompromised, { ...stranger, sessionId: 's', detectedAt: at });
    const toStranger = await office.mailbox.waitFor({ to: stranger.email, subject: /safety/ });
    expect(toStranger.text).toContain('Hello Eve,');
  });

  it('never keep a token in clear, and none at all once the mail is out', async () => {
    const { id: userId, email } = await office.somebody();
    const token = `token-${newId()}`;
    const request = { userId, email, firstName: 'Ada', expiresAt: new Date(clock.now().getTime() + DAY).toISOString() };
    office.mailbox.setFaults({ failNext: 1 });
    const about = { id: newId() };
    const sealedToken = await seal(office.keys.publicJwk, token);
    await office.booted.deliver(verificationRequested, { ...request, sealedToken }, about);
    await eventually(async () => expect(await stored(`${about.id}:email`)).toMatchObject({ attempts: 1, sealedToken }));
    expect(JSON.stringify(await stored(`${about.id}:email`))).not.toContain(token);
    await sentInTime(`${about.id}:email`);
    expect(mailsTo(email)[0]?.text).toContain(token);
    const after = await stored(`${about.id}:email`);
    expect(after).not.toHaveProperty('sealedToken');
    expect(JSON.stringify(after)).not.toContain(token);
  });

  it('do not send a link that has expired, nor one that was sealed to somebody else', async () => {
    const { id: userId, email } = await office.somebody();
    const account = { userId, email, firstName: 'Ada' };
    const stale = newId();
    const sealedToken = await seal(office.keys.publicJwk, 'token');
    const expiresAt = new Date(clock.now().getTime() - 1).toISOString();
    await office.booted.deliver(verificationRequested, { ...account, sealedToken, expiresAt }, { id: stale });
    await standing(`${stale}:email`, { status: 'failed', reason: 'its link has expired' });
    const foreign = newId();
    const forOthers = await seal((await newSealingKeys()).publicJwk, 'token');
    const later = new Date(clock.now().getTime() + DAY).toISOString();
    await office.booted.deliver(
      verificationRequested,
      { ...account, sealedToken: forOthers, expiresAt: later },
      { id: foreign },
    );
    await standing(`${foreign}:email`, { status: 'failed', reason: 'its token was not sealed to our key' });
    expect(mailsTo(email)).toEqual([]);
  });

  it('put nothing into headers that a name or a title brings along', async () => {
    const { id, email } = await office.somebody({ firstName: 'Ada\r\nBcc: everybody@example.com' });
    const courseTitle = 'Course\r\nX-Evil: 1';
    await office.booted.deliver(paymentSucceeded, { ...payment(id), courseTitle });
    const mail = await office.mailbox.waitFor({ to: email, subject: /payment/i });
    expect(mail.subject).toBe('Payment received: Course X-Evil: 1');
    expect(mail.to).toEqual([{ email, name: 'Ada Bcc: everybody@example.com Byron' }]);
    expect([mail.cc, mail.bcc, mail.headers]).toEqual([[], [], {}]);
  });

  it('tell nobody what is a month old', async () => {
    const { id } = await office.somebody();
    const about = { id: newId() };
    clock.advance(31 * DAY); // events are stamped with the real time
    await office.booted.deliver(paymentSucceeded, payment(id), about);
    clock.set(new Date());
    expect(await stored(`${about.id}:email`)).toBeNull();
  });
});

describe('two instances', () => {
  let office: PostOffice;
  let other: RunningService;
  beforeAll(async () => {
    office = await openPostOffice();
    other = await start(notify, {
      env: { ...office.booted.env },
      bus: office.booted.bus,
      log: createLog({ service: 'notify', level: 'silent', format: 'json' }),
      processMetrics: false,
    });
  });
  afterAll(async () => {
    await other.close();
    await office.close();
  });

  it('send one mail and one notification for each event that both get', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => office.somebody()));
    await Promise.all(people.map(({ id }) => office.booted.deliver(paymentSucceeded, payment(id))));
    await eventually(() => expect(office.mailbox.messages()).toHaveLength(20));
    for (const { id, email } of people) {
      expect(office.mailbox.messages({ to: email })).toHaveLength(1);
      await eventually(async () => {
        const { body } = await office.booted.call('GET', '/notifications', { as: { id } });
        expect((body as Listed).items).toHaveLength(1);
      });
    }
    expect(office.mailbox.messages()).toHaveLength(20);
  });

  it('take a delivery in hand one at a time, and the one who was late writes nothing over', async () => {
    const [here, there] = [office.booted.service.app.get(Deliveries), other.app.get(Deliveries)];
    const message = { kind: 'enrolment-active', courseId: 'c', courseTitle: 'C', at } as const;
    const due = new Date(Date.now() + DAY);
    const delivery = begin(newId(), { channel: 'email', to: { kind: 'user', userId: 'nobody' }, message }, due);
    await here.insertOnce(delivery);
    const until = (ms: number) => new Date(due.getTime() + ms);
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? here : there).claim(delivery, due, until(1_000))),
    );
    const [late, ...more] = claims.filter((each) => each !== undefined);
    assert(late);
    expect(more).toEqual([]);
    expect(await there.claim(late, until(999), until(2_000))).toBeUndefined();
    const heir = await there.claim(late, until(1_000), until(2_000));
    expect(heir).toMatchObject({ attempts: 2 });
    await here.settle(late, judge(late, { kind: 'never', reason: 'too late to say so' }, due, 0));
    expect(await here.get(delivery.id)).toMatchObject({ standing: { status: 'pending', dueAt: until(2_000) } });
    await here.settle(late, judge(late, { kind: 'sent' }, due, 0)); // it did go out: nobody is to send it again
    expect(await there.get(delivery.id)).toMatchObject({ standing: { status: 'sent' } });
  });

  it('number one person’s notifications without a gap, however many come at once', async () => {
    const { id } = await office.somebody();
    await Promise.all(Array.from({ length: 15 }, () => office.booted.deliver(paymentSucceeded, payment(id))));
    await eventually(async () => {
      const { body } = await office.booted.call('GET', '/notifications?limit=50', { as: { id } });
      expect((body as Listed).items).toHaveLength(15);
    });
  });
});

it('a provider that hangs holds up no notification in the app', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const { port } = silent.address() as AddressInfo;
  const office = await openPostOffice({ url: `http://127.0.0.1:${port}` });
  try {
    const { id } = await office.somebody();
    await office.booted.deliver(paymentSucceeded, payment(id));
    await eventually(
      async () => {
        const { body } = await office.booted.call('GET', '/notifications', { as: { id } });
        expect((body as Listed).items).toHaveLength(1);
      },
      { within: 1_500 },
    );
  } finally {
    silent.closeAllConnections();
    silent.close();
    await office.close();
  }
});
