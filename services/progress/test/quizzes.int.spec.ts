import { FakeClock, eventually } from '@lyceum/testing';
import { World, answersTo, at, grace, quizBody } from './world.js';

interface Begun {
  attemptId: string;
  expiresAt?: string;
  questions: { questionId: string; prompt: string; options?: { optionId: string; text: string }[] }[];
}

describe('quizzes', () => {
  let world: World;
  const clock = new FakeClock(new Date(at));
  let courses = 0;
  beforeAll(async () => {
    world = await World.start({ clock });
  });
  afterAll(() => world.close());

  const define = async (changes: object = {}) => {
    const answer = await world.call('POST', '/quizzes', { as: grace, body: { ...quizBody, ...changes } });
    expect(answer.status).toBe(201);
    return (answer.body as { quizId: string }).quizId;
  };
  /** A course of one article and a quiz, and a learner who has it. */
  const courseWith = async (quizId: string) => {
    const courseId = `course-${(courses += 1)}`;
    await world.publish(courseId, [
      { lectureId: 'read', kind: 'article' },
      { lectureId: 'quiz', kind: 'quiz', quizId },
    ]);
    return { courseId, as: await world.learner([courseId]) };
  };
  const begin = async (quizId: string, as: { id: string }, body?: object) => {
    const answer = await world.call('POST', `/quizzes/${quizId}/attempts`, { as, ...(body ? { body } : {}) });
    expect(answer.status).toBe(201);
    return answer.body as Begun;
  };
  const submit = (attemptId: string, as: { id: string }, answers: object[]) =>
    world.call('POST', `/attempts/${attemptId}/submission`, { as, body: { answers } });

  describe('writing one', () => {
    it('gives it ids, keeps the keys for its owner, and tells the world that it is there', async () => {
      const created = await world.call('POST', '/quizzes', { as: grace, body: quizBody });
      expect(created).toMatchObject({ status: 201, body: { ...quizBody, quizId: expect.any(String) } });
      const { quizId, questions } = created.body as { quizId: string; questions: Begun['questions'] };
      const ids = questions.flatMap((each) => [each.questionId, ...(each.options ?? []).map((one) => one.optionId)]);
      expect(new Set(ids).size).toBe(10);
      await eventually(() =>
        expect(world.booted.bus.ofType('progress.quiz-defined.v1').map(({ data }) => data)).toContainEqual(
          expect.objectContaining({ quizId, ownerId: 'grace', title: 'Unions', questionCount: 5 }),
        ),
      );
      expect((await world.call('GET', `/quizzes/${quizId}`, { as: grace })).body).toEqual(created.body);
      const other = { id: 'another', roles: ['INSTRUCTOR'] as const };
      for (const method of ['GET', 'PUT'])
        expect(
          await world.call(method, `/quizzes/${quizId}`, {
            as: other,
            ...(method === 'PUT' ? { body: quizBody } : {}),
          }),
        ).toMatchObject({ status: 404, body: { code: 'progress.quiz-not-found' } });
    });
    it('refuses visitors, learners, and quizzes that cannot be graded', async () => {
      expect(await world.call('POST', '/quizzes', { body: quizBody })).toMatchObject({ status: 401 });
      expect(await world.call('POST', '/quizzes', { as: { id: 'x' }, body: quizBody })).toMatchObject({ status: 403 });
      const [single, multiple, , text, numeric] = quizBody.questions;
      const wrong: [object, string][] = [
        [{ questions: [] }, 'questions'],
        [{ passPercent: 101 }, 'passPercent'],
        [{ maxAttempts: 0 }, 'maxAttempts'],
        [{ timeLimitSeconds: 1 }, 'timeLimitSeconds'],
        [{ ownerId: 'somebody' }, ''],
        [{ questions: [{ ...single, options: multiple?.options }] }, 'questions.0.options'],
        [
          {
            questions: [
              {
                ...multiple,
                options: [
                  { text: 'a', correct: false },
                  { text: 'b', correct: false },
                ],
              },
            ],
          },
          'questions.0.options',
        ],
        [
          {
            questions: [
              {
                ...single,
                options: [
                  { text: 'a', correct: true },
                  { text: 'a', correct: false },
                ],
              },
            ],
          },
          'questions.0.options',
        ],
        [{ questions: [{ ...text, accepted: [] }] }, 'questions.0.accepted'],
        [{ questions: [{ ...numeric, tolerance: -1 }] }, 'questions.0.tolerance'],
        [{ questions: [{ ...numeric, points: 0 }] }, 'questions.0.points'],
        [{ questions: [{ ...single, type: 'essay' }] }, 'questions.0.type'],
      ];
      for (const [changes, path] of wrong)
        expect(await world.call('POST', '/quizzes', { as: grace, body: { ...quizBody, ...changes } })).toMatchObject({
          status: 400,
          body: { code: 'http.invalid-request', errors: expect.arrayContaining([expect.objectContaining({ path })]) },
        });
    });
    it('replaces it; attempts that have begun are graded by the one that they began with', async () => {
      const quizId = await define();
      const { as } = await courseWith(quizId);
      const attempt = await begin(quizId, as);
      const { questions } = (await world.call('GET', `/quizzes/${quizId}`, { as: grace })).body as Begun;
      const kept = questions[2];
      const changed = { ...quizBody, title: 'Shorter', questions: [{ ...kept, correct: false }] };
      expect(await world.call('PUT', `/quizzes/${quizId}`, { as: grace, body: changed })).toMatchObject({
        status: 200,
        body: { title: 'Shorter', questions: [{ questionId: kept?.questionId, correct: false }] },
      });
      expect(await submit(attempt.attemptId, as, answersTo(attempt.questions))).toMatchObject({
        body: { passed: true, scorePercent: 100 },
      });
      expect((await begin(quizId, as)).questions).toHaveLength(1);
      const foreign = { ...quizBody, questions: [{ ...quizBody.questions[2], questionId: 'not-there' }] };
      expect(await world.call('PUT', `/quizzes/${quizId}`, { as: grace, body: foreign })).toMatchObject({
        status: 422,
        body: { code: 'progress.unknown-question' },
      });
    });
  });

  describe('taking one', () => {
    it('shows the questions without any key, in an order of this attempt that stays', async () => {
      const quizId = await define();
      const { as, courseId } = await courseWith(quizId);
      const orders = new Set<string>();
      for (let i = 0; i < 8; i += 1) {
        const attempt = await begin(quizId, as);
        expect(JSON.stringify(attempt)).not.toMatch(/correct|accepted|tolerance|"value"|seed/);
        const { body } = await world.call('GET', `/attempts/${attempt.attemptId}`, { as });
        expect(body).toMatchObject({ status: 'open', courseId, questions: attempt.questions });
        expect(JSON.stringify(body)).not.toMatch(/correct|accepted|tolerance|"value"|seed/);
        orders.add(attempt.questions.map(({ prompt }) => prompt).join());
      }
      expect(orders.size).toBeGreaterThan(1);
    });
    it('passing completes the lecture and with it the course; answering late, again or otherwise changes nothing', async () => {
      const quizId = await define();
      const { as, courseId } = await courseWith(quizId);
      expect(await world.complete(as, courseId, 'quiz')).toMatchObject({
        status: 409,
        body: { code: 'progress.quiz-must-be-passed' },
      });
      await world.complete(as, courseId, 'read');
      const failed = await begin(quizId, as);
      const few = answersTo(failed.questions).slice(0, 1);
      expect(await submit(failed.attemptId, as, few)).toMatchObject({ status: 200, body: { passed: false } });
      expect(await world.call('GET', `/progress/${courseId}`, { as })).toMatchObject({ body: { percent: 50 } });

      const attempt = await begin(quizId, as);
      const answers = answersTo(attempt.questions, 'primitive');
      const graded = await submit(attempt.attemptId, as, answers);
      const wrong = attempt.questions.find(({ prompt }) => prompt.includes('primitive'))?.questionId;
      expect(graded).toMatchObject({
        status: 200,
        body: {
          attemptId: attempt.attemptId,
          passed: true,
          scorePercent: 66.67,
          feedback: expect.arrayContaining([{ questionId: wrong, correct: false, points: 0 }]),
        },
      });
      await eventually(async () =>
        expect(await world.call('GET', `/progress/${courseId}`, { as })).toMatchObject({
          body: { percent: 100, completed: true },
        }),
      );
      await world.certificateOf(as);
      const again = await submit(attempt.attemptId, as, answers.toReversed());
      expect(again).toMatchObject({ status: 200, body: graded.body });
      expect(await submit(attempt.attemptId, as, answersTo(attempt.questions))).toMatchObject({
        status: 409,
        body: { code: 'progress.already-submitted' },
      });
      expect(world.told('progress.quiz-passed.v1', as.id)).toHaveLength(1);
      expect(await world.call('GET', `/attempts/${attempt.attemptId}`, { as })).toMatchObject({
        body: { status: 'graded', result: { passed: true, scorePercent: 66.67 } },
      });
      expect(await world.complete(as, courseId, 'quiz')).toMatchObject({ status: 200 });
    });
    it('completes the lecture also when the process ended between the grade and its consequences', async () => {
      const quizId = await define();
      const { as, courseId } = await courseWith(quizId);
      await world.complete(as, courseId, 'read');
      const attempt = await begin(quizId, as);
      world.booted.bus.breakDown();
      try {
        expect(await submit(attempt.attemptId, as, answersTo(attempt.questions))).toMatchObject({ status: 200 });
        expect(await world.call('GET', `/progress/${courseId}`, { as })).toMatchObject({ body: { percent: 50 } });
      } finally {
        world.booted.bus.recover();
      }
      await eventually(async () =>
        expect(await world.call('GET', `/progress/${courseId}`, { as })).toMatchObject({ body: { percent: 100 } }),
      );
      await world.certificateOf(as);
    });
    it('grades once when the answers come several times at the same time', async () => {
      const quizId = await define();
      const { as } = await courseWith(quizId);
      const attempt = await begin(quizId, as);
      const right = answersTo(attempt.questions);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, i) => submit(attempt.attemptId, as, i % 2 ? right : right.slice(1))),
      );
      const accepted = answers.filter(({ status }) => status === 200);
      expect(new Set(accepted.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(6);
    });
    it('counts a pass whose course was heard of later, and completes every lecture of that quiz', async () => {
      const quizId = await define();
      const { as, courseId } = await courseWith(quizId);
      const attempt = await begin(quizId, as);
      await submit(attempt.attemptId, as, answersTo(attempt.questions));
      const again = [
        { lectureId: 'quiz', kind: 'quiz' as const, quizId },
        { lectureId: 'same-quiz', kind: 'quiz' as const, quizId },
      ];
      await world.publish(courseId, [{ lectureId: 'read', kind: 'article' }, ...again], { edition: 2 });
      expect(await world.complete(as, courseId, 'read')).toMatchObject({ body: { percent: 100, completed: true } });
    });
    it('holds to the time limit with a small grace', async () => {
      const quizId = await define({ timeLimitSeconds: 60 });
      const { as } = await courseWith(quizId);
      const [punctual, graceful, late] = [await begin(quizId, as), await begin(quizId, as), await begin(quizId, as)];
      expect(punctual.expiresAt).toBe(new Date(clock.now().getTime() + 60_000).toISOString());
      clock.advance(59_000);
      expect(await submit(punctual.attemptId, as, answersTo(punctual.questions))).toMatchObject({ status: 200 });
      clock.advance(11_000);
      expect(await submit(graceful.attemptId, as, answersTo(graceful.questions))).toMatchObject({ status: 200 });
      clock.advance(1);
      expect(await submit(late.attemptId, as, answersTo(late.questions))).toMatchObject({
        status: 409,
        body: { code: 'progress.time-is-up' },
      });
      expect(await world.call('GET', `/attempts/${late.attemptId}`, { as })).toMatchObject({
        body: { status: 'over' },
      });
      expect(await submit(punctual.attemptId, as, answersTo(punctual.questions))).toMatchObject({ status: 200 });
    });
    it('allows as many attempts as the quiz says, also when they begin at the same time', async () => {
      const quizId = await define({ maxAttempts: 3 });
      const { as } = await courseWith(quizId);
      const begun = await Promise.all(
        Array.from({ length: 10 }, () => world.call('POST', `/quizzes/${quizId}/attempts`, { as })),
      );
      expect(begun.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        ...Array(3).fill(201),
        ...Array(7).fill(409),
      ]);
      expect(begun.filter(({ status }) => status !== 201)).toMatchObject(
        Array.from({ length: 7 }, () => ({ status: 409, body: { code: 'progress.no-attempts-left' } })),
      );
    });
    it('gives a repeated request the attempt of the first one', async () => {
      const quizId = await define();
      const { as } = await courseWith(quizId);
      const headers = { 'idempotency-key': 'attempt-0001' };
      const first = await world.call('POST', `/quizzes/${quizId}/attempts`, { as, headers });
      expect(await world.call('POST', `/quizzes/${quizId}/attempts`, { as, headers })).toMatchObject({
        status: 201,
        body: first.body,
      });
    });
    it('asks which course is meant when several contain the quiz', async () => {
      const quizId = await define();
      const [one, two] = [await courseWith(quizId), await courseWith(quizId)];
      await world.enrol(one.as.id, two.courseId);
      expect(await world.call('POST', `/quizzes/${quizId}/attempts`, { as: one.as })).toMatchObject({
        status: 422,
        body: { code: 'progress.which-course', courseIds: expect.arrayContaining([one.courseId, two.courseId]) },
      });
      const attempt = await begin(quizId, one.as, { courseId: two.courseId });
      await submit(attempt.attemptId, one.as, answersTo(attempt.questions));
      await eventually(async () =>
        expect(await world.call('GET', `/progress/${two.courseId}`, { as: one.as })).toMatchObject({
          body: { percent: 50 },
        }),
      );
      expect(await world.call('GET', `/progress/${one.courseId}`, { as: one.as })).toMatchObject({
        body: { percent: 0 },
      });
    });
    it('refuses those without the course, foreign attempts, and answers that do not fit', async () => {
      const quizId = await define();
      const { as, courseId } = await courseWith(quizId);
      const stranger = await world.learner([]);
      const path = `/quizzes/${quizId}/attempts`;
      expect(await world.call('POST', path)).toMatchObject({ status: 401 });
      for (const caller of [stranger, grace])
        expect(await world.call('POST', path, { as: caller })).toMatchObject({
          status: 403,
          body: { code: 'progress.not-entitled' },
        });
      expect(await world.call('POST', path, { as, body: { courseId: 'elsewhere' } })).toMatchObject({ status: 403 });
      expect(await world.call('POST', path, { as, body: { seed: 1 } })).toMatchObject({ status: 400 });
      expect(await world.call('POST', '/quizzes/none/attempts', { as })).toMatchObject({ status: 404 });

      const { attemptId, questions } = await begin(quizId, as);
      for (const [method, route, body] of [
        ['GET', `/attempts/${attemptId}`, undefined],
        ['POST', `/attempts/${attemptId}/submission`, { answers: [] }],
      ] as const)
        expect(await world.call(method, route, { as: stranger, body })).toMatchObject({
          status: 404,
          body: { code: 'progress.attempt-not-found' },
        });
      const choice = questions.find(({ prompt }) => prompt.includes('unknown'));
      const number = questions.find(({ prompt }) => prompt.includes('pi'));
      const questionId = choice?.questionId;
      const options = (choice?.options ?? []).map(({ optionId }) => optionId);
      for (const answers of [
        [{ questionId: 'none', value: true }],
        [{ questionId, value: 'To narrow it' }],
        [{ questionId, optionIds: options }],
        [{ questionId, optionIds: ['none'] }],
        [
          { questionId, optionIds: options.slice(1) },
          { questionId, optionIds: options.slice(0, 1) },
        ],
        [{ questionId: number?.questionId, value: '3.14' }],
        [{ questionId: number?.questionId }],
      ])
        expect(await submit(attemptId, as, answers)).toMatchObject({
          status: 422,
          body: { code: 'progress.answer-does-not-fit' },
        });
      expect(await submit(attemptId, as, [{ questionId, optionIds: [{ $ne: '' }] }])).toMatchObject({ status: 400 });
      await world.endEnrolment(as.id, courseId);
      expect(await submit(attemptId, as, [])).toMatchObject({ status: 403, body: { code: 'progress.not-entitled' } });
    });
  });
});
