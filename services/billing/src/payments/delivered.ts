import type { Entitlement } from '../projections/entitlements.store.js';
import type { Received } from './payment.js';

/** Whether a learner has got the course for a payment, going by everything that the learner has or had. */
export const gotCourse = ({ learnerId, courseId, paidAt }: Received, all: readonly Entitlement[]): boolean =>
  all.some(
    (each) =>
      each.learnerId === learnerId &&
      each.courseId === courseId &&
      // access that ended after the payment was given for it, or before it and lasted
      (each.endedAt === undefined || each.endedAt >= paidAt),
  );
