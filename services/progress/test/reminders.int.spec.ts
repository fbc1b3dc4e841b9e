import { beginningOverdue, learningNotBegun } from '@lyceum/contracts';
import { FakeClock, eventually } from '@lyceum/testing';
import { World, at, grace } from './world.js';

const day = 86_400_000;

describe('the reminder of a course that was not begun', () => {
  let world: World;
  let clock: FakeClock;
  beforeAll(async () => {
    clock = new FakeClock(new Date(at));
    world = await World.start({ clock });
    await world.publish('ts', [
      { lectureId: 'a', kind: 'video' },
      { lectureId: 'b', kind: 'video' },
    ]);
  });
  afterAll(() => world.close());
  beforeEach(() => clock.set(at));

  const reminded = (id: string) => world.told('progress.learning-not-begun.v1', id);
  const overdue = (id: string) => world.told('progress.beginning-overdue.v1', id);

  it('is told a week after the enrolment, once, however often everything is delivered', async () => {
    const { id } = await world.learner(['ts']);
    await world.enrol(id, 'ts', 1);
    clock.advance(7 * day);
    await eventually(() => expect(reminded(id)).toHaveLength(1));
    expect(learningNotBegun.parse(reminded(id)[0]).data).toEqual({
      learnerId: id,
      courseId: 'ts',
      courseTitle: 'About ts',
      enrolledAt: at,
    });
    for (let i = 0; i < 3; i += 1) {
      await world.booted.deliver(beginningOverdue, beginningOverdue.parse(overdue(id)[0]).data);
      await world.enrol(id, 'ts');
    }
    expect(overdue(id)).toHaveLength(1);
    expect(reminded(id)).toHaveLength(1);
  });

  it('is not told to who has begun, and not to who has the course no more; a witness is told', async () => {
    const [begun, watching, gone, back, witness] = await Promise.all(
      Array.from({ length: 5 }, () => world.learner(['ts'])),
    );
    if (!begun || !watching || !gone || !back || !witness) throw new Error('Somebody is missing');
    await world.complete(begun, 'ts', 'a');
    await world.call('PUT', '/progress/ts/lectures/a/position', { as: watching, body: { seconds: 3 } });
    await world.endEnrolment(gone.id, 'ts');
    await world.endEnrolment(back.id, 'ts', 1); // an old end, heard of late
    clock.advance(8 * day);
    await eventually(() => {
      for (const { id } of [back, witness]) expect(reminded(id)).toHaveLength(1);
    });
    for (const { id } of [begun, watching, gone]) expect(overdue(id)).toEqual([]);
  });

  it('does nothing when it fires for somebody who has begun or has gone all the same', async () => {
    const [begun, gone] = await Promise.all([world.learner(['ts']), world.learner(['ts'])]);
    await world.complete(begun, 'ts', 'a');
    await world.endEnrolment(gone.id, 'ts');
    for (const { id } of [begun, gone])
      await world.booted.deliver(beginningOverdue, {
        learnerId: id,
        courseId: 'ts',
        courseTitle: 'About ts',
        enrolledAt: at,
      });
    for (const { id } of [begun, gone]) expect(reminded(id)).toEqual([]);
  });

  it('counts nobody as a learner who has begun before a lecture was opened', async () => {
    await world.publish('fresh', [{ lectureId: 'f', kind: 'video' }]);
    const waiting = await world.learner(['fresh']);
    const begun = await world.learner(['fresh']);
    await world.complete(begun, 'fresh', 'f');
    const numbers = (await world.call('GET', '/analytics/courses', { as: grace })).body;
    expect(JSON.stringify(numbers)).toContain('"started":1');
    expect((await world.call('GET', '/progress/fresh', { as: waiting })).body).toMatchObject({ percent: 0 });
  });
});
