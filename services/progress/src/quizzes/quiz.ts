import { quizDefined } from '@lyceum/contracts';
import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

export interface Option {
  readonly optionId: string;
  readonly text: string;
  readonly correct: boolean;
}

interface Asked {
  readonly questionId: string;
  readonly prompt: string;
  readonly points: number;
}

/** A question with its key. */
export type Question = Asked &
  (
    | { readonly type: 'single' | 'multiple'; readonly options: readonly Option[] }
    | { readonly type: 'true-false'; readonly correct: boolean }
    | { readonly type: 'short-text'; readonly accepted: readonly string[] }
    | { readonly type: 'numeric'; readonly value: number; readonly tolerance: number }
  );

/** A question as its author writes it: without ids it is a new one. */
export type QuestionDraft = {
  readonly questionId?: string | undefined;
  readonly prompt: string;
  readonly points: number;
} & (
  | {
      readonly type: 'single' | 'multiple';
      readonly options: readonly {
        readonly optionId?: string | undefined;
        readonly text: string;
        readonly correct: boolean;
      }[];
    }
  | { readonly type: 'true-false'; readonly correct: boolean }
  | { readonly type: 'short-text'; readonly accepted: readonly string[] }
  | { readonly type: 'numeric'; readonly value: number; readonly tolerance: number }
);

/** How a quiz is taken: an attempt keeps what was true when it began. */
export interface Terms {
  readonly title: string;
  /** Share of the points that is enough. */
  readonly passPercent: number;
  readonly timeLimitSeconds?: number | undefined;
  readonly maxAttempts?: number | undefined;
}

export interface Quiz extends Terms {
  readonly id: string;
  readonly ownerId: string;
  readonly questions: readonly Question[];
  readonly definedAt: Date;
}

export interface QuizDraft extends Terms {
  readonly questions: readonly QuestionDraft[];
}

type Current = Quiz | undefined;

/**
 * Makes the quiz of an id, or replaces it; a question or option that is given with its id stays the same one in statistics.
 * Refuses ids that the quiz does not have, and to replace another person's quiz. `nextId` names what is new.
 */
export function define(
  current: Current,
  { id, ownerId }: { id: string; ownerId: string },
  { questions, ...terms }: QuizDraft,
  nextId: () => string,
  at: Date,
): Change<Quiz> {
  if (current && current.ownerId !== ownerId) throw refusals.quizNotFound();
  const identified = questions.map((draft) => identify(draft, current?.questions ?? [], nextId));
  if (new Set(identified.map(({ questionId }) => questionId)).size < identified.length)
    throw refusals.unknownQuestion('Two questions have the same id');
  const quiz: Quiz = { ...terms, id, ownerId, questions: identified, definedAt: at };
  const { title } = terms;
  const told = { quizId: id, ownerId, title, questionCount: questions.length, definedAt: at.toISOString() };
  return changed(quiz, [quizDefined(told)]);
}

/** Replaces a quiz that exists. */
export function redefine(
  current: Current,
  ownerId: string,
  draft: QuizDraft,
  nextId: () => string,
  at: Date,
): Change<Quiz> {
  if (!current) throw refusals.quizNotFound();
  return define(current, { id: current.id, ownerId }, draft, nextId, at);
}

function identify(draft: QuestionDraft, known: readonly Question[], nextId: () => string): Question {
  const { questionId = nextId() } = draft;
  const before = known.find((each) => each.questionId === questionId);
  if (draft.questionId !== undefined && !before) throw refusals.unknownQuestion(undefined, { questionId });
  if (!('options' in draft)) return { ...draft, questionId };
  const knownOptions = new Set(before && 'options' in before ? before.options.map((each) => each.optionId) : []);
  const options = draft.options.map(({ optionId, ...option }) => {
    if (optionId !== undefined && !knownOptions.delete(optionId))
      throw refusals.unknownQuestion(undefined, { questionId, optionId });
    return { ...option, optionId: optionId ?? nextId() };
  });
  return { ...draft, questionId, options };
}
