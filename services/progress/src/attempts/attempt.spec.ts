import * as fc from 'fast-check';
import type { Answer } from '../quizzes/grading.js';
import type { Quiz } from '../quizzes/quiz.js';
import { type Attempt, begin, isOver, questionsOf, submit } from './attempt.js';
import { shuffled } from './shuffle.js';

const at = new Date('2026-11-20T09:00:00Z');
const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000);
const quiz: Quiz = {
  id: 'quiz',
  ownerId: 'grace',
  title: 'Unions',
  passPercent: 50,
  timeLimitSeconds: 60,
  maxAttempts: 2,
  definedAt: at,
  questions: [
    { questionId: 'a', type: 'true-false', prompt: 'one', points: 1, correct: true },
    {
      questionId: 'b',
      type: 'single',
      prompt: 'two',
      points: 1,
      options: ['x', 'y', 'z'].map((text, i) => ({ optionId: text, text, correct: i === 0 })),
    },
  ],
};
const taker = { learnerId: 'ada', courseId: 'ts' };
const begun = (number = 1): Attempt => begin(quiz, taker, { id: 'attempt', number, seed: 7 }, at).state;
const right: Answer[] = [{ questionId: 'a', value: true }];
const send = (attempt: Attempt | undefined, answers = right, when = at, learner = 'ada') =>
  submit(attempt, learner, answers, when, 10_000);
const refused = (code: string) => expect.objectContaining({ code: `progress.${code}` });

describe('an attempt', () => {
  it('is graded once, and passing is told once', () => {
    const { state, events } = send(begun());
    expect(state.standing).toMatchObject({ status: 'graded', passed: true, scorePercent: 50 });
    expect(events).toMatchObject([
      { type: 'progress.quiz-passed.v1', data: { ...taker, quizId: 'quiz', attemptId: 'attempt', scorePercent: 50 } },
    ]);
    expect(send(state, right, after(1_000))).toMatchObject({ changed: false, events: [] });
    expect(() => send(state, [])).toThrow(refused('already-submitted'));
  });
  it('that is not passed tells nothing', () => {
    expect(send(begun(), [{ questionId: 'a', value: false }])).toMatchObject({ changed: true, events: [] });
  });
  it('must be submitted in time, with a little grace', () => {
    expect(send(begun(), right, after(70)).changed).toBe(true);
    expect(() => send(begun(), right, new Date(after(70).getTime() + 1))).toThrow(refused('time-is-up'));
    expect(isOver({ ...begun(), expiresAt: undefined }, after(1e9), 0)).toBe(false);
  });
  it('belongs to its learner', () => {
    expect(() => send(begun(), right, at, 'eve')).toThrow(refused('attempt-not-found'));
    expect(() => send(undefined)).toThrow(refused('attempt-not-found'));
  });
  it('is refused beyond the number that the quiz allows', () => {
    expect(begun(2).number).toBe(2);
    expect(() => begun(3)).toThrow(refused('no-attempts-left'));
  });
});

describe('what the learner sees', () => {
  it('holds every question and option, and no key', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (seed) => {
        const seen = questionsOf({ ...begun(), seed });
        expect(JSON.stringify(seen)).not.toContain('correct');
        expect(seen.map(({ questionId }) => questionId).sort()).toEqual(['a', 'b']);
        expect(seen.flatMap(({ options = [] }) => options.map(({ optionId }) => optionId)).sort()).toEqual([
          'x',
          'y',
          'z',
        ]);
      }),
    );
  });
  it('is in the same order for the same seed, and in every order for some seed', () => {
    const order = (seed: number) => shuffled(['a', 'b', 'c', 'd'], seed).join('');
    expect(order(42)).toBe(order(42));
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 24_000; seed += 1) counts.set(order(seed), (counts.get(order(seed)) ?? 0) + 1);
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(160);
  });
});
