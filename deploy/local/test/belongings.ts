import { z } from 'zod';
import type { Api } from '../src/api.js';
import { authorCourse } from '../src/authoring.js';
import { completedCourse, rightAnswers } from '../src/story/courses.js';
import { until } from '../src/until.js';
import type { Things } from './ownership.js';

const Items = z.object({ items: z.array(z.looseObject({})) });
const Draft = z.looseObject({ sections: z.array(z.looseObject({ sectionId: z.string() })) });
const Attempt = z.looseObject({
  attemptId: z.string(),
  questions: z.array(z.looseObject({ questionId: z.string(), prompt: z.string() })),
});

/** Lets an instructor publish and a learner buy, learn and be certified, so that both have one thing of each sort. */
export async function belongings(instructor: Api, learner: Api): Promise<Things> {
  const free = { ...completedCourse, title: 'Free of charge', price: { amount: 0, currency: 'EUR' } };
  const course = await authorCourse(instructor, free);
  const paid = await authorCourse(instructor, { ...completedCourse, title: 'Not free' });
  const lecture = (kind: string) => course.lectures.find((each) => each.kind === kind);
  const { courseId } = course;
  const articleId = lecture('article')?.lectureId ?? '';
  const quizId = lecture('quiz')?.quizId ?? '';
  const draft = await instructor.get(`/courses/${courseId}/draft`, { expect: 200, schema: Draft });

  const { enrollmentId } = await until(() =>
    learner.post('/enrollments', {
      body: { courseId },
      expect: 201,
      schema: z.looseObject({ enrollmentId: z.string() }),
    }),
  );
  for (const { lectureId, kind } of course.lectures)
    if (kind !== 'quiz')
      await until(() => learner.post(`/progress/${courseId}/lectures/${lectureId}/completion`, { expect: 200 }));
  const attempt = await until(() => learner.post(`/quizzes/${quizId}/attempts`, { expect: 201, schema: Attempt }));
  const answers = rightAnswers(attempt.questions);
  await learner.post(`/attempts/${attempt.attemptId}/submission`, { body: { answers }, expect: 200 });
  const { paymentId } = await until(() =>
    learner.post('/checkout', {
      body: { courseId: paid.courseId },
      expect: 201,
      schema: z.looseObject({ paymentId: z.string() }),
    }),
  );
  const { id: keyId } = await learner.post('/me/api-keys', {
    body: { name: 'A program', scopes: ['catalog:read'] },
    expect: 201,
    schema: z.looseObject({ id: z.string() }),
  });
  const mine = { courseId, quizId, lectureId: articleId };
  return {
    learner: {
      ...mine,
      enrollmentId,
      paymentId,
      keyId,
      attemptId: attempt.attemptId,
      certificateId: await firstOf(learner, '/certificates', 'certificateId'),
      notificationId: await firstOf(learner, '/notifications', 'notificationId'),
      sessionId: await firstOf(learner, '/me/sessions', 'id'),
    },
    instructor: {
      ...mine,
      sectionId: draft.sections.at(-1)?.sectionId ?? '',
      mediaId: paid.lectures.find(({ kind }) => kind === 'video')?.mediaId ?? '',
    },
  };
}

const firstOf = (api: Api, list: string, key: string): Promise<string> =>
  until(async () => {
    const { items } = await api.get(list, { expect: 200, schema: Items });
    const id = items[0]?.[key];
    if (typeof id !== 'string') throw new Error(`${list} has no ${key} yet: ${JSON.stringify(items[0])}`);
    return id;
  });
