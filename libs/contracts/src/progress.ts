import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant } from './values.js';

export const quizDefined = defineEvent(
  'progress.quiz-defined.v1',
  'A quiz has questions that can be graded, and may be put into a lecture.',
  z.object({ quizId: Id, ownerId: Id, title: z.string(), questionCount: z.int().positive(), definedAt: Instant }),
  { personal: { of: 'ownerId', fields: ['title'] } },
);

export const quizPassed = defineEvent(
  'progress.quiz-passed.v1',
  'A learner has passed a quiz of a course.',
  z.object({
    learnerId: Id,
    courseId: Id,
    quizId: Id,
    attemptId: Id,
    scorePercent: z.number().min(0).max(100),
    passedAt: Instant,
  }),
  { personal: { of: 'learnerId' } },
);

export const beginningOverdue = defineEvent(
  'progress.beginning-overdue.v1',
  'A week has passed since a learner could begin a course.',
  z.object({ learnerId: Id, courseId: Id, courseTitle: z.string(), enrolledAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const learningNotBegun = defineEvent(
  'progress.learning-not-begun.v1',
  'A learner has a course for a week and has not begun it. Told once for a learner and course.',
  z.object({ learnerId: Id, courseId: Id, courseTitle: z.string(), enrolledAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const lectureCompleted = defineEvent(
  'progress.lecture-completed.v1',
  'A learner has finished a lecture.',
  z.object({
    learnerId: Id,
    courseId: Id,
    lectureId: Id,
    percent: z.number().min(0).max(100).describe('of the course, after this lecture'),
    completedAt: Instant,
  }),
  { listeners: 'none', personal: { of: 'learnerId' } },
);

export const courseCompleted = defineEvent(
  'progress.course-completed.v1',
  'A learner has finished everything that a course requires.',
  z.object({ learnerId: Id, courseId: Id, courseTitle: z.string(), completedAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const certificateIssued = defineEvent(
  'progress.certificate-issued.v1',
  'A certificate exists that anybody can verify by its code.',
  z.object({
    certificateId: Id,
    code: z.string(),
    learnerId: Id,
    courseId: Id,
    courseTitle: z.string(),
    issuedAt: Instant,
  }),
  { personal: { of: 'learnerId' } },
);
