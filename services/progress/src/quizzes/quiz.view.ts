import { Id } from '@lyceum/contracts';
import { z } from 'zod';
import type { Quiz } from './quiz.js';

// C0 controls but tab and line breaks, and halves of characters
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;
const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => value.isWellFormed() && !CONTROLS.test(value), 'contains characters that are not text');

const asked = {
  questionId: Id.optional().describe('of a question that stays; without it the question is new'),
  prompt: text(2_000),
  points: z.number().positive().max(1_000),
};

const options = z
  .array(z.strictObject({ optionId: Id.optional(), text: text(500), correct: z.boolean() }))
  .min(2)
  .max(20)
  .refine((all) => new Set(all.map((each) => each.text)).size === all.length, 'repeats an option');
const right = (all: readonly { correct: boolean }[]) => all.filter((each) => each.correct).length;

const Question = z
  .discriminatedUnion('type', [
    z.strictObject({
      ...asked,
      type: z.literal('single'),
      options: options.refine((all) => right(all) === 1, 'must have exactly one correct option'),
    }),
    z.strictObject({
      ...asked,
      type: z.literal('multiple'),
      options: options.refine((all) => right(all) > 0, 'must have a correct option'),
    }),
    z.strictObject({ ...asked, type: z.literal('true-false'), correct: z.boolean() }),
    z.strictObject({ ...asked, type: z.literal('short-text'), accepted: z.array(text(500)).min(1).max(50) }),
    z.strictObject({
      ...asked,
      type: z.literal('numeric'),
      value: z.number(),
      tolerance: z.number().nonnegative().default(0),
    }),
  ])
  .meta({ id: 'QuizQuestion' });

export const QuizBody = z
  .strictObject({
    title: text(200),
    passPercent: z.number().min(1).max(100),
    timeLimitSeconds: z.int().min(10).max(86_400).optional(),
    maxAttempts: z.int().min(1).max(100).optional().describe('for each learner and course'),
    questions: z.array(Question).min(1).max(200),
  })
  .meta({ id: 'QuizBody' });
export type QuizBody = z.infer<typeof QuizBody>;

export const QuizView = QuizBody.extend({ quizId: z.string(), definedAt: z.iso.datetime() })
  .describe('with the keys: for its owner only')
  .meta({ id: 'Quiz' });
export type QuizView = z.infer<typeof QuizView>;

export function viewOf(quiz: Quiz): QuizView {
  const { id, title, passPercent, timeLimitSeconds, maxAttempts, definedAt, questions } = quiz;
  return {
    quizId: id,
    title,
    passPercent,
    timeLimitSeconds,
    maxAttempts,
    definedAt: definedAt.toISOString(),
    questions: questions.map((question) => {
      if ('options' in question) return { ...question, options: [...question.options] };
      if ('accepted' in question) return { ...question, accepted: [...question.accepted] };
      return question;
    }),
  };
}
