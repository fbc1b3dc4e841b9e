import assert from 'node:assert/strict';
import { z } from 'zod';
import { Api } from '../api.js';
import { type AuthoredCourse, authorCourse } from '../authoring.js';
import { mailTo } from '../mail.js';
import { join } from '../people.js';
import { until } from '../until.js';
import { completedCourse, freeCourse, rightAnswers } from './courses.js';
import type { Narrator } from './narrator.js';

export interface World {
  readonly edgeUrl: string;
  readonly mailboxUrl: string;
}

export interface Chapter {
  readonly title: string;
  readonly tell: () => Promise<void>;
}

const Listing = z.object({ items: z.array(z.looseObject({ courseId: z.string(), title: z.string() })) });
const Checkout = z.object({ paymentId: z.string(), url: z.url() });
const Access = z.object({ access: z.boolean() });
const Delivery = z.object({ url: z.url() });
const Progress = z.object({ percent: z.number() });
const Attempt = z.looseObject({
  attemptId: z.string(),
  questions: z.array(z.looseObject({ questionId: z.string(), prompt: z.string() })),
});
const Graded = z.object({ passed: z.boolean(), scorePercent: z.number() });
const Certificates = z.object({
  items: z.array(z.object({ certificateId: z.string(), code: z.string(), courseId: z.string() })),
});
const Verified = z.looseObject({ valid: z.boolean(), learnerName: z.string() });
const Analytics = z.looseObject({ enrolled: z.number(), completed: z.number() });
const Notices = z.object({ items: z.array(z.looseObject({ title: z.string() })) });
const Payment = z.looseObject({ status: z.string() });

/**
 * The main job of the platform, over HTTP through the edge only: publish, buy, learn, certify, refund.
 * Each telling registers people of its own, so it can be told again and again on one platform.
 */
export function buyLearnCertify({ edgeUrl, mailboxUrl }: World, narrator: Narrator): Chapter[] {
  const visitor = new Api(edgeUrl, (exchange) => narrator.exchange(exchange));
  const once = Date.now().toString(36);
  const person = (name: string, lastName: string, role: 'STUDENT' | 'INSTRUCTOR') => ({
    email: `${name.toLowerCase()}.${once}@example.com`,
    password: `violet umbrellas ${once} by the harbour`,
    firstName: name,
    lastName,
    role,
  });
  const grace = person('Marie', 'Keller', 'INSTRUCTOR');
  const ada = person('Ada', 'Byron', 'STUDENT');
  const eve = person('Eve', 'Stranger', 'STUDENT');
  const paid = { ...completedCourse, title: `${completedCourse.title} ${once}` };
  const free = { ...freeCourse, title: `${freeCourse.title} ${once}` };
  let teacher = visitor;
  let learner = visitor;
  let stranger = visitor;
  let course: AuthoredCourse = { courseId: '', lectures: [] };
  let gift: AuthoredCourse = { courseId: '', lectures: [] };
  let paymentId = '';
  let code = '';

  const lecture = (kind: string) =>
    course.lectures.find((each) => each.kind === kind) ?? assert.fail(`no ${kind} lecture`);
  const complete = (lectureId: string) =>
    learner.post(`/progress/${course.courseId}/lectures/${lectureId}/completion`, { expect: 200 });
  const hasAccess = (courseId: string, access: boolean) =>
    until(async () =>
      assert.deepEqual((await learner.get(`/access/${courseId}`, { expect: 200, schema: Access })).access, access),
    );
  const notified = (words: RegExp) =>
    until(async () => {
      const { items } = await learner.get('/notifications', { expect: 200, schema: Notices });
      assert.ok(
        items.some((each) => words.test(each.title)),
        `no notification ${words} among ${items.map((each) => each.title).join(', ')}`,
      );
    });

  const chapters: Chapter[] = [
    {
      title: 'An instructor registers, proves the address from the mail, and signs in',
      tell: async () => {
        teacher = await join(visitor, mailboxUrl, grace);
      },
    },
    {
      title:
        'The instructor writes a course with a video, an article and a quiz, uploads its picture, and publishes it for 49 €',
      tell: async () => {
        course = await authorCourse(teacher, paid);
        assert.equal(course.lectures.length, 3);
      },
    },
    {
      title: 'A visitor finds it by search, also with a typing error, but not its contents',
      tell: async () => {
        for (const words of [paid.title, `typscript ${once}`])
          await until(async () => {
            const found = await visitor.get(`/courses?q=${encodeURIComponent(words)}`, {
              expect: 200,
              schema: Listing,
            });
            assert.ok(
              found.items.some((each) => each.courseId === course.courseId),
              `"${words}" found ${found.items.length} others`,
            );
          });
        await visitor.get(`/courses/${course.courseId}`, { expect: 200 });
        await visitor.get(`/courses/${course.courseId}/lectures/${lecture('article').lectureId}`, { expect: 401 });
      },
    },
    {
      title: 'A learner registers, proves the address and signs in; so does a stranger',
      tell: async () => {
        learner = await join(visitor, mailboxUrl, ada);
        stranger = await join(visitor, mailboxUrl, eve);
      },
    },
    {
      title: 'The learner checks out, pays on the hosted page, and the enrolment becomes active',
      tell: async () => {
        const headers = { 'idempotency-key': `checkout-${once}` };
        const body = { courseId: course.courseId };
        const checkout = await until(() => learner.post('/checkout', { body, headers, expect: 201, schema: Checkout }));
        paymentId = checkout.paymentId;
        narrator.note(`the pay page: ${checkout.url}`);
        await learner.send('GET', checkout.url, 200, {});
        await learner.send('POST', checkout.url, 303, { body: new URLSearchParams({ outcome: 'pay' }) });
        await until(async () => {
          const payment = await learner.get(`/payments/${paymentId}`, { expect: 200, schema: Payment });
          assert.equal(payment.status, 'paid');
        });
        await hasAccess(course.courseId, true);
      },
    },
    {
      title: 'A confirmation mail and a notification arrive; buying again is refused',
      tell: async () => {
        const mail = await mailTo(mailboxUrl, ada.email, /payment|receipt/i);
        assert.match(mail, /€49\.00/);
        narrator.note('the receipt is in the mailbox');
        await mailTo(mailboxUrl, ada.email, /enrol/i);
        await notified(/enrol/i);
        await until(() => learner.post('/checkout', { body: { courseId: course.courseId }, expect: 409 }));
      },
    },
    {
      title: 'The video can be fetched through a signed URL; a stranger gets 403, a visitor 401',
      tell: async () => {
        const path = `/media/${lecture('video').mediaId}/delivery`;
        const { url } = await until(() => learner.get(path, { expect: 200, schema: Delivery }));
        const { bytes, contentType } = await learner.bytes(url);
        assert.equal(contentType, 'video/mp4');
        assert.equal(bytes.subarray(4, 8).toString(), 'ftyp');
        await stranger.get(path, { expect: 403 });
        await visitor.get(path, { expect: 401 });
        await learner.get(`/courses/${course.courseId}/lectures/${lecture('article').lectureId}`, { expect: 200 });
      },
    },
    {
      title: 'The learner completes the lectures and passes the quiz; progress reaches 100 %',
      tell: async () => {
        await until(() => complete(lecture('video').lectureId));
        await complete(lecture('article').lectureId);
        await stranger.post(`/progress/${course.courseId}/lectures/${lecture('article').lectureId}/completion`, {
          expect: 403,
        });
        const attempt = await learner.post(`/quizzes/${lecture('quiz').quizId}/attempts`, {
          expect: 201,
          schema: Attempt,
        });
        assert.ok(!/correct|answerKey/.test(JSON.stringify(attempt)), 'the answer key has left the service');
        const graded = await learner.post(`/attempts/${attempt.attemptId}/submission`, {
          body: { answers: rightAnswers(attempt.questions) },
          expect: 200,
          schema: Graded,
        });
        assert.deepEqual(graded, { passed: true, scorePercent: 100 });
        await until(async () => {
          const { percent } = await learner.get(`/progress/${course.courseId}`, { expect: 200, schema: Progress });
          assert.equal(percent, 100);
        });
      },
    },
    {
      title: 'A certificate is issued, can be downloaded, and is verified by its code on a public page',
      tell: async () => {
        const certificate = await until(async () => {
          const { items } = await learner.get('/certificates', { expect: 200, schema: Certificates });
          return items.find((each) => each.courseId === course.courseId) ?? assert.fail('no certificate yet');
        });
        code = certificate.code;
        const pdf = await learner.bytes(`/certificates/${certificate.certificateId}/pdf`);
        assert.equal(pdf.contentType, 'application/pdf');
        assert.equal(pdf.bytes.subarray(0, 5).toString(), '%PDF-');
        const headers = { accept: 'application/json' };
        const verified = await visitor.get(`/verify/${code}`, { headers, expect: 200, schema: Verified });
        assert.equal(verified.valid, true);
        assert.equal(verified.learnerName, 'Ada Byron');
        narrator.note(`the public page: ${edgeUrl}/verify/${code}`);
        await visitor.get('/verify/LYC-0000-0000-0000', { headers, expect: 404 });
        await mailTo(mailboxUrl, ada.email, /certificate/i);
      },
    },
    {
      title: 'The instructor sees the enrolment and the completion in the numbers; others do not',
      tell: async () => {
        await until(async () => {
          const numbers = await teacher.get(`/analytics/courses/${course.courseId}`, {
            expect: 200,
            schema: Analytics,
          });
          assert.deepEqual([numbers.enrolled, numbers.completed], [1, 1]);
        });
        await learner.get(`/analytics/courses/${course.courseId}`, { expect: 403 });
      },
    },
    {
      title: 'A second course, free, is enrolled in directly',
      tell: async () => {
        gift = await authorCourse(teacher, free);
        await until(() => learner.post('/enrollments', { body: { courseId: gift.courseId }, expect: 201 }));
        await hasAccess(gift.courseId, true);
        await stranger.post('/enrollments', { body: { courseId: course.courseId }, expect: 402 });
      },
    },
    {
      title: 'A refund of the first ends its access and not that of the second; the certificate stays valid',
      tell: async () => {
        await learner.post(`/payments/${paymentId}/refund`, { body: {}, expect: 202 });
        await until(async () => {
          const payment = await learner.get(`/payments/${paymentId}`, { expect: 200, schema: Payment });
          assert.equal(payment.status, 'refunded');
        });
        await hasAccess(course.courseId, false);
        await until(() => learner.get(`/media/${lecture('video').mediaId}/delivery`, { expect: 403 }));
        await hasAccess(gift.courseId, true);
        await mailTo(mailboxUrl, ada.email, /refund/i);
        const verified = await visitor.get(`/verify/${code}`, {
          headers: { accept: 'application/json' },
          expect: 200,
          schema: Verified,
        });
        assert.equal(verified.valid, true);
      },
    },
  ];
  return chapters.map(({ title, tell }) => ({
    title,
    tell: () => {
      narrator.chapter(title);
      return tell();
    },
  }));
}
