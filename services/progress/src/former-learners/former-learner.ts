import type { Attempt } from '../attempts/attempt.js';
import type { Certificate } from '../certificates/certificate.js';
import { type Learning, hasBegun } from '../learning/learning.js';
import type { Entitlement } from '../projections/entitlements.js';

export interface FormerAttempt {
  readonly quizId: string;
  readonly graded: boolean;
  readonly passed: boolean;
  readonly scorePercent: number;
  readonly results: readonly { readonly questionId: string; readonly correct: boolean }[];
}

/**
 * What somebody who was erased adds to the numbers of one course. It holds no date, no answer and nothing that leads to a person:
 * its id says nothing, and not even two courses of the same person can be told to belong together.
 */
export interface FormerLearner {
  readonly id: string;
  readonly courseId: string;
  readonly enrolled: boolean;
  readonly started: boolean;
  readonly completed: boolean;
  readonly certified: boolean;
  readonly lectureIds: readonly string[];
  readonly attempts: readonly FormerAttempt[];
}

/** Everything that somebody has done in one course. */
export interface Deeds {
  readonly entitlement?: Entitlement | undefined;
  readonly learning?: Learning | undefined;
  readonly certificate?: Certificate | undefined;
  readonly attempts: readonly Attempt[];
}

/** The numbers in what somebody has done in a course. */
export const formerLearner = (
  id: string,
  courseId: string,
  { entitlement, learning, certificate, attempts }: Deeds,
): FormerLearner => ({
  id,
  courseId,
  enrolled: entitlement !== undefined,
  started: learning !== undefined && hasBegun(learning),
  completed: learning?.completion.status === 'completed',
  certified: certificate !== undefined,
  lectureIds: (learning?.lectures ?? []).map(({ lectureId }) => lectureId).sort(),
  attempts: attempts.map(({ quizId, standing }) =>
    standing.status === 'graded'
      ? {
          quizId,
          graded: true,
          passed: standing.passed,
          scorePercent: standing.scorePercent,
          results: standing.results.map(({ questionId, correct }) => ({ questionId, correct })),
        }
      : { quizId, graded: false, passed: false, scorePercent: 0, results: [] },
  ),
});
