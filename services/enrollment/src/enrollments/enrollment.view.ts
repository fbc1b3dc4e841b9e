import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import type { Enrollment } from './enrollment.js';

const GrantView = z.object({ kind: z.enum(['purchase', 'free']), id: z.string(), since: z.iso.datetime() });

export const EnrollmentView = z
  .object({
    enrollmentId: z.string(),
    courseId: z.string(),
    courseTitle: z.string(),
    status: z.enum(['pending', 'active', 'ended']),
    since: z.iso.datetime().optional().describe('when access began, while it lasts'),
    expiresAt: z.iso.datetime().optional().describe('until when a pending purchase can be paid'),
    endedAt: z.iso.datetime().optional(),
    reason: z.string().optional().describe('why it ended'),
  })
  .meta({ id: 'Enrollment' });
export type EnrollmentView = z.infer<typeof EnrollmentView>;

export const EnrollmentPage = pageOf(EnrollmentView).meta({ id: 'EnrollmentPage' });

export const AccessView = z.object({ courseId: z.string(), access: z.boolean() }).meta({ id: 'Access' });
export type AccessView = z.infer<typeof AccessView>;

export const AccessExplained = AccessView.extend({
  because: z.array(GrantView).describe('every grant that gives access now'),
  ended: z.array(z.object({ id: z.string(), reason: z.string(), endedAt: z.iso.datetime() })),
}).meta({ id: 'AccessExplained' });
export type AccessExplained = z.infer<typeof AccessExplained>;

/** A reservation whose pay page must have closed by now counts as ended, whether or not that was heard of. */
export function viewOf({ id, courseId, courseTitle, standing }: Enrollment, now: Date): EnrollmentView {
  const view = { enrollmentId: id, courseId, courseTitle };
  if (standing.status === 'active') return { ...view, status: 'active', since: standing.since.toISOString() };
  if (standing.status === 'pending') {
    const expiresAt = standing.expiresAt.toISOString();
    if (standing.expiresAt > now) return { ...view, status: 'pending', expiresAt };
    return { ...view, status: 'ended', endedAt: expiresAt, reason: 'expired' };
  }
  return { ...view, status: 'ended', endedAt: standing.at.toISOString(), reason: standing.reason };
}

export function explain(courseId: string, enrollment: Enrollment | undefined): AccessExplained {
  return {
    courseId,
    access: (enrollment?.grants.length ?? 0) > 0,
    because: (enrollment?.grants ?? []).map((grant) => ({ ...grant, since: grant.since.toISOString() })),
    ended: (enrollment?.ended ?? []).map((grant) => ({ ...grant, endedAt: grant.endedAt.toISOString() })),
  };
}
