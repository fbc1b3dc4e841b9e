import { type Quiz, type QuizDraft, define, redefine } from './quiz.js';

const at = new Date('2026-11-20T09:00:00Z');
const counter = () => {
  let count = 0;
  return () => `id-${(count += 1)}`;
};
const option = (text: string, correct: boolean) => ({ text, correct });
const draft: QuizDraft = {
  title: 'Unions',
  passPercent: 60,
  questions: [
    { type: 'single', prompt: 'one', points: 1, options: [option('a', true), option('b', false)] },
    { type: 'true-false', prompt: 'two', points: 1, correct: true },
  ],
};
const defined = (): Quiz => define(undefined, { id: 'q', ownerId: 'grace' }, draft, counter(), at).state;
const unknown = expect.objectContaining({ code: 'progress.unknown-question' });

describe('a quiz', () => {
  it('gets ids for its questions and options, and the world is told', () => {
    const change = define(undefined, { id: 'q', ownerId: 'grace' }, draft, counter(), at);
    expect(change.state.questions).toMatchObject([
      { questionId: 'id-1', options: [{ optionId: 'id-2' }, { optionId: 'id-3' }] },
      { questionId: 'id-4' },
    ]);
    expect(change.events).toMatchObject([
      { type: 'progress.quiz-defined.v1', data: { quizId: 'q', ownerId: 'grace', questionCount: 2 } },
    ]);
  });
  it('keeps the ids of what stays when it is replaced', () => {
    const quiz = defined();
    const [first] = quiz.questions;
    const next = { ...draft, questions: first ? [first, ...draft.questions.slice(1)] : [] };
    expect(redefine(quiz, 'grace', next, () => 'new', at).state.questions).toMatchObject([
      { questionId: 'id-1', options: [{ optionId: 'id-2' }, { optionId: 'id-3' }] },
      { questionId: 'new' },
    ]);
  });
  it('refuses ids that it does not have or that are given twice', () => {
    const quiz = defined();
    const [first] = quiz.questions;
    const replace = (questions: QuizDraft['questions']) => () =>
      redefine(quiz, 'grace', { ...draft, questions }, counter(), at);
    expect(replace([{ type: 'true-false', prompt: '?', points: 1, correct: true, questionId: 'none' }])).toThrow(
      unknown,
    );
    expect(replace(first ? [first, first] : [])).toThrow(unknown);
    const options = [
      { ...option('a', true), optionId: 'id-2' },
      { ...option('b', false), optionId: 'id-2' },
    ];
    expect(replace([{ type: 'single', prompt: '?', points: 1, questionId: 'id-1', options }])).toThrow(unknown);
  });
  it('is replaced by nobody but its owner, and only if it is there', () => {
    for (const [quiz, owner] of [
      [defined(), 'mallory'],
      [undefined, 'grace'],
    ] as const)
      expect(() => redefine(quiz, owner, draft, counter(), at)).toThrow(
        expect.objectContaining({ code: 'progress.quiz-not-found' }),
      );
  });
});
