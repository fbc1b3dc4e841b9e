import { reactionsOf } from '@lyceum/bus';
import { Envelope } from '@lyceum/contracts';
import { eventually, goldenSamples, ownPaths } from '@lyceum/testing';
import { Reactions } from '../src/reactions.js';
import { World, answersTo, grace, quizBody } from './world.js';

describe('progress', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  it('counts a course for its instructor, from what is there, however often it was told', async () => {
    const { quizId } = (await world.call('POST', '/quizzes', { as: grace, body: quizBody })).body as { quizId: string };
    await world.publish('ts', [
      { lectureId: 'a', kind: 'article' },
      { lectureId: 'q', kind: 'quiz', quizId },
    ]);
    const [done, failing, begun, gone] = [
      await world.learner(['ts']),
      await world.learner(['ts']),
      await world.learner(['ts']),
      await world.learner(['ts']),
    ];
    const attempt = async (as: { id: string }, except?: string) => {
      const { body } = await world.call('POST', `/quizzes/${quizId}/attempts`, { as });
      const { attemptId, questions } = body as { attemptId: string; questions: Parameters<typeof answersTo>[0] };
      await world.call('POST', `/attempts/${attemptId}/submission`, {
        as,
        body: { answers: except === 'all' ? [] : answersTo(questions, except) },
      });
    };
    await world.complete(done, 'ts', 'a');
    await attempt(done, 'primitive');
    await world.certificateOf(done);
    await world.complete(failing, 'ts', 'a');
    await attempt(failing, 'all');
    await world.call('POST', `/quizzes/${quizId}/attempts`, { as: begun });
    await world.endEnrolment(gone.id, 'ts', 1_000);
    for (let i = 0; i < 3; i += 1) {
      await world.enrol(done.id, 'ts', 2_000 + i);
      await world.endEnrolment(gone.id, 'ts', 1_000);
      await world.tellCompletedAgain(done.id, 'ts');
    }
    const summary = {
      courseId: 'ts',
      title: 'About ts',
      enrolled: 4,
      active: 3,
      started: 2,
      completed: 1,
      certificates: 1,
      averagePercent: 37.5,
    };
    await eventually(async () =>
      expect((await world.call('GET', '/analytics/courses/ts', { as: grace })).body).toMatchObject(summary),
    );
    const { body } = await world.call('GET', '/analytics/courses/ts', { as: grace });
    expect(body).toMatchObject({
      ...summary,
      lectures: [
        { lectureId: 'a', title: 'About a', completed: 2 },
        { lectureId: 'q', title: 'About q', completed: 1 },
      ],
      quizzes: [{ quizId, attempts: 3, passed: 1, averageScore: 33.34 }],
      asOf: expect.any(String),
    });
    const [{ items }] = (body as { quizzes: [{ items: { prompt: string; correctRate: number }[] }] }).quizzes;
    expect(Object.fromEntries(items.map(({ prompt, correctRate }) => [prompt.split(' ')[0], correctRate]))).toEqual({
      What: 0.5,
      Which: 0,
      any: 0.5,
      The: 0.5,
      Roughly: 0.5,
    });
    expect(await world.call('GET', '/analytics/courses', { as: grace })).toMatchObject({
      status: 200,
      body: { items: [summary], asOf: expect.any(String) },
    });
    const other = { id: 'other', roles: ['INSTRUCTOR'] as const };
    expect(await world.call('GET', '/analytics/courses', { as: other })).toMatchObject({ body: { items: [] } });
    expect(await world.call('GET', '/analytics/courses/ts', { as: other })).toMatchObject({
      status: 403,
      body: { code: 'progress.not-your-course' },
    });
    expect(await world.call('GET', '/analytics/courses/none', { as: other })).toMatchObject({ status: 404 });
    expect(await world.call('GET', '/analytics/courses/ts', { as: { id: 'root', roles: ['ADMIN'] } })).toMatchObject({
      status: 200,
      body: summary,
    });
    for (const path of ['/analytics/courses', '/analytics/courses/ts']) {
      expect(await world.call('GET', path, { as: done })).toMatchObject({ status: 403 });
      expect(await world.call('GET', path)).toMatchObject({ status: 401 });
    }
  });

  it('understands every recorded event that it listens to', async () => {
    for (const { type } of reactionsOf(Reactions))
      for (const sample of goldenSamples(type))
        await expect(world.booted.bus.publishTo('progress', [Envelope.parse(sample)])).resolves.toBeUndefined();
  });

  it('documents every route', async () => {
    const { paths } = (await world.call('GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, { 'x-access'?: string }>>;
    };
    expect(
      Object.entries(ownPaths(paths))
        .flatMap(([path, operations]) =>
          Object.entries(operations).map(([method, each]) => `${method} ${path}: ${each['x-access']}`),
        )
        .sort(),
    ).toEqual([
      'get /analytics/courses/{courseId}: INSTRUCTOR, ADMIN',
      'get /analytics/courses: INSTRUCTOR',
      'get /attempts/{attemptId}: STUDENT, INSTRUCTOR, ADMIN',
      'get /certificates/{certificateId}/pdf: STUDENT, INSTRUCTOR, ADMIN',
      'get /certificates/{certificateId}: STUDENT, INSTRUCTOR, ADMIN',
      'get /certificates: STUDENT, INSTRUCTOR, ADMIN',
      'get /progress/{courseId}: STUDENT, INSTRUCTOR, ADMIN',
      'get /progress: STUDENT, INSTRUCTOR, ADMIN',
      'get /quizzes/{quizId}: INSTRUCTOR',
      'get /verify/{code}: public',
      'post /attempts/{attemptId}/submission: STUDENT, INSTRUCTOR, ADMIN',
      'post /certificates/{certificateId}/revocation: ADMIN',
      'post /progress/{courseId}/lectures/{lectureId}/completion: STUDENT, INSTRUCTOR, ADMIN',
      'post /quizzes/{quizId}/attempts: STUDENT, INSTRUCTOR, ADMIN',
      'post /quizzes: INSTRUCTOR',
      'put /progress/{courseId}/lectures/{lectureId}/position: STUDENT, INSTRUCTOR, ADMIN',
      'put /quizzes/{quizId}: INSTRUCTOR',
    ]);
  });
});
