import type { QuizCounts } from '../attempts/attempts.store.js';

/**
 * Average share of the current edition's lectures that is done, over everybody who was ever enrolled: 0 to 100 with two decimals.
 * @param completed how many learners have completed each lecture of the edition
 */
export function averagePercent(completed: readonly number[], learners: number): number {
  if (completed.length === 0 || learners === 0) return 0;
  const done = completed.reduce((all, each) => all + each, 0);
  return Math.min(100, Math.round((10_000 * done) / (completed.length * learners)) / 100);
}

/** A share of 1 with four decimals. */
export const rate = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 10_000;

export const sumOf = <Item>(items: readonly Item[], number: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + number(item), 0);

/** Counts of the same quiz become one; the average score is that of all graded attempts. */
export const countedTogether = (counts: readonly QuizCounts[]): QuizCounts[] =>
  [...Map.groupBy(counts, ({ quizId }) => quizId)].map(([quizId, all]) => {
    const graded = sumOf(all, (each) => each.graded);
    const score = sumOf(all, (each) => (each.averageScore ?? 0) * each.graded);
    return {
      quizId,
      attempts: sumOf(all, (each) => each.attempts),
      graded,
      passed: sumOf(all, (each) => each.passed),
      averageScore: graded === 0 ? null : score / graded,
    };
  });
