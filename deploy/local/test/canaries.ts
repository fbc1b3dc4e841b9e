import { copyFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { SoftwareAuthenticator } from '@lyceum/testing/authenticator';
import { z } from 'zod';
import type { Api } from '../src/api.js';
import { type AuthoredCourse, assets, authorCourse, upload } from '../src/authoring.js';
import { mailTo, tokenIn } from '../src/mail.js';
import { freeCourse } from '../src/story/courses.js';
import { until } from '../src/until.js';

export const person = {
  email: 'canary-first@example.com',
  password: 'nineteen yellow umbrellas',
  firstName: 'Canarygiven',
  lastName: 'Canaryfamily',
  role: 'INSTRUCTOR' as const,
};

/** One text in each place that somebody can fill, or in which something about somebody is written down. */
export const canaries = {
  email: person.email,
  firstName: person.firstName,
  lastName: person.lastName,
  newEmail: 'canary-second@example.com',
  bio: 'canary-bio',
  timeZone: 'Antarctica/Troll',
  device: 'canary-device',
  address: '203.0.113.77',
  avatar: 'canary-avatar.png',
  parked: 'canary-parked.png',
  passkey: 'canary-passkey',
  apiKey: 'canary-api-key',
  answer: 'canary-quiz-answer',
  refund: 'canary-refund-reason',
  suspension: 'canary-suspension-reason',
  reinstatement: 'canary-reinstatement-reason',
  formerTitle: 'canary-former-title',
  draftTitle: 'canary-draft-title',
  draftSummary: 'canary-draft-summary',
  draftDescription: 'canary-draft-description',
  draftTag: 'canary-draft-tag',
  draftSection: 'canary-draft-section',
  draftArticle: 'canary-draft-article',
  quizTitle: 'canary-quiz-title',
  question: 'canary-quiz-question',
  accepted: 'canary-quiz-solution',
  erasure: 'canary-erasure-reason',
} as const;

/**
 * What has a reason to stay, and where. The reasons that administrators gave stay where it must be provable what was done, in a chain
 * of hashes: they are told to write neither names nor addresses there, and the receipt says that it stays. The edge counts the
 * requests of addresses, which it knows no person for, and forgets each within a minute. A published course keeps its address, which
 * was made from its first title, and the log keeps what a superseded edition told until its retention ends (ADR 11).
 */
export const reasoned: Readonly<Record<string, readonly RegExp[]>> = {
  [canaries.suspension]: [/identity\.audit_entries\//],
  [canaries.reinstatement]: [/identity\.audit_entries\//],
  [canaries.erasure]: [/identity\.audit_entries\//, /identity\.erasures\//],
  [canaries.formerTitle]: [/catalog\.(courses|event_log)\//],
  [canaries.address]: [/redis [^ ]*rate:[\w-]+:[\d.]+, gone in [1-6]?\d s$/],
};

/** Stays with a reason on the receipt: others learn with it. */
export const published = 'canary-published-text';
/** What is said to the platform and kept nowhere, at no time. */
export const neverKept = { password: person.password, sought: 'canarysought', wanted: 'canarywanted' } as const;

const Identified = z.looseObject({ id: z.string() });
const Attempt = z.looseObject({
  attemptId: z.string(),
  questions: z.array(z.looseObject({ questionId: z.string() })),
});

/** Courses of somebody else, one that is a gift, and one with a question that is answered in the learner's own words. */
export async function coursesOf(teacher: Api): Promise<{ gift: AuthoredCourse; paid: AuthoredCourse }> {
  const gift = await authorCourse(teacher, freeCourse);
  const question = { type: 'short-text', prompt: 'What is it called?', points: 1, accepted: ['a union'] };
  const quiz = { kind: 'quiz' as const, title: 'In your own words', questions: [question], durationSeconds: 60 };
  const paid = await authorCourse(teacher, {
    ...freeCourse,
    title: 'Not free',
    price: { amount: 4900, currency: 'EUR' },
    sections: [...freeCourse.sections, { title: 'Prove it', lectures: [quiz] }],
  });
  return { gift, paid };
}

/** As {@link person} signs in: from a device, at a place. */
export async function signInAsCanary(visitor: Api): Promise<Api> {
  const { accessToken } = await visitor.post('/auth/sign-in', {
    body: { email: person.email, password: person.password },
    headers: { 'user-agent': canaries.device, 'x-forwarded-for': canaries.address },
    expect: 200,
    schema: z.looseObject({ accessToken: z.string() }),
  });
  return visitor.as(accessToken);
}

/** Profile, consent, passkey and key for a program; what administrators write of it; what is looked for. */
export async function fillAccount(canary: Api, { visitor, admin, origin }: Others): Promise<void> {
  const { bio, timeZone } = canaries;
  await canary.patch('/me', { body: { bio, timeZone, locale: 'de' }, expect: 200 });
  const consent = { purpose: 'marketing-mail', version: '1', given: true };
  await canary.call('PUT', '/me/consents', { body: consent, expect: 200 });
  const device = new SoftwareAuthenticator({ origin, rpId: 'localhost' });
  const Options = z.looseObject({ challenge: z.string(), user: z.looseObject({ id: z.string() }) });
  const options = await canary.post('/me/passkeys/options', { body: {}, expect: 200, schema: Options });
  await canary.post('/me/passkeys', { body: { name: canaries.passkey, answer: device.attest(options) }, expect: 201 });
  await canary.post('/me/api-keys', { body: { name: canaries.apiKey, scopes: ['catalog:read'] }, expect: 201 });
  await admin.get(`/users?text=${neverKept.sought}`, { expect: 200 });
  await visitor.get(`/courses?q=${neverKept.wanted}`, { expect: 200 });
}

export interface Others {
  readonly visitor: Api;
  readonly admin: Api;
  readonly origin: string;
}

/** Completes one course with a certificate; buys another, takes its quiz and wants the money back. */
export async function learn(canary: Api, { gift, paid }: Awaited<ReturnType<typeof coursesOf>>): Promise<void> {
  await until(() => canary.post('/enrollments', { body: { courseId: gift.courseId }, expect: 201 }));
  for (const { lectureId } of gift.lectures)
    await until(() => canary.post(`/progress/${gift.courseId}/lectures/${lectureId}/completion`, { expect: 200 }));
  const { paymentId, url } = await until(() =>
    canary.post('/checkout', {
      body: { courseId: paid.courseId },
      expect: 201,
      schema: z.looseObject({ paymentId: z.string(), url: z.url() }),
    }),
  );
  await canary.send('POST', url, 303, { body: new URLSearchParams({ outcome: 'pay' }) });
  const quizId = paid.lectures.find(({ kind }) => kind === 'quiz')?.quizId ?? '';
  const attempt = await until(() => canary.post(`/quizzes/${quizId}/attempts`, { expect: 201, schema: Attempt }));
  const answers = attempt.questions.map(({ questionId }) => ({ questionId, value: canaries.answer }));
  await canary.post(`/attempts/${attempt.attemptId}/submission`, { body: { answers }, expect: 200 });
  await canary.post(`/payments/${paymentId}/refund`, { body: { reason: canaries.refund }, expect: 202 });
}

/** A course that is published, and once more with another title, one that never is, and a quiz that is in neither. */
export async function teach(canary: Api): Promise<void> {
  const { courseId: kept } = await authorCourse(canary, {
    ...freeCourse,
    title: canaries.formerTitle,
    description: published,
  });
  await canary.patch(`/courses/${kept}`, { body: { title: 'Kept for its learners' }, expect: 200 });
  await canary.post(`/courses/${kept}/publish`, { expect: 200 });
  const draft = {
    category: 'programming',
    difficulty: 'beginner',
    language: 'en',
    price: freeCourse.price,
    title: canaries.draftTitle,
    summary: canaries.draftSummary,
    description: canaries.draftDescription,
    tags: [canaries.draftTag],
  };
  const Course = z.looseObject({ courseId: z.string() });
  const { courseId } = await canary.post('/courses', { body: draft, expect: 201, schema: Course });
  const { sectionId } = await canary.post(`/courses/${courseId}/sections`, {
    body: { title: canaries.draftSection },
    expect: 201,
    schema: z.looseObject({ sectionId: z.string() }),
  });
  await canary.post(`/courses/${courseId}/sections/${sectionId}/lectures`, {
    body: { kind: 'article', title: 'Not for anybody yet', content: canaries.draftArticle, durationSeconds: 60 },
    expect: 201,
  });
  const question = { type: 'short-text', prompt: canaries.question, points: 1, accepted: [canaries.accepted] };
  await canary.post('/quizzes', {
    body: { title: canaries.quizTitle, passPercent: 60, questions: [question] },
    headers: { 'idempotency-key': 'the-quiz-of-somebody' },
    expect: 201,
  });
}

/** An administrator shuts the account and opens it again. */
export async function suspendFor(admin: Api, userId: string): Promise<void> {
  await admin.post(`/users/${userId}/suspend`, { body: { reason: canaries.suspension }, expect: 204 });
  await admin.post(`/users/${userId}/reinstate`, { body: { reason: canaries.reinstatement }, expect: 204 });
}

/** Two pictures with names of their own in a directory. */
export async function picturesIn(directory: string): Promise<void> {
  for (const name of [canaries.avatar, canaries.parked])
    await copyFile(path(assets, freeCourse.thumbnail), path(directory, name));
}

export const uploadPicture = (canary: Api, directory: string, name: string): Promise<string> =>
  upload(canary, path(directory, name));

/** Another address, a forgotten password, a second registration. */
export async function writeToThem(canary: Api, visitor: Api, mailbox: string): Promise<void> {
  const { newEmail } = canaries;
  await canary.post('/me/email', { body: { newEmail }, expect: 202 });
  const change = tokenIn(await mailTo(mailbox, newEmail, /neue|new/i));
  await visitor.post('/auth/confirm-email-change', { body: { token: change }, expect: 204 });
  await visitor.post('/auth/forgot-password', { body: { email: newEmail }, expect: 202 });
  await visitor.post('/auth/register', { body: { ...person, email: newEmail }, expect: 202 });
  await mailTo(mailbox, newEmail, /Passwort|password/i);
}

export const idOf = async (somebody: Api): Promise<string> =>
  (await somebody.get('/me', { expect: 200, schema: Identified })).id;
