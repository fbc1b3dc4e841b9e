import { PersonalData } from '@lyceum/host';
import { collected, eraseFrom, eventually, tracesOf } from '@lyceum/testing';
import { lectureCompleted, profileChanged, quizPassed, userRegistered } from '@lyceum/contracts';
import { AttemptsStore } from '../src/attempts/attempts.store.js';
import { World, answersTo, at, grace, quizBody } from './world.js';

jest.setTimeout(60_000);

const json = { accept: 'application/json' };
const admin = { id: 'root', roles: ['ADMIN'] as const };
const canary = 'Canary';

interface Asked {
  attemptId: string;
  questions: { questionId: string; prompt: string; options?: { optionId: string; text: string }[] }[];
}

interface Numbers extends Record<string, unknown> {
  quizzes: { items: { questionId: string }[] }[];
}

describe('the personal data of progress', () => {
  let world: World;
  let quizId: string;
  let courses = 0;
  beforeAll(async () => {
    world = await World.start();
    const { body } = await world.call('POST', '/quizzes', { as: grace, body: quizBody });
    quizId = (body as { quizId: string }).quizId;
  });
  afterAll(() => world.close());

  const traces = (text: string) => tracesOf(world.booted.service, text);
  const deeds = async (text: string) => (await traces(text)).filter((place) => !place.startsWith('event_log/'));
  const numbers = async (courseId: string) => {
    const { body } = await world.call('GET', `/analytics/courses/${courseId}`, { as: admin });
    const { asOf: _, active: _active, quizzes, ...rest } = body as Numbers;
    const byId = (a: { questionId: string }, b: { questionId: string }) => a.questionId.localeCompare(b.questionId);
    return { ...rest, quizzes: quizzes.map(({ items, ...quiz }) => ({ ...quiz, items: items.toSorted(byId) })) };
  };

  async function course(): Promise<string> {
    const courseId = `course-${(courses += 1)}`;
    await world.publish(courseId, [
      { lectureId: 'a', kind: 'article' },
      { lectureId: 'q', kind: 'quiz', quizId },
    ]);
    return courseId;
  }

  async function attempt(as: { id: string }, courseId: string): Promise<Asked> {
    const begun = await world.call('POST', `/quizzes/${quizId}/attempts`, { as, body: { courseId } });
    expect(begun.status).toBe(201);
    return begun.body as Asked;
  }

  /** Somebody with everything: a completed course, one just begun, a failed attempt with a text of their own, a certificate. */
  async function learner(done: string, begun: string) {
    const as = await world.learner([done, begun], [canary, 'Hopper']);
    await world.complete(as, done, 'a');
    await world.call('PUT', `/progress/${begun}/lectures/a/position`, { as, body: { seconds: 7 } });
    const failed = await attempt(as, done);
    const text = failed.questions.find(({ prompt }) => prompt.startsWith('The keyword'));
    const answers = [{ questionId: text?.questionId, value: `${canary} thinks so` }];
    await world.call('POST', `/attempts/${failed.attemptId}/submission`, { as, body: { answers } });
    const passed = await attempt(as, done);
    await world.call('POST', `/attempts/${passed.attemptId}/submission`, {
      as,
      body: { answers: answersTo(passed.questions) },
    });
    await attempt(as, begun); // left open
    const certificate = await world.certificateOf(as);
    await eventually(async () => expect(await deeds('pendingSince')).toEqual([]));
    return { as, ...certificate };
  }

  it('is exported whole, without the keys of quizzes and without anybody else', async () => {
    const [done, begun] = [await course(), await course()];
    const { as, code } = await learner(done, begun);
    const other = await world.learner([done], ['Bob', 'Stranger']);
    await world.complete(other, done, 'a');
    const data = await collected(world.booted.service, as.id);
    expect(Object.fromEntries(Object.entries(data).map(([name, records]) => [name, records.length]))).toEqual({
      name: 1,
      'courses-you-have': 2,
      learning: 2,
      attempts: 3,
      certificates: 1,
    });
    expect(data).toMatchObject({
      name: [{ name: 'Canary Hopper' }],
      certificates: [{ code, learnerName: 'Canary Hopper', status: 'issued' }],
    });
    expect(data['learning']).toContainEqual(
      expect.objectContaining({ courseId: begun, positions: [{ lectureId: 'a', seconds: 7 }] }),
    );
    const text = JSON.stringify(data);
    expect(text).toContain(`${canary} thinks so`);
    expect(text).not.toMatch(/accepted|tolerance|"correct":true,"text"|Stranger/);
    expect(text).not.toContain(other.id);
    const taught = await collected(world.booted.service, 'grace');
    expect(taught).toMatchObject({ quizzes: [{ quizId, title: 'Unions' }] });
    expect(taught['courses-you-teach']).toContainEqual(expect.objectContaining({ courseId: done }));
  });

  it('is erased: nothing of it is found, numbers stay what they were, and others have lost nothing', async () => {
    const [done, begun] = [await course(), await course()];
    const { as } = await learner(done, begun);
    const other = await world.learner([done], ['Bob', 'Stays']);
    await world.complete(other, done, 'a');
    const before = [await numbers(done), await numbers(begun)];
    expect(before[0]).toMatchObject({
      enrolled: 2,
      started: 2,
      completed: 1,
      certificates: 1,
      quizzes: [{ attempts: 2 }],
    });
    const theirs = await collected(world.booted.service, other.id);

    const receipt = await eraseFrom(world.booted, as.id);
    expect(receipt).toMatchObject({
      status: 'erased',
      found: expect.arrayContaining([
        { what: 'names on certificates to come', count: 1 },
        { what: 'courses of which something was learnt', count: 2 },
        { what: 'attempts at quizzes, with their answers', count: 3 },
        { what: 'names on certificates', count: 1 },
      ]),
      kept: [{ what: expect.stringContaining('numbers of the courses') }, { what: expect.stringContaining('codes') }],
    });
    expect(await collected(world.booted.service, as.id)).toEqual({});
    // other learners of this file are called so too; what this one wrote and was called is nowhere beside their id
    const left = await deeds(as.id);
    const rows = left.filter((place) => /^(entitlements|learners)\//.test(place));
    expect(left.filter((place) => !rows.includes(place))).toEqual([`erased_people/${as.id}`]);
    for (const place of rows) expect((await deeds(canary)).includes(place)).toBe(false);
    expect([await numbers(done), await numbers(begun)]).toEqual(before);
    expect(await collected(world.booted.service, other.id)).toEqual(theirs);
    expect(await world.complete(other, done, 'a')).toMatchObject({ status: 200 });
  });

  it('leaves no text of theirs anywhere', async () => {
    const [done, begun] = [await course(), await course()];
    const name = `Nightingale${Date.now()}`;
    const { as } = await learner(done, begun);
    await world.rename(as.id, [name, name], 9);
    expect(JSON.stringify(await collected(world.booted.service, as.id))).toContain(name);
    await eraseFrom(world.booted, as.id);
    expect(JSON.stringify(await collected(world.booted.service, as.id))).not.toContain(name);
    expect(await traces(name)).toEqual([]);
  });

  it('makes a certificate nameless: whoever verifies it reads that it was withdrawn; a revoked one stays revoked', async () => {
    const [done, begun] = [await course(), await course()];
    const { as, code } = await learner(done, begun);
    const revoked = await learner(done, begun);
    await world.call('POST', `/certificates/${revoked.certificateId}/revocation`, {
      as: admin,
      body: { reason: `${canary} cheated` },
    });
    const erasedAt = new Date('2026-11-21T08:00:00.000Z');
    await eraseFrom(world.booted, as.id, erasedAt);
    await eraseFrom(world.booted, revoked.as.id, erasedAt);
    const verified = await world.call('GET', `/verify/${code}`, { headers: json });
    expect(verified).toMatchObject({ status: 200, body: { code, valid: false, status: 'withdrawn' } });
    expect(verified.body).toEqual({
      valid: false,
      status: 'withdrawn',
      courseTitle: `About ${done}`,
      issuedAt: expect.any(String),
      withdrawnAt: erasedAt.toISOString(),
      code,
    });
    const page = await world.call('GET', `/verify/${code}`);
    expect(page.status).toBe(200);
    expect(page.body).toContain('This certificate has been withdrawn');
    expect(page.body).toContain('It was genuine when it was issued');
    expect(page.body).not.toContain(canary);
    const of = await world.call('GET', `/verify/${revoked.code}`, { headers: json });
    expect(of.body).toMatchObject({ valid: false, status: 'revoked', revokedAt: expect.any(String) });
    expect(of.body).not.toHaveProperty('learnerName');
    const ofRevoked = (await world.call('GET', `/verify/${revoked.code}`)).body;
    expect(ofRevoked).toContain('This certificate has been revoked');
    expect(ofRevoked).not.toMatch(/genuine|Canary/);
  });

  it('comes back by no late or repeated event, and none of them fails', async () => {
    const [done, begun] = [await course(), await course()];
    const { as } = await learner(done, begun);
    const never = await course();
    await eraseFrom(world.booted, as.id);
    const before = await deeds(as.id);
    const registered = { email: 'late@example.com', firstName: canary, lastName: 'Late', roles: ['STUDENT' as const] };
    await world.booted.deliver(userRegistered, { userId: as.id, ...registered, registeredAt: at });
    await world.booted.deliver(
      profileChanged,
      { userId: as.id, firstName: canary, lastName: 'Late', roles: ['STUDENT'], changedAt: at },
      { version: 50 },
    );
    for (const courseId of [done, never]) {
      await world.enrol(as.id, courseId);
      await world.endEnrolment(as.id, courseId);
      await world.enrol(as.id, courseId);
      await world.tellCompletedAgain(as.id, courseId);
      const pass = { learnerId: as.id, courseId, quizId, attemptId: 'late', scorePercent: 100, passedAt: at };
      await world.booted.deliver(quizPassed, pass);
    }
    expect(lectureCompleted.listeners).toBe('none');
    expect(await collected(world.booted.service, as.id)).toEqual({});
    const more = (await deeds(as.id)).filter((place) => !before.includes(place));
    // the place of a row that was never heard of stays empty for good
    expect(more).toEqual([`entitlements/${as.id}:${never}`]);
    expect(await world.complete(as, done, 'a')).toMatchObject({ status: 403 });
  });

  it('interrupted half-way and erased again, everybody is counted once, and the receipt says what there was', async () => {
    const [done, begun] = [await course(), await course()];
    const { as } = await learner(done, begun);
    const before = [await numbers(done), await numbers(begun)];
    const attempts = world.booted.service.app.get(AttemptsStore);
    for (const failure of ['first', 'second']) {
      const remove = attempts.remove.bind(attempts);
      let calls = 0;
      const spy = jest.spyOn(attempts, 'remove').mockImplementation((id) => {
        calls += 1;
        return calls === 2 ? Promise.reject(new Error(`the ${failure} crash`)) : remove(id);
      });
      await expect(eraseFrom(world.booted, as.id)).rejects.toThrow(`the ${failure} crash`);
      spy.mockRestore();
    }
    const { found, kept } = await eraseFrom(world.booted, as.id);
    expect(found).toEqual(
      expect.arrayContaining([
        { what: 'courses of which something was learnt', count: 2 },
        { what: 'attempts at quizzes, with their answers', count: 3 },
      ]),
    );
    expect([await numbers(done), await numbers(begun)]).toEqual(before);
    expect(await traces('anonymity_keys')).toEqual([]);
    // a later pass finds nothing, and still knows what is kept
    const data = world.booted.service.app.get(PersonalData);
    const context = { userId: as.id, erasureId: 'e', erasedAt: new Date() };
    const again = await data.erase(as.id, context);
    expect(again.erased.every(({ count }) => count === 0)).toBe(true);
    expect(again.kept).toEqual(kept);
    expect([await numbers(done), await numbers(begun)]).toEqual(before);
  });

  it('of an instructor: quizzes of published courses stay for those who learn, others go', async () => {
    const author = { id: 'author-to-go', roles: ['INSTRUCTOR'] as const };
    const define = async (title: string) =>
      ((await world.call('POST', '/quizzes', { as: author, body: { ...quizBody, title } })).body as { quizId: string })
        .quizId;
    const [used, unused] = [await define('Used'), await define('Of nobody’s concern')];
    await world.publish('taught', [{ lectureId: 'q', kind: 'quiz', quizId: used }], { instructorId: author.id });
    const pupil = await world.learner(['taught']);
    const receipt = await eraseFrom(world.booted, author.id);
    expect(receipt.found).toContainEqual({ what: 'quizzes that no published course contains', count: 1 });
    expect(receipt.kept.map(({ what }) => what.split(' ')[0])).toEqual(['quizzes', 'outlines']);
    expect(await traces('Of nobody’s concern')).toEqual([]);
    expect(await deeds(unused)).toEqual([]);
    const asked = (await world.call('POST', `/quizzes/${used}/attempts`, { as: pupil, body: {} })).body as Asked;
    const passed = await world.call('POST', `/attempts/${asked.attemptId}/submission`, {
      as: pupil,
      body: { answers: answersTo(asked.questions) },
    });
    expect(passed).toMatchObject({ status: 200 });
    expect(await world.certificateOf(pupil)).toMatchObject({ courseId: 'taught' });
  });
});
