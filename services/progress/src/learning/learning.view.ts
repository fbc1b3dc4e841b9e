import { LectureKind } from '@lyceum/contracts';
import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import type { Course } from '../projections/courses.js';
import type { Entitlement } from '../projections/entitlements.js';
import { type Learning, percentOf, positionIn } from './learning.js';
import type { Standing } from './learning.service.js';

const LastAccessed = z.object({ lectureId: z.string(), at: z.iso.datetime() });

export const ProgressSummary = z
  .object({
    courseId: z.string(),
    courseTitle: z.string(),
    access: z.boolean().describe('false once the enrolment has ended'),
    percent: z.number().describe('of the lectures of the current edition'),
    completed: z.boolean().describe('stays true when content is added afterwards'),
    completedAt: z.iso.datetime().optional(),
    lastAccessed: LastAccessed.optional(),
  })
  .meta({ id: 'ProgressSummary' });
export type ProgressSummary = z.infer<typeof ProgressSummary>;

export const ProgressPage = pageOf(ProgressSummary).meta({ id: 'ProgressPage' });

const LectureProgress = z
  .object({
    lectureId: z.string(),
    title: z.string(),
    section: z.string(),
    kind: LectureKind,
    quizId: z.string().optional(),
    durationSeconds: z.int(),
    completed: z.boolean(),
    completedAt: z.iso.datetime().optional(),
    positionSeconds: z.int().describe('the furthest point, to go on from'),
  })
  .meta({ id: 'LectureProgress' });

export const CourseProgress = ProgressSummary.extend({
  edition: z.int(),
  completedEdition: z.int().optional().describe('the edition of which everything was done'),
  lectures: z.array(LectureProgress),
}).meta({ id: 'CourseProgress' });
export type CourseProgress = z.infer<typeof CourseProgress>;

export const LecturePosition = z
  .object({ lectureId: z.string(), positionSeconds: z.int() })
  .meta({ id: 'LecturePosition' });
export type LecturePosition = z.infer<typeof LecturePosition>;

export function viewOf({ course, learning }: Standing): CourseProgress {
  const doneAt = new Map((learning?.lectures ?? []).map(({ lectureId, at }) => [lectureId, at]));
  const completion = learning?.completion;
  return {
    ...whatWasDone(course, learning),
    courseId: course.id,
    courseTitle: course.title,
    access: true,
    edition: course.edition,
    ...(completion?.status === 'completed' ? { completedEdition: completion.edition } : {}),
    lectures: course.lectures.map((lecture) => {
      const at = doneAt.get(lecture.lectureId);
      return {
        ...lecture,
        completed: at !== undefined,
        ...(at ? { completedAt: at.toISOString() } : {}),
        positionSeconds: (learning && positionIn(learning, lecture.lectureId)) ?? 0,
      };
    }),
  };
}

export function summaryOf({
  entitlement,
  course,
  learning,
}: {
  entitlement: Entitlement;
  course: Course | undefined;
  learning: Learning | undefined;
}): ProgressSummary {
  return {
    ...whatWasDone(course, learning),
    courseId: entitlement.courseId,
    courseTitle: course?.title ?? entitlement.courseTitle,
    access: entitlement.active,
  };
}

function whatWasDone(course: Course | undefined, learning: Learning | undefined) {
  const { completion, lastAccessed } = learning ?? {};
  return {
    percent: course && learning ? percentOf(learning, course) : 0,
    completed: completion?.status === 'completed',
    ...(completion?.status === 'completed' ? { completedAt: completion.at.toISOString() } : {}),
    ...(lastAccessed ? { lastAccessed: { lectureId: lastAccessed.lectureId, at: lastAccessed.at.toISOString() } } : {}),
  };
}
