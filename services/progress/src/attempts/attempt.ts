import { isDeepStrictEqual } from 'node:util';
import { quizPassed } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { type Answer, type Grade, grade, normalize } from '../quizzes/grading.js';
import type { Question, Quiz } from '../quizzes/quiz.js';
import { refusals } from '../refusals.js';
import { shuffled } from './shuffle.js';

export type AttemptStanding =
  | { readonly status: 'open' }
  | ({ readonly status: 'graded'; readonly at: Date; readonly answers: readonly Answer[] } & Grade);

/** One try of a learner at a quiz, which stays for it as it was at the beginning. */
export interface Attempt {
  readonly id: string;
  readonly quizId: string;
  readonly learnerId: string;
  readonly courseId: string;
  /** Counts the learner's attempts at the quiz in the course, from 1. */
  readonly number: number;
  /** Decides the order of questions and options. */
  readonly seed: number;
  readonly title: string;
  readonly passPercent: number;
  readonly questions: readonly Question[];
  readonly startedAt: Date;
  readonly expiresAt?: Date | undefined;
  readonly standing: AttemptStanding;
}

export interface Taker {
  readonly learnerId: string;
  readonly courseId: string;
}

/** Begins the learner's attempt of that number. Refuses more attempts than the quiz allows. */
export function begin(
  quiz: Quiz,
  taker: Taker,
  { id, number, seed }: Pick<Attempt, 'id' | 'number' | 'seed'>,
  at: Date,
): Change<Attempt> {
  const { maxAttempts, timeLimitSeconds, title, passPercent, questions } = quiz;
  if (maxAttempts !== undefined && number > maxAttempts) throw refusals.noAttemptsLeft(undefined, { maxAttempts });
  return changed({
    ...taker,
    id,
    number,
    seed,
    quizId: quiz.id,
    title,
    passPercent,
    questions,
    startedAt: at,
    ...(timeLimitSeconds === undefined ? {} : { expiresAt: new Date(at.getTime() + timeLimitSeconds * 1_000) }),
    standing: { status: 'open' },
  });
}

/**
 * Grades the answers, once: the same answers again change nothing. Refuses another learner's attempt, other answers than the
 * first, and answers that come later than `graceMs` after the end of the time.
 */
export function submit(
  current: Attempt | undefined,
  learnerId: string,
  answers: readonly Answer[],
  at: Date,
  graceMs: number,
): Change<Attempt> {
  const attempt = ofLearner(current, learnerId);
  const { id, quizId, courseId, questions, standing } = attempt;
  const given = normalize(questions, answers);
  if (standing.status === 'graded') {
    if (isDeepStrictEqual(given, standing.answers)) return unchanged(attempt);
    throw refusals.alreadySubmitted();
  }
  if (isOver(attempt, at, graceMs)) throw refusals.timeIsUp();
  const graded = grade(questions, given, attempt.passPercent);
  const { passed, scorePercent } = graded;
  const passedAt = at.toISOString();
  return changed(
    { ...attempt, standing: { status: 'graded', at, answers: given, ...graded } },
    passed ? [quizPassed({ learnerId, courseId, quizId, attemptId: id, scorePercent, passedAt })] : [],
  );
}

/** The attempt, if it is this learner's. */
export function ofLearner(attempt: Attempt | undefined, learnerId: string): Attempt {
  if (attempt?.learnerId !== learnerId) throw refusals.attemptNotFound();
  return attempt;
}

/** Whether the time for answers has run out. */
export const isOver = ({ expiresAt }: Attempt, at: Date, graceMs: number): boolean =>
  expiresAt !== undefined && at.getTime() > expiresAt.getTime() + graceMs;

/** What a learner may see of a question: never its key. */
export interface AskedQuestion {
  readonly questionId: string;
  readonly type: Question['type'];
  readonly prompt: string;
  readonly points: number;
  readonly options?: { readonly optionId: string; readonly text: string }[];
}

/** The questions without their keys, in the order of this attempt. */
export function questionsOf({ questions, seed }: Pick<Attempt, 'questions' | 'seed'>): AskedQuestion[] {
  return shuffled(
    questions.map((question, index) => {
      const { questionId, type, prompt, points } = question;
      const asked = { questionId, type, prompt, points };
      if (!('options' in question)) return asked;
      const options = question.options.map(({ optionId, text }) => ({ optionId, text }));
      return { ...asked, options: shuffled(options, seed ^ (index + 1)) };
    }),
    seed,
  );
}
