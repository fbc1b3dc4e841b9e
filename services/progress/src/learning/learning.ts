import {
  type LectureKind,
  beginningOverdue,
  courseCompleted,
  learningNotBegun,
  lectureCompleted,
} from '@lyceum/contracts';
import { type Change, type DomainEvent, type Timers, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** What a course requires in its current edition. */
export interface Outline {
  readonly title: string;
  readonly edition: number;
  readonly lectures: readonly OutlineLecture[];
}

export interface OutlineLecture {
  readonly lectureId: string;
  readonly title: string;
  readonly section: string;
  readonly kind: LectureKind;
  readonly quizId?: string | undefined;
  readonly durationSeconds: number;
}

export interface CompletedLecture {
  readonly lectureId: string;
  readonly at: Date;
  /** Of the course, at that time. */
  readonly edition: number;
}

/** How far into a lecture the learner has come: never goes down. */
export interface Position {
  readonly lectureId: string;
  readonly seconds: number;
}

export type Completion =
  | { readonly status: 'in progress' }
  | { readonly status: 'completed'; readonly at: Date; readonly edition: number };

/** What a learner has done of a course, or has yet to begin. */
export interface Learning {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  /** Absent until the learner begins. */
  readonly startedAt?: Date | undefined;
  /** Of the newest enrolment that was heard of. */
  readonly enrolledAt?: Date | undefined;
  /** When we told of it that nothing had been begun. */
  readonly remindedAt?: Date | undefined;
  readonly lectures: readonly CompletedLecture[];
  /** Also those that the course does not contain any more, or not yet: another edition may. */
  readonly passedQuizzes: readonly { readonly quizId: string; readonly at: Date }[];
  readonly positions: readonly Position[];
  readonly lastAccessed?: { readonly lectureId: string; readonly at: Date } | undefined;
  readonly completion: Completion;
}

export interface Place {
  readonly learnerId: string;
  readonly courseId: string;
}

type Current = Learning | undefined;

const day = 86_400_000;
const remindAfterMs = 7 * day;
/** Who hears so late of an enrolment does not remind anybody of it any more. */
const longPastMs = 14 * day;
const reminder = 'reminder';
const noReminder: Timers = { cancel: [reminder] };

export const learningId = ({ learnerId, courseId }: Place): string => `${learnerId}:${courseId}`;

/** The learner may begin from `enrolledAt` on. After a week we look whether that has happened, unless the access has ended since. */
export function awaitBeginning(
  current: Current,
  place: Place,
  { courseTitle, enrolledAt, lasts }: { courseTitle: string; enrolledAt: Date; lasts: boolean },
  at: Date,
): Change<Learning> {
  const learning = current ?? unbegun(place);
  if (learning.enrolledAt !== undefined && learning.enrolledAt >= enrolledAt) return unchanged(learning);
  const next = { ...learning, enrolledAt };
  const longPast = at.getTime() - enrolledAt.getTime() > longPastMs;
  if (!lasts || longPast || hasBegun(learning) || learning.remindedAt) return changed(next);
  const event = beginningOverdue({ ...place, courseTitle, enrolledAt: enrolledAt.toISOString() });
  const due = new Date(enrolledAt.getTime() + remindAfterMs);
  return changed(next, [], { set: [{ key: reminder, at: due, event }] });
}

/** The learner has the course no more: there is nothing to wait for. */
export function stopAwaiting(current: Learning): Change<Learning> {
  return hasBegun(current) || current.remindedAt ? unchanged(current) : changed(current, [], noReminder);
}

/** The week is over. Nobody is reminded who has begun, has the course no more, or was reminded before. */
export function remind(current: Learning, courseTitle: string, entitled: boolean, at: Date): Change<Learning> {
  const { learnerId, courseId, enrolledAt } = current;
  if (!entitled || !enrolledAt || hasBegun(current) || current.remindedAt) return unchanged(current);
  const told = learningNotBegun({ learnerId, courseId, courseTitle, enrolledAt: enrolledAt.toISOString() });
  return changed({ ...current, remindedAt: at }, [told]);
}

/** The learner is done with a lecture. Refuses a lecture of another course, and a quiz: that must be passed. */
export function completeLecture(
  current: Current,
  place: Place,
  outline: Outline,
  lectureId: string,
  at: Date,
): Change<Learning> {
  const lecture = lectureIn(outline, lectureId);
  const learning = begun(current, place, at);
  if (!hasCompleted(learning, lectureId)) {
    if (lecture.kind === 'quiz') throw refusals.quizMustBePassed();
    const done = { lectureId, at, edition: outline.edition };
    const next = { ...learning, lectures: [...learning.lectures, done], lastAccessed: { lectureId, at } };
    return settle(learning, next, outline, at);
  }
  return settle(learning, learning, outline, at);
}

/** A quiz was passed: every lecture of the course that consists of it is complete. */
export function passQuiz(
  current: Current,
  place: Place,
  outline: Outline | undefined,
  quizId: string,
  at: Date,
): Change<Learning> {
  const learning = begun(current, place, at);
  const known = learning.passedQuizzes.some((each) => each.quizId === quizId);
  const next = known ? learning : { ...learning, passedQuizzes: [...learning.passedQuizzes, { quizId, at }] };
  return outline ? settle(learning, next, outline, at) : known ? unchanged(learning) : changed(next, [], noReminder);
}

/**
 * The learner is that many seconds into a lecture. A late or repeated report never moves the position back.
 * Refuses a lecture of another course, and more seconds than the lecture lasts.
 */
export function moveTo(
  current: Current,
  place: Place,
  outline: Outline,
  { lectureId, seconds }: Position,
  at: Date,
): Change<Learning> {
  const { durationSeconds } = lectureIn(outline, lectureId);
  if (seconds > durationSeconds) throw refusals.beyondLecture(undefined, { durationSeconds });
  const learning = begun(current, place, at);
  const others = learning.positions.filter((each) => each.lectureId !== lectureId);
  const before = positionIn(learning, lectureId);
  if (before !== undefined && seconds <= before && learning.lastAccessed?.lectureId === lectureId)
    return settle(learning, learning, outline, at);
  const furthest = { lectureId, seconds: Math.max(before ?? 0, seconds) };
  const next = { ...learning, positions: [...others, furthest], lastAccessed: { lectureId, at } };
  return settle(learning, next, outline, at);
}

/** The course has another edition: what was done may now be everything that it requires. */
export function reconsider(current: Learning, outline: Outline, at: Date): Change<Learning> {
  return settle(current, current, outline, at);
}

/** Share of the current edition's lectures that are complete: 0 to 100 with two decimals; 100 only when all are. */
export function percentOf({ lectures }: Pick<Learning, 'lectures'>, outline: Outline): number {
  const done = new Set(lectures.map((each) => each.lectureId));
  const required = outline.lectures.length;
  if (required === 0) return 0;
  return Math.floor((10_000 * outline.lectures.filter((each) => done.has(each.lectureId)).length) / required) / 100;
}

export const hasBegun = ({ startedAt }: Learning): boolean => startedAt !== undefined;

export const hasCompleted = ({ lectures }: Learning, lectureId: string): boolean =>
  lectures.some((each) => each.lectureId === lectureId);

export const positionIn = ({ positions }: Learning, lectureId: string): number | undefined =>
  positions.find((each) => each.lectureId === lectureId)?.seconds;

/** Counts lectures of passed quizzes, tells of each newly completed lecture, and of the course once. */
function settle(before: Learning, after: Learning, outline: Outline, at: Date): Change<Learning> {
  const passed = new Map(after.passedQuizzes.map((each) => [each.quizId, each.at]));
  const lectures = [...after.lectures];
  for (const { lectureId, quizId } of outline.lectures)
    if (quizId !== undefined && passed.has(quizId) && !hasCompleted(after, lectureId))
      lectures.push({ lectureId, at: passed.get(quizId) ?? at, edition: outline.edition });
  const { learnerId, courseId } = after;
  const events: DomainEvent[] = [];
  for (let count = before.lectures.length; count < lectures.length; count += 1) {
    const newest = lectures[count];
    if (!newest) continue;
    const percent = percentOf({ lectures: lectures.slice(0, count + 1) }, outline);
    const completedAt = newest.at.toISOString();
    events.push(lectureCompleted({ learnerId, courseId, lectureId: newest.lectureId, percent, completedAt }));
  }
  let { completion } = after;
  if (completion.status === 'in progress' && percentOf({ lectures }, outline) === 100) {
    completion = { status: 'completed', at, edition: outline.edition };
    events.push(courseCompleted({ learnerId, courseId, courseTitle: outline.title, completedAt: at.toISOString() }));
  }
  if (after === before && events.length === 0) return unchanged(before);
  return changed({ ...after, lectures, completion }, events, noReminder);
}

function lectureIn({ lectures }: Outline, lectureId: string): OutlineLecture {
  const lecture = lectures.find((each) => each.lectureId === lectureId);
  if (!lecture) throw refusals.lectureNotFound();
  return lecture;
}

/** The learner begins now, unless that has happened before. */
function begun(current: Current, place: Place, at: Date): Learning {
  const learning = current ?? unbegun(place);
  return hasBegun(learning) ? learning : { ...learning, startedAt: at };
}

const unbegun = (place: Place): Learning => ({
  ...place,
  id: learningId(place),
  lectures: [],
  passedQuizzes: [],
  positions: [],
  completion: { status: 'in progress' },
});
