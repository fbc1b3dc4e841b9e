import type { Change } from '@lyceum/kernel';
import * as fc from 'fast-check';
import {
  type Learning,
  type Outline,
  awaitBeginning,
  completeLecture,
  moveTo,
  passQuiz,
  percentOf,
  positionIn,
  reconsider,
  remind,
  stopAwaiting,
} from './learning.js';

const at = new Date('2026-11-20T09:00:00Z');
const later = new Date('2026-11-21T09:00:00Z');
const place = { learnerId: 'ada', courseId: 'ts' };
const lecture = (lectureId: string, quizId?: string) => ({
  lectureId,
  title: lectureId,
  section: 'Begin',
  kind: quizId ? ('quiz' as const) : ('video' as const),
  ...(quizId ? { quizId } : {}),
  durationSeconds: 60,
});
const outlineOf = (edition: number, ...lectures: Outline['lectures']): Outline => ({ title: 'TS', edition, lectures });
const outline = outlineOf(1, lecture('a'), lecture('b'), lecture('q', 'quiz-1'));

type Step = (current: Learning | undefined) => Change<Learning>;
const done =
  (lectureId: string, of = outline): Step =>
  (current) =>
    completeLecture(current, place, of, lectureId, at);
const passed =
  (quizId = 'quiz-1', of = outline): Step =>
  (current) =>
    passQuiz(current, place, of, quizId, at);
const passedUnheard: Step = (current) => passQuiz(current, place, undefined, 'quiz-1', at);
const watched =
  (lectureId: string, seconds: number): Step =>
  (current) =>
    moveTo(current, place, outline, { lectureId, seconds }, at);
const published =
  (next: Outline): Step =>
  (current) =>
    reconsider(current as Learning, next, later);

/** Applies steps one after the other: the last state and everything that was told. */
function after(...steps: Step[]) {
  let learning: Learning | undefined;
  const told: unknown[] = [];
  for (const step of steps) {
    const change = step(learning);
    if (change.changed) learning = change.state;
    told.push(...change.events.map(({ type, data }) => ({ type, ...(data as object) })));
  }
  return { learning: learning as Learning, told };
}
const types = (told: unknown[]) => told.map((each) => (each as { type: string }).type);
const courseDone = 'progress.course-completed.v1';

describe('completing lectures', () => {
  it('raises the share of the edition, and completes the course with the last one', () => {
    const { learning, told } = after(done('b'), done('a'), passed());
    expect(learning.completion).toEqual({ status: 'completed', at, edition: 1 });
    expect(told).toMatchObject([
      { lectureId: 'b', percent: 33.33 },
      { lectureId: 'a', percent: 66.66 },
      { lectureId: 'q', percent: 100 },
      { type: courseDone, courseTitle: 'TS' },
    ]);
  });
  it('counts a lecture once', () => {
    expect(after(done('a'), done('a'), done('a')).told).toHaveLength(1);
  });
  it('refuses a lecture of another course, and a quiz that was not passed', () => {
    expect(() => done('z')(undefined)).toThrow(expect.objectContaining({ code: 'progress.lecture-not-found' }));
    expect(() => done('q')(undefined)).toThrow(expect.objectContaining({ code: 'progress.quiz-must-be-passed' }));
    expect(after(passed(), done('q')).told).toHaveLength(1);
  });
  it('ends the same in whatever order and however often things happen, and never tells twice', () => {
    const steps = [done('a'), done('b'), passed(), watched('a', 30), watched('a', 10)];
    fc.assert(
      fc.property(fc.shuffledSubarray([...steps, ...steps], { minLength: 10 }), (order) => {
        const { learning, told } = after(...order);
        expect(learning.completion.status).toBe('completed');
        expect(learning.lectures.map(({ lectureId }) => lectureId).sort()).toEqual(['a', 'b', 'q']);
        expect(positionIn(learning, 'a')).toBe(30);
        expect(types(told).filter((type) => type === courseDone)).toHaveLength(1);
        expect(told).toHaveLength(4);
      }),
    );
  });
});

describe('a passed quiz', () => {
  it('counts for a course that was heard of later', () => {
    const { learning, told } = after(passedUnheard, done('a'));
    expect(learning.lectures.map(({ lectureId }) => lectureId)).toEqual(['a', 'q']);
    expect(types(told)).toHaveLength(2);
  });
  it('completes its lecture when the course is heard of afterwards, at the time of the pass', () => {
    const { learning, told } = after(passedUnheard, published(outline));
    expect(learning.lectures).toEqual([{ lectureId: 'q', at, edition: 1 }]);
    expect(types(told)).toEqual(['progress.lecture-completed.v1']);
    expect(learning).toEqual(after(passed()).learning);
  });
  it('completes every lecture that consists of it, and none of another quiz', () => {
    const twice = outlineOf(2, lecture('q', 'quiz-1'), lecture('q2', 'quiz-1'), lecture('other', 'quiz-2'));
    expect(percentOf(after(passed('quiz-1', twice)).learning, twice)).toBe(66.66);
  });
});

describe('another edition', () => {
  const all = [done('a'), done('b'), passed()];
  it('with more content does not revoke a completion', () => {
    const more = outlineOf(2, ...outline.lectures, lecture('new'));
    const { learning, told } = after(...all, published(more), done('new', more));
    expect(after(...all).learning).toMatchObject({ completion: { status: 'completed', edition: 1 } });
    expect(percentOf(after(...all).learning, more)).toBe(75);
    expect(learning.completion).toEqual({ status: 'completed', at, edition: 1 });
    expect(types(told).filter((type) => type === courseDone)).toHaveLength(1);
  });
  it('without what was lacking completes the course', () => {
    const less = outlineOf(2, lecture('a'));
    const { learning, told } = after(done('a'), published(less), published(less));
    expect(learning.completion).toEqual({ status: 'completed', at: later, edition: 2 });
    expect(types(told)).toEqual(['progress.lecture-completed.v1', courseDone]);
  });
  it('without any lecture completes nothing', () => {
    expect(after(done('a'), published(outlineOf(2))).learning.completion.status).toBe('in progress');
  });
});

describe('the position in a lecture', () => {
  it('never goes down, whatever order reports arrive in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1 }), (reports) => {
        const { learning } = after(...reports.map((seconds) => watched('a', seconds)));
        expect(positionIn(learning, 'a')).toBe(Math.max(...reports));
      }),
    );
  });
  it('cannot be beyond the end, or in a lecture of another course', () => {
    expect(() => watched('a', 61)(undefined)).toThrow(expect.objectContaining({ code: 'progress.beyond-lecture' }));
    expect(() => watched('z', 1)(undefined)).toThrow(expect.objectContaining({ code: 'progress.lecture-not-found' }));
  });
  it('says which lecture was open last', () => {
    const { learning } = after(watched('a', 10), watched('b', 5), watched('a', 3));
    expect(learning.lastAccessed?.lectureId).toBe('a');
    expect(positionIn(learning, 'a')).toBe(10);
  });
});

it('the share is 100 only when everything is done', () => {
  const many = outlineOf(1, ...Array.from({ length: 30_000 }, (_, i) => lecture(String(i))));
  const lectures = many.lectures.slice(1).map(({ lectureId }) => ({ lectureId, at, edition: 1 }));
  expect(percentOf({ lectures }, many)).toBe(99.99);
});

describe('a learner who has not begun', () => {
  const week = new Date('2026-11-27T09:00:00Z');
  const enrolment = { courseTitle: 'TS', enrolledAt: at, lasts: true };
  const awaited = awaitBeginning(undefined, place, enrolment, at);
  const setBy = ({ timers }: ReturnType<typeof awaitBeginning>) => timers?.set ?? [];

  it('is awaited for a week from the enrolment', () => {
    expect(awaited.timers?.set).toMatchObject([
      {
        key: 'reminder',
        at: week,
        event: { type: 'progress.beginning-overdue.v1', data: { enrolledAt: at.toISOString() } },
      },
    ]);
    expect(awaited.state).not.toHaveProperty('startedAt');
  });
  it('is reminded once', () => {
    const reminded = remind(awaited.state, 'TS', true, week);
    expect(reminded.events).toMatchObject([{ type: 'progress.learning-not-begun.v1', data: place }]);
    expect(remind(reminded.state, 'TS', true, week).changed).toBe(false);
    expect(setBy(awaitBeginning(reminded.state, place, { ...enrolment, enrolledAt: later }, later))).toEqual([]);
  });
  it('is awaited once for one enrolment, and from the newest when enrolled again', () => {
    expect(awaitBeginning(awaited.state, place, enrolment, later).changed).toBe(false);
    const again = awaitBeginning(awaited.state, place, { ...enrolment, enrolledAt: later }, later);
    expect(again.timers?.set?.[0]?.at).toEqual(new Date('2026-11-28T09:00:00Z'));
  });
  it('is not reminded without access, nor after a beginning, nor of an enrolment that is long past', () => {
    expect(remind(awaited.state, 'TS', false, week).changed).toBe(false);
    expect(setBy(awaitBeginning(undefined, place, enrolment, new Date('2026-12-24T09:00:00Z')))).toEqual([]);
    expect(setBy(awaitBeginning(undefined, place, { ...enrolment, lasts: false }, at))).toEqual([]);
    const beginnings: Step[] = [done('a'), passed(), passedUnheard, watched('a', 1)];
    for (const begins of beginnings) {
      const begun = begins(awaited.state);
      expect(begun.timers).toEqual({ cancel: ['reminder'] });
      expect(begun.state.startedAt).toEqual(at);
      expect(remind(begun.state, 'TS', true, week).changed).toBe(false);
      expect(setBy(awaitBeginning(begun.state, place, { ...enrolment, enrolledAt: later }, later))).toEqual([]);
    }
    expect(stopAwaiting(awaited.state).timers).toEqual({ cancel: ['reminder'] });
  });
  it('is known by the newest enrolment, whatever was heard of first', () => {
    const renewed = { ...enrolment, enrolledAt: later };
    const older = awaitBeginning(awaitBeginning(undefined, place, renewed, later).state, place, enrolment, later);
    expect(older.changed).toBe(false);
    const begunFirst = awaitBeginning(done('a')(undefined).state, place, enrolment, later);
    expect(begunFirst.state.enrolledAt).toEqual(at);
    const endedFirst = awaitBeginning(undefined, place, { ...enrolment, lasts: false }, later);
    expect(endedFirst.state).toEqual(stopAwaiting(awaited.state).state);
  });
});
