import { countedTogether } from './course-numbers.js';

it('counts of one quiz are put together, with the average of all that were graded', () => {
  const one = { quizId: 'q', attempts: 3, graded: 2, passed: 1, averageScore: 50 };
  const other = { quizId: 'q', attempts: 1, graded: 1, passed: 1, averageScore: 80 };
  const ungraded = { quizId: 'r', attempts: 1, graded: 0, passed: 0, averageScore: null };
  expect(countedTogether([one, ungraded, other])).toEqual([
    { quizId: 'q', attempts: 4, graded: 3, passed: 2, averageScore: 60 },
    ungraded,
  ]);
});
