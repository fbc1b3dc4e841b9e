import * as fc from 'fast-check';
import { type Answer, grade, normalize } from './grading.js';
import type { Question } from './quiz.js';

const option = (optionId: string, correct: boolean) => ({ optionId, text: optionId, correct });
const asked = { prompt: '?', points: 1 };
const single: Question = {
  ...asked,
  questionId: 's',
  type: 'single',
  options: [option('a', false), option('b', true)],
};
const multiple: Question = {
  ...asked,
  questionId: 'm',
  points: 2,
  type: 'multiple',
  options: [option('c', true), option('d', true), option('e', false)],
};
const yesNo: Question = { ...asked, questionId: 't', type: 'true-false', correct: false };
const text: Question = { ...asked, questionId: 'x', type: 'short-text', accepted: ['Type  Alias', 'Straße'] };
const numeric: Question = { ...asked, questionId: 'n', type: 'numeric', value: 0.3, tolerance: 0.05 };
const questions = [single, multiple, yesNo, text, numeric];

const isRight = (question: Question, answer: Omit<Answer, 'questionId'>): boolean => {
  const answers = normalize([question], [{ questionId: question.questionId, ...answer }]);
  return grade([question], answers, 100).passed;
};
const misfit = expect.objectContaining({ code: 'progress.answer-does-not-fit' });

describe('an answer', () => {
  it('to a single choice is right when it is the one', () => {
    expect([isRight(single, { optionIds: ['b'] }), isRight(single, { optionIds: ['a'] })]).toEqual([true, false]);
    expect(isRight(single, { optionIds: [] })).toBe(false);
  });
  it('to a multiple choice is right when it is all of them and no other', () => {
    expect(isRight(multiple, { optionIds: ['d', 'c', 'd'] })).toBe(true);
    for (const optionIds of [['c'], ['c', 'd', 'e'], []]) expect(isRight(multiple, { optionIds })).toBe(false);
  });
  it('of true or false is right when it says what is', () => {
    expect([isRight(yesNo, { value: false }), isRight(yesNo, { value: true })]).toEqual([true, false]);
  });
  it('in words is right whatever its case and spaces', () => {
    for (const value of [
      'type alias',
      '  TYPE \t ALIAS ',
      'type\u00a0alias',
      'STRASSE'.toLowerCase().replace('ss', 'ß'),
    ])
      expect(isRight(text, { value })).toBe(true);
    for (const value of ['typealias', '', 'type alias!']) expect(isRight(text, { value })).toBe(false);
  });
  it('in numbers is right within the tolerance, whatever binary fractions do', () => {
    for (const value of [0.3, 0.25, 0.35, 0.1 + 0.2]) expect(isRight(numeric, { value })).toBe(true);
    expect(isRight({ ...numeric, tolerance: 0 }, { value: 0.1 + 0.2 })).toBe(true);
    for (const value of [0.2499, 0.3501, -0.3]) expect(isRight(numeric, { value })).toBe(false);
  });
  it('of another kind than the question, or to no question, is refused', () => {
    const wrong: [Question, Omit<Answer, 'questionId'>][] = [
      [single, { optionIds: ['a', 'b'] }],
      [single, { optionIds: ['c'] }],
      [single, { value: 'b' }],
      [multiple, {}],
      [yesNo, { value: 'true' }],
      [text, { value: 1 }],
      [numeric, { value: '0.3' }],
      [numeric, { value: 0.3, optionIds: [] }],
    ];
    for (const [question, answer] of wrong) expect(() => isRight(question, answer)).toThrow(misfit);
    expect(() => normalize([single], [{ questionId: 'none', value: 1 }])).toThrow(misfit);
    const twice = { questionId: 't', value: true };
    expect(() => normalize([yesNo], [twice, twice])).toThrow(misfit);
  });
});

describe('a grade', () => {
  const right: Answer[] = [
    { questionId: 'n', value: 0.3 },
    { questionId: 'm', optionIds: ['d', 'c'] },
    { questionId: 's', optionIds: ['b'] },
    { questionId: 'x', value: 'type alias' },
    { questionId: 't', value: false },
  ];
  it('is the share of the points; what is not answered is wrong', () => {
    expect(grade(questions, normalize(questions, right), 100)).toMatchObject({ passed: true, scorePercent: 100 });
    const some = grade(questions, normalize(questions, right.slice(0, 2)), 50);
    expect(some).toMatchObject({ passed: true, scorePercent: 50 });
    expect(some.results).toContainEqual({ questionId: 's', correct: false, points: 0 });
    expect(grade(questions, [], 1)).toMatchObject({ passed: false, scorePercent: 0 });
  });
  it('is passed by exact points, not by the rounded percentage', () => {
    const thirds = Array.from({ length: 3 }, (_, i): Question => ({ ...yesNo, questionId: String(i) }));
    const two = [0, 1].map((i) => ({ questionId: String(i), value: false }));
    expect(grade(thirds, two, 66.67)).toMatchObject({ passed: false, scorePercent: 66.67 });
  });
  it('does not depend on the order in which the answers are given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(right, { minLength: 5 }), (shuffledAnswers) => {
        expect(normalize(questions, shuffledAnswers)).toEqual(normalize(questions, right));
      }),
    );
  });
});
