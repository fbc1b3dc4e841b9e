import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant } from './values.js';

export const GrantKind = z.enum(['purchase', 'free']);
export type GrantKind = z.infer<typeof GrantKind>;

const enrollment = { enrollmentId: Id, learnerId: Id, courseId: Id };

export const enrollmentActivated = defineEvent(
  'enrollment.activated.v1',
  'A learner may learn a course from now on.',
  z.object({
    ...enrollment,
    courseTitle: z.string(),
    grant: z.object({ kind: GrantKind, id: Id }),
    activatedAt: Instant,
  }),
  { personal: { of: 'learnerId' } },
);

export const pendingLapsed = defineEvent(
  'enrollment.pending-lapsed.v1',
  'A day after a learner was sent to the pay page nothing has been heard of the purchase.',
  z.object({ ...enrollment, paymentId: Id, lapsedAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const enrollmentEnded = defineEvent(
  'enrollment.ended.v1',
  'The last reason for a learner’s access to a course is gone.',
  z.object({
    ...enrollment,
    courseTitle: z.string(),
    reason: z.enum(['refunded', 'expired', 'cancelled', 'revoked']),
    endedAt: Instant,
  }),
  { personal: { of: 'learnerId' } },
);
