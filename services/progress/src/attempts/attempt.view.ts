import { Id } from '@lyceum/contracts';
import { z } from 'zod';
import { type Attempt, isOver, questionsOf } from './attempt.js';

export const BeginAttempt = z
  .strictObject({ courseId: Id.optional().describe('needed when several of my courses contain the quiz') })
  .nullish()
  .meta({ id: 'BeginAttempt' });
export type BeginAttempt = z.infer<typeof BeginAttempt>;

const Answer = z.strictObject({
  questionId: Id,
  optionIds: z.array(Id).max(50).optional().describe('for single and multiple'),
  value: z
    .union([z.string().max(2_000), z.number(), z.boolean()])
    .optional()
    .describe('for every other type'),
});

export const Submission = z.strictObject({ answers: z.array(Answer).max(200) }).meta({ id: 'Submission' });
export type Submission = z.infer<typeof Submission>;

const begun = {
  attemptId: z.string(),
  quizId: z.string(),
  courseId: z.string(),
  title: z.string(),
  passPercent: z.number(),
  startedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional().describe('when the answers must have been submitted'),
  questions: z.array(
    z.object({
      questionId: z.string(),
      type: z.enum(['single', 'multiple', 'true-false', 'short-text', 'numeric']),
      prompt: z.string(),
      points: z.number(),
      options: z.array(z.object({ optionId: z.string(), text: z.string() })).optional(),
    }),
  ),
};
const result = {
  passed: z.boolean(),
  scorePercent: z.number(),
  feedback: z.array(z.object({ questionId: z.string(), correct: z.boolean(), points: z.number() })),
};

export const BegunAttempt = z.object(begun).meta({ id: 'BegunAttempt' });
export type BegunAttempt = z.infer<typeof BegunAttempt>;

export const GradedAttempt = z.object({ attemptId: z.string(), ...result }).meta({ id: 'GradedAttempt' });
export type GradedAttempt = z.infer<typeof GradedAttempt>;

export const AttemptView = z
  .object({
    ...begun,
    status: z.enum(['open', 'over', 'graded']).describe('over: the time ran out without a submission'),
    submittedAt: z.iso.datetime().optional(),
    answers: z.array(Answer).optional(),
    result: z.object(result).optional(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof AttemptView>;

/** What a learner gets to answer: nothing in it tells what is right. */
export function begunView(attempt: Attempt): BegunAttempt {
  const { id, quizId, courseId, title, passPercent, startedAt, expiresAt } = attempt;
  return {
    attemptId: id,
    quizId,
    courseId,
    title,
    passPercent,
    startedAt: startedAt.toISOString(),
    ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    questions: questionsOf(attempt),
  };
}

export function gradedView(attempt: Attempt): GradedAttempt {
  const graded = resultOf(attempt);
  if (!graded) throw new TypeError(`The attempt ${attempt.id} is not graded`);
  return { attemptId: attempt.id, ...graded };
}

export function viewOf(attempt: Attempt, now: Date, graceMs: number): AttemptView {
  const { standing } = attempt;
  const view = begunView(attempt);
  const graded = resultOf(attempt);
  if (standing.status === 'open' || !graded)
    return { ...view, status: isOver(attempt, now, graceMs) ? 'over' : 'open' };
  return {
    ...view,
    status: 'graded',
    submittedAt: standing.at.toISOString(),
    answers: standing.answers.map(({ optionIds, ...answer }) => ({
      ...answer,
      ...(optionIds ? { optionIds: [...optionIds] } : {}),
    })),
    result: graded,
  };
}

function resultOf({ standing }: Attempt): Omit<GradedAttempt, 'attemptId'> | undefined {
  if (standing.status !== 'graded') return undefined;
  const { passed, scorePercent, results } = standing;
  return { passed, scorePercent, feedback: results.map((each) => ({ ...each })) };
}
