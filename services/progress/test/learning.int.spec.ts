import { eventually } from '@lyceum/testing';
import { World, grace } from './world.js';

const lectures = [
  { lectureId: 'a', kind: 'video' as const },
  { lectureId: 'b', kind: 'article' as const },
  { lectureId: 'c', kind: 'document' as const },
];

describe('learning a course', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.publish('ts', lectures);
    await world.publish('other', [{ lectureId: 'z', kind: 'article' }]);
  });
  afterAll(() => world.close());

  const progressOf = async (as: { id: string }, courseId = 'ts') =>
    (await world.call('GET', `/progress/${courseId}`, { as })).body;

  it('grows lecture by lecture to 100 %, and tells of each one and of the course once', async () => {
    const as = await world.learner(['ts']);
    expect(await progressOf(as)).toMatchObject({ percent: 0, completed: false });
    expect(await world.complete(as, 'ts', 'b')).toMatchObject({
      status: 200,
      body: { courseId: 'ts', percent: 33.33, completed: false, lastAccessed: { lectureId: 'b' } },
    });
    await world.complete(as, 'ts', 'a');
    expect(await world.complete(as, 'ts', 'c')).toMatchObject({
      status: 200,
      body: { percent: 100, completed: true, completedEdition: 1 },
    });
    await world.complete(as, 'ts', 'c');
    await eventually(() => expect(world.told('progress.course-completed.v1', as.id)).toHaveLength(1));
    expect(world.told('progress.lecture-completed.v1', as.id).map(({ data }) => data)).toMatchObject([
      { lectureId: 'b', percent: 33.33 },
      { lectureId: 'a', percent: 66.66 },
      { lectureId: 'c', percent: 100 },
    ]);
  });

  it('counts a lecture once that two devices complete 100 times at the same time on two instances; one certificate comes of it', async () => {
    const as = await world.learner(['ts']);
    await world.complete(as, 'ts', 'a');
    const seen: number[] = [];
    const second = await world.secondInstance();
    const headers = { authorization: `Bearer ${await world.booted.issuer.token({ sub: as.id })}` };
    const device = async (url: string, order: readonly string[]) => {
      for (let i = 0; i < 50; i += 1) {
        const lectureId = order[i % order.length] ?? 'a';
        const answer = await fetch(`${url}/progress/ts/lectures/${lectureId}/completion`, { method: 'POST', headers });
        expect(answer.status).toBe(200);
        seen.push(((await answer.json()) as { percent: number }).percent);
      }
    };
    const reader: number[] = [];
    const over = new AbortController();
    const read = async () => {
      while (!over.signal.aborted) reader.push(((await progressOf(as)) as { percent: number }).percent);
    };
    await Promise.all([
      Promise.all([device(world.booted.url, ['b', 'c']), device(second.url, ['c', 'b', 'a'])]).finally(() =>
        over.abort(),
      ),
      read(),
    ]);
    expect(reader).toEqual(reader.toSorted((a, b) => a - b));
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(33.33);
    await world.certificateOf(as);
    expect(world.told('progress.lecture-completed.v1', as.id)).toHaveLength(3);
    expect(world.told('progress.course-completed.v1', as.id)).toHaveLength(1);
    await Promise.all(Array.from({ length: 10 }, () => world.tellCompletedAgain(as.id, 'ts')));
    await eventually(() => expect(world.told('progress.certificate-issued.v1', as.id)).toHaveLength(1));
    const { body } = await world.call('GET', '/certificates', { as });
    expect((body as { items: unknown[] }).items).toHaveLength(1);
    await second.close();
  });

  it('refuses forged progress: a visitor, somebody without the course, a lecture of another course', async () => {
    const as = await world.learner(['ts']);
    const stranger = await world.learner([]);
    expect(await world.call('POST', '/progress/ts/lectures/a/completion')).toMatchObject({ status: 401 });
    const body = { seconds: 5 };
    for (const [caller, courseId, lectureId, status, code] of [
      [stranger, 'ts', 'a', 403, 'progress.not-entitled'],
      [stranger, 'nowhere', 'a', 403, 'progress.not-entitled'],
      [grace, 'ts', 'a', 403, 'progress.not-entitled'],
      [as, 'ts', 'z', 404, 'progress.lecture-not-found'],
    ] as const) {
      const path = `/progress/${courseId}/lectures/${lectureId}`;
      expect(await world.complete(caller, courseId, lectureId)).toMatchObject({ status, body: { code } });
      expect(await world.call('PUT', `${path}/position`, { as: caller, body })).toMatchObject({
        status,
        body: { code },
      });
    }
    expect(await world.call('GET', '/progress/ts', { as: stranger })).toMatchObject({ status: 403 });
    expect(await world.call('GET', '/progress')).toMatchObject({ status: 401 });
    expect(await progressOf(as)).toMatchObject({ percent: 0 });
  });

  it('remembers the furthest point of a lecture, and refuses more than it lasts', async () => {
    const as = await world.learner(['ts']);
    const report = (seconds: unknown) =>
      world.call('PUT', '/progress/ts/lectures/a/position', { as, body: { seconds } });
    expect(await report(40)).toMatchObject({ status: 200, body: { lectureId: 'a', positionSeconds: 40 } });
    expect(await report(12)).toMatchObject({ status: 200, body: { positionSeconds: 40 } });
    await Promise.all([50, 7, 44, 59, 3].map((seconds) => report(seconds)));
    expect(await report(60)).toMatchObject({ body: { positionSeconds: 60 } });
    expect(await report(61)).toMatchObject({ status: 422, body: { code: 'progress.beyond-lecture' } });
    for (const seconds of [-1, 1.5, '5', null, { $gt: 0 }])
      expect(await report(seconds)).toMatchObject({ status: 400, body: { errors: [{ path: 'seconds' }] } });
    expect(await progressOf(as)).toMatchObject({
      percent: 0,
      lastAccessed: { lectureId: 'a' },
      lectures: [{ lectureId: 'a', positionSeconds: 60, completed: false }, {}, {}],
    });
  });

  it('keeps a completion when content is added, and completes who had everything but what was dropped', async () => {
    await world.publish('growing', lectures.slice(0, 2));
    const done = await world.learner(['growing']);
    const half = await world.learner(['growing']);
    await world.complete(done, 'growing', 'a');
    await world.complete(done, 'growing', 'b');
    await world.complete(half, 'growing', 'a');
    const { code } = await world.certificateOf(done);
    await world.publish('growing', lectures, { edition: 2 });
    expect(await progressOf(done, 'growing')).toMatchObject({ percent: 66.66, completed: true, completedEdition: 1 });
    await world.complete(done, 'growing', 'c');
    expect(await world.certificateOf(done)).toMatchObject({ code });
    expect(world.told('progress.course-completed.v1', done.id)).toHaveLength(1);

    await world.publish('growing', lectures.slice(0, 1), { edition: 3 });
    await world.publish('growing', lectures.slice(0, 1), { edition: 3 });
    await world.publish('growing', lectures, { edition: 2 });
    expect(await progressOf(half, 'growing')).toMatchObject({ percent: 100, completed: true, completedEdition: 3 });
    await world.certificateOf(half);
    expect(world.told('progress.course-completed.v1', half.id)).toHaveLength(1);
  });

  it('ends with the enrolment, whatever the order in which that is heard, and goes on after it came back', async () => {
    const as = await world.learner([]);
    await world.endEnrolment(as.id, 'ts', 2);
    await world.enrol(as.id, 'ts', 1);
    expect(await world.complete(as, 'ts', 'a')).toMatchObject({ status: 403 });
    await world.enrol(as.id, 'ts', 3);
    expect(await world.complete(as, 'ts', 'a')).toMatchObject({ status: 200 });
    await world.endEnrolment(as.id, 'ts', 4);
    expect(await world.call('GET', '/progress', { as })).toMatchObject({
      body: { items: [{ courseId: 'ts', courseTitle: 'About ts', access: false, percent: 33.33 }] },
    });
  });

  it('lists my courses in pages, also those that I have not begun', async () => {
    const as = await world.learner(['ts', 'other']);
    await world.complete(as, 'ts', 'a');
    const first = await world.call('GET', '/progress?limit=1', { as });
    expect(first.body).toMatchObject({ items: [{ courseId: 'other', percent: 0, completed: false, access: true }] });
    const { next } = first.body as { next: string };
    expect(await world.call('GET', `/progress?limit=1&after=${next}`, { as })).toMatchObject({
      body: { items: [{ courseId: 'ts', percent: 33.33, lastAccessed: { lectureId: 'a' } }] },
    });
    expect(await world.call('GET', '/progress?after=forged', { as })).toMatchObject({ status: 400 });
  });
});
