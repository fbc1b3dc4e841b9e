import { formerLearner } from './former-learner.js';

const at = new Date('2026-11-20T09:00:00Z');
const place = { learnerId: 'ada', courseId: 'ts' };
const learning = {
  ...place,
  id: 'ada:ts',
  startedAt: at,
  lectures: [
    { lectureId: 'b', at, edition: 1 },
    { lectureId: 'a', at, edition: 1 },
  ],
  passedQuizzes: [{ quizId: 'q1', at }],
  positions: [{ lectureId: 'a', seconds: 12 }],
  completion: { status: 'completed', at, edition: 1 } as const,
};
const attempt = {
  ...place,
  id: 'attempt-1',
  quizId: 'q1',
  number: 1,
  seed: 1,
  title: 'Check',
  passPercent: 60,
  questions: [],
  startedAt: at,
};
const graded = {
  status: 'graded',
  at,
  answers: [{ questionId: 'x', value: 'what Ada wrote' }],
  passed: true,
  scorePercent: 80,
  results: [{ questionId: 'x', correct: true, points: 1 }],
} as const;

describe('a former learner', () => {
  it('keeps the numbers of what was done, without dates, answers and ids of the person', () => {
    const former = formerLearner('f1', 'ts', {
      learning,
      attempts: [
        { ...attempt, standing: graded },
        { ...attempt, standing: { status: 'open' } },
      ],
    });
    expect(former).toEqual({
      id: 'f1',
      courseId: 'ts',
      enrolled: false,
      started: true,
      completed: true,
      certified: false,
      lectureIds: ['a', 'b'],
      attempts: [
        {
          quizId: 'q1',
          graded: true,
          passed: true,
          scorePercent: 80,
          results: [{ questionId: 'x', correct: true }],
        },
        { quizId: 'q1', graded: false, passed: false, scorePercent: 0, results: [] },
      ],
    });
    expect(JSON.stringify(former)).not.toMatch(/ada|wrote|2026/i);
  });

  it('who never began counts as enrolled only', () => {
    const entitlement = { ...place, id: 'ada:ts', courseTitle: 'TS', active: true };
    expect(formerLearner('f1', 'ts', { entitlement, attempts: [] })).toMatchObject({
      enrolled: true,
      started: false,
      completed: false,
      certified: false,
    });
  });
});
