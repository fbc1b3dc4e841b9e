import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as inPath } from 'node:path';
import { z } from 'zod';
import { Api } from '../src/api.js';
import { type CourseDraft, authorCourse } from '../src/authoring.js';
import { demoCourses } from '../src/demo-courses.js';
import { type Person, SignedIn, join, signIn } from '../src/people.js';
import { demoInstructor } from '../src/seed.js';
import { freeCourse } from '../src/story/courses.js';
import { until } from '../src/until.js';
import { PlatformProcess } from './platform-process.js';

const Listing = z.object({ items: z.array(z.looseObject({ courseId: z.string(), title: z.string() })) });
const Checkout = z.object({ paymentId: z.string(), url: z.url() });
const Payments = z.object({ items: z.array(z.looseObject({ paymentId: z.string(), status: z.string() })) });
const Enrollments = z.object({ items: z.array(z.looseObject({ courseId: z.string(), status: z.string() })) });
const Progress = z.looseObject({
  percent: z.number(),
  lectures: z.array(z.looseObject({ lectureId: z.string(), completed: z.boolean() })),
});
const Certificates = z.object({ items: z.array(z.looseObject({ courseId: z.string(), code: z.string() })) });
const Notices = z.object({ items: z.array(z.looseObject({ title: z.string() })) });
const Mails = z.object({
  messages: z.array(z.looseObject({ subject: z.string(), customArgs: z.object({ delivery_id: z.string() }) })),
});
const Me = z.looseObject({ email: z.string() });

const names = ['Ada', 'Bo', 'Cleo', 'Dan', 'Eli', 'Fay', 'Gus', 'Hal', 'Ivy', 'Jo'];
const person = (name: string, role: Person['role']): Person => ({
  email: `${name.toLowerCase()}@restart.example`,
  password: `violet umbrellas of ${name} by the harbour`,
  firstName: name,
  lastName: 'Restart',
  role,
});
const teacherPerson = person('Marie', 'INSTRUCTOR');
const learners = names.map((name) => person(name, 'STUDENT'));
const someone = learners[0] ?? assert.fail();

const article = (n: number) => ({
  kind: 'article' as const,
  title: `Lecture ${n}`,
  content: `The text of lecture ${n}.`,
  durationSeconds: 60,
});
const longCourse: CourseDraft = {
  ...freeCourse,
  title: 'Twenty lectures on ferries',
  price: { amount: 4900, currency: 'EUR' },
  sections: [{ title: 'All', lectures: Array.from({ length: 20 }, (_, n) => article(n + 1)) }],
};
const gifts = ['Knots for beginners', 'Tides for beginners'].map((title): CourseDraft => ({ ...freeCourse, title }));

/** Numbers from 0 to 1, the same ones in every run, so that a failure can be had again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the local platform, killed with kill -9 at bad moments and started again', () => {
  const chance = seeded(20_260_101);
  let dataDir = '';
  let platform: PlatformProcess;
  let visitor: Api;
  let courseId = '';
  let lectures: readonly string[] = [];
  let giftIds: readonly string[] = [];
  let refreshToken = '';
  const handedTwice = new Map<string, number>();

  const as = (who: Pick<Person, 'email' | 'password'>) => signIn(visitor, who);
  const all = <T>(items: readonly T[], work: (item: T) => Promise<unknown>) => Promise.all(items.map(work));

  /** Does all of it at the same moment, and kills the platform when the n-th was acknowledged. @returns the acknowledged ones */
  async function burst<T>(items: readonly T[], work: (item: T) => Promise<unknown>, n: number): Promise<readonly T[]> {
    const acknowledged: T[] = [];
    let killed: Promise<unknown> | undefined;
    await all(items, async (item) => {
      try {
        await work(item);
        acknowledged.push(item);
        if (acknowledged.length === n) killed = platform.kill();
      } catch (error) {
        if (!killed) throw error; // only the kill may interrupt
      }
    });
    assert.ok(killed, 'it was never killed');
    await killed;
    return acknowledged;
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(inPath(tmpdir(), 'lyceum-restart-'));
    platform = await PlatformProcess.on(dataDir);
    await platform.start();
    visitor = new Api(platform.edgeUrl);
    for (let at = 0; at < learners.length; at += 5)
      await all(learners.slice(at, at + 5), (who) => join(visitor, platform.mailboxUrl, who));
    const signedIn = await visitor.post('/auth/sign-in', {
      body: { email: someone.email, password: someone.password },
      expect: 200,
      schema: SignedIn,
    });
    ({ refreshToken } = signedIn);
    const teacher = await join(visitor, platform.mailboxUrl, teacherPerson);
    giftIds = (await Promise.all(gifts.map((gift) => authorCourse(teacher, gift)))).map((each) => each.courseId);
    const course = await authorCourse(teacher, longCourse);
    await platform.kill(); // right after publish answered
    courseId = course.courseId;
    lectures = course.lectures.map((each) => each.lectureId);
    await platform.start();
  }, 120_000);

  afterAll(async () => {
    await platform?.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('killed right after publish answered: the course is found by search, and complete', async () => {
    await until(async () => {
      const path = `/courses?q=${encodeURIComponent('ferries')}`;
      const { items } = await visitor.get(path, { expect: 200, schema: Listing });
      expect(items.map((each) => each.courseId)).toEqual([courseId]);
    });
  });

  it('a second start makes no demo course and no demo account again', async () => {
    const teacher = await as(demoInstructor);
    const { items } = await teacher.get('/courses/mine?limit=100', { expect: 200, schema: Listing });
    expect(items.map((each) => each.title).toSorted()).toEqual(demoCourses.map((each) => each.title).toSorted());
    expect((await mailsTo(demoInstructor.email, /verify/i)).length).toBe(1);
  });

  it('killed right after the pay page answered: every payment is paid once, with one enrolment', async () => {
    const checkouts = await Promise.all(
      learners.map(async (who) => {
        const learner = await as(who);
        const schema = Checkout;
        const checkout = await until(() => learner.post('/checkout', { body: { courseId }, expect: 201, schema }));
        return { who, ...checkout };
      }),
    );
    const pay = ({ url }: { url: string }) =>
      visitor.send('POST', url, 303, { body: new URLSearchParams({ outcome: 'pay' }) });
    const acknowledged = await burst(checkouts, pay, 1 + Math.floor(chance() * 5));
    await platform.start();
    // whoever saw no answer looks at the pay page again, and pays if it can still be paid
    const unsure = checkouts.filter((each) => !acknowledged.includes(each));
    await all(unsure, (each) => visitor.send('POST', each.url, 303, { body: new URLSearchParams({ outcome: 'pay' }) }));
    await all(checkouts, ({ who, paymentId }) =>
      until(async () => {
        const learner = await as(who);
        const payments = await learner.get('/payments', { expect: 200, schema: Payments });
        expect(payments.items.map((each) => [each.paymentId, each.status])).toEqual([[paymentId, 'paid']]);
        const enrollments = await learner.get('/enrollments', { expect: 200, schema: Enrollments });
        expect(enrollments.items.map((each) => [each.courseId, each.status])).toEqual([[courseId, 'active']]);
      }),
    );
  }, 120_000);

  it('killed in the middle of 20 enrolments: the acknowledged ones are there, the others can be repeated', async () => {
    const wishes = (await Promise.all(learners.map(as))).flatMap((learner) =>
      giftIds.map((giftId) => ({ learner, giftId })),
    );
    const enroll = ({ learner, giftId }: (typeof wishes)[number]) =>
      learner.post('/enrollments', { body: { courseId: giftId }, expect: 201 });
    const acknowledged = await burst(wishes, enroll, 5 + Math.floor(chance() * 10));
    await platform.start();
    await all(acknowledged, async ({ learner, giftId }) => {
      const { items } = await learner.get('/enrollments', { expect: 200, schema: Enrollments });
      expect(items.filter((each) => each.courseId === giftId && each.status === 'active').length).toBe(1);
    });
    await all(wishes, enroll);
  }, 120_000);

  it('killed in the middle of 20 completed lectures: the acknowledged ones are there; then 100 % and one certificate, and the session goes on', async () => {
    const learner = await as(someone);
    const complete = (lectureId: string) =>
      learner.post(`/progress/${courseId}/lectures/${lectureId}/completion`, { expect: 200 });
    const acknowledged = await burst(lectures, complete, 3 + Math.floor(chance() * 12));
    await platform.start();
    const progress = () => learner.get(`/progress/${courseId}`, { expect: 200, schema: Progress });
    const kept = (await progress()).lectures.filter((each) => each.completed).map((each) => each.lectureId);
    expect(acknowledged.filter((each) => !kept.includes(each))).toEqual([]);
    // the last of them completes the course, and the platform dies before anybody has heard of that; so it does after it
    // has put a new refresh token in the place of the old one
    const refresh = (token: string) =>
      visitor.post('/auth/refresh', { body: { refreshToken: token }, expect: 200, schema: SignedIn });
    const open = lectures.filter((each) => !kept.includes(each)).map((each) => () => complete(each));
    const renew = async () => void ({ refreshToken } = await refresh(refreshToken));
    await burst([renew, ...open], (work) => work(), open.length + 1);
    await platform.start();
    const renewed = await refresh(refreshToken);
    const me = await visitor.as(renewed.accessToken).get('/me', { expect: 200, schema: Me });
    expect(me.email).toBe(someone.email);
    await refresh(renewed.refreshToken);
    expect((await progress()).percent).toBe(100);
    await until(async () => {
      const { items } = await learner.get('/certificates', { expect: 200, schema: Certificates });
      expect(items.map((each) => each.courseId)).toEqual([courseId]);
    });
  }, 120_000);

  it('in the end every consequence has come exactly once, also after an orderly end and another start', async () => {
    const consequences = async (who: Person) => {
      const learner = await as(who);
      const { items } = await learner.get('/notifications?limit=100', { expect: 200, schema: Notices });
      const mails = await mailsTo(who.email, /./);
      return {
        verification: mails.filter((each) => /verify/i.test(each)).length,
        receipts: mails.filter((each) => /payment received/i.test(each)).length,
        enrollmentMails: mails.filter((each) => /enrol/i.test(each)).length,
        certificateMails: mails.filter((each) => /certificate/i.test(each)).length,
        mails: mails.length,
        enrollmentNotices: items.filter((each) => /enrol/i.test(each.title)).length,
      };
    };
    const expected = (who: Person) => {
      const certificates = who === someone ? 1 : 0;
      return {
        verification: 1,
        receipts: 1,
        enrollmentMails: 3,
        certificateMails: certificates,
        mails: 5 + certificates,
        enrollmentNotices: 3,
      };
    };
    const asExpected = () =>
      all(learners, (who) => until(async () => expect(await consequences(who)).toEqual(expected(who)), 30_000));
    await asExpected();
    expect(await platform.stop()).toBe(0);
    await platform.start();
    await asExpected();
    const repeated = Array.from(handedTwice.values()).reduce((sum, each) => sum + each, 0);
    console.log(`restart: of ${learners.length * 5 + 1} mails ${repeated} were handed to the provider twice`);
    expect(repeated).toBeLessThanOrEqual(3);
  }, 90_000);

  async function mailsTo(address: string, subject: RegExp): Promise<string[]> {
    const mailbox = new Api(platform.mailboxUrl);
    const path = `/api/messages?to=${encodeURIComponent(address)}`;
    const { messages } = await mailbox.get(path, { expect: 200, schema: Mails });
    // SendGrid takes no idempotency key: what it accepted in the moment of the crash is handed to it again, marked as the same
    const once = new Map(messages.map((each) => [each.customArgs.delivery_id, each.subject]));
    handedTwice.set(address, messages.length - once.size);
    return Array.from(once.values()).filter((each) => subject.test(each));
  }
});
