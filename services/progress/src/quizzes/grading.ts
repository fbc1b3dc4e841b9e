import { refusals } from '../refusals.js';
import type { Question } from './quiz.js';

/** What a learner says: options for a choice, a value for anything else. */
export interface Answer {
  readonly questionId: string;
  readonly optionIds?: readonly string[] | undefined;
  readonly value?: string | number | boolean | undefined;
}

export interface Result {
  readonly questionId: string;
  readonly correct: boolean;
  readonly points: number;
}

export interface Grade {
  readonly passed: boolean;
  /** Of all points, with two decimals. */
  readonly scorePercent: number;
  readonly results: readonly Result[];
}

/**
 * Brings answers into one form, so that the same ones can be recognised: in the order of the questions, choices sorted and
 * without repetition. Refuses answers to questions that were not asked, two to one question, and values of another kind.
 */
export function normalize(questions: readonly Question[], answers: readonly Answer[]): Answer[] {
  const given = new Map(answers.map((answer) => [answer.questionId, answer]));
  if (given.size < answers.length) throw refusals.answerDoesNotFit('A question is answered twice');
  const normal = questions.flatMap((question) => {
    const answer = given.get(question.questionId);
    given.delete(question.questionId);
    return answer ? [fitted(question, answer)] : [];
  });
  for (const [questionId] of given) throw refusals.answerDoesNotFit('It was not asked', { questionId });
  return normal;
}

/** Grades normalized answers. What was not answered is wrong; a choice counts as a whole. */
export function grade(questions: readonly Question[], answers: readonly Answer[], passPercent: number): Grade {
  const given = new Map(answers.map((answer) => [answer.questionId, answer]));
  const results = questions.map((question) => {
    const { questionId, points } = question;
    const answer = given.get(questionId);
    const correct = answer !== undefined && isRight(question, answer);
    return { questionId, correct, points: correct ? points : 0 };
  });
  const earned = sum(results.map(({ points }) => points));
  const total = sum(questions.map(({ points }) => points));
  return {
    passed: earned * 100 >= passPercent * total,
    scorePercent: Math.round((10_000 * earned) / total) / 100,
    results,
  };
}

function fitted(question: Question, { questionId, optionIds, value }: Answer): Answer {
  const misfit = () => refusals.answerDoesNotFit(`It must answer a question of type ${question.type}`, { questionId });
  if (question.type === 'single' || question.type === 'multiple') {
    if (!optionIds || value !== undefined) throw misfit();
    const chosen = [...new Set(optionIds)].sort();
    const known = new Set(question.options.map((each) => each.optionId));
    if (!chosen.every((each) => known.has(each)) || (question.type === 'single' && chosen.length > 1)) throw misfit();
    return { questionId, optionIds: chosen };
  }
  const kind = { 'true-false': 'boolean', 'short-text': 'string', numeric: 'number' }[question.type];
  if (optionIds || typeof value !== kind) throw misfit();
  return { questionId, value };
}

function isRight(question: Question, { optionIds = [], value }: Answer): boolean {
  switch (question.type) {
    case 'single':
    case 'multiple': {
      const chosen = new Set(optionIds);
      return question.options.every((option) => option.correct === chosen.has(option.optionId));
    }
    case 'true-false':
      return value === question.correct;
    case 'short-text':
      return typeof value === 'string' && question.accepted.some((each) => plain(each) === plain(value));
    case 'numeric':
      return typeof value === 'number' && isWithin(value, question);
  }
}

// 0.1 + 0.2 is to count as within 0 of 0.3
const isWithin = (given: number, { value, tolerance }: { value: number; tolerance: number }): boolean =>
  Math.abs(given - value) <= tolerance + 4 * Number.EPSILON * Math.max(Math.abs(given), Math.abs(value));

/** Letter case, spaces at the ends and their number in between do not count. */
const plain = (text: string): string => text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLocaleLowerCase('und');

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
