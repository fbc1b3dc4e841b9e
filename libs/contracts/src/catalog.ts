import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant, MoneyValue } from './values.js';

export const LectureKind = z.enum(['video', 'article', 'document', 'quiz']);
export type LectureKind = z.infer<typeof LectureKind>;
export const Difficulty = z.enum(['beginner', 'intermediate', 'advanced']);
export type Difficulty = z.infer<typeof Difficulty>;

export const PublishedLecture = z.object({
  lectureId: Id,
  title: z.string(),
  kind: LectureKind,
  mediaId: Id.optional().describe('what a video or document lecture shows'),
  quizId: Id.optional(),
  resourceMediaIds: z.array(Id).default([]),
  durationSeconds: z.int().nonnegative(),
  preview: z.boolean().default(false).describe('open to visitors'),
});
export type PublishedLecture = z.infer<typeof PublishedLecture>;

export const courseCreated = defineEvent(
  'catalog.course-created.v1',
  'An instructor has begun a course; only its authors see it.',
  z.object({ courseId: Id, instructorId: Id, title: z.string(), createdAt: Instant }),
  { listeners: 'none', personal: { of: 'instructorId', fields: ['title'] } },
);

export const coursePublished = defineEvent(
  'catalog.course-published.v1',
  'A version of a course is what learners see from now on.',
  z.object({
    courseId: Id,
    edition: z.int().positive().describe('1 for the first publication, then counting up'),
    slug: z.string(),
    title: z.string(),
    summary: z.string(),
    instructorId: Id,
    price: MoneyValue.describe('amount 0 is a free course'),
    category: z.string(),
    difficulty: Difficulty,
    language: z.string(),
    tags: z.array(z.string()),
    thumbnailMediaId: Id,
    sections: z.array(z.object({ sectionId: Id, title: z.string(), lectures: z.array(PublishedLecture) })),
    publishedAt: Instant,
  }),
  { newest: 'tells all', personal: { of: 'instructorId' } },
);

export const courseArchived = defineEvent(
  'catalog.course-archived.v1',
  'A course is no longer offered; those who have it keep it.',
  z.object({ courseId: Id, instructorId: Id, archivedAt: Instant }),
  { personal: { of: 'instructorId' } },
);
