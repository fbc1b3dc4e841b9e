import { Difficulty, Id, Instant, LectureKind, MoneyValue } from '@lyceum/contracts';
import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import { type Course, type Lecture, type Section, currentEdition } from './course.js';
import type { CourseHead } from './courses.store.js';

export const LectureInDraft = z
  .object({
    lectureId: Id,
    title: z.string(),
    kind: LectureKind,
    content: z.string().optional(),
    mediaId: Id.optional(),
    quizId: Id.optional(),
    resourceMediaIds: z.array(Id),
    durationSeconds: z.int(),
    preview: z.boolean(),
  })
  .meta({ id: 'LectureInDraft' });
export type LectureInDraft = z.infer<typeof LectureInDraft>;

export const SectionInDraft = z
  .object({ sectionId: Id, title: z.string(), lectures: z.array(LectureInDraft) })
  .meta({ id: 'SectionInDraft' });
export type SectionInDraft = z.infer<typeof SectionInDraft>;

const Status = z.enum(['draft', 'published', 'archived']);

const draftFields = {
  courseId: Id,
  instructorId: Id,
  status: Status,
  edition: z.int().optional().describe('the last published one'),
  publishedAt: Instant.optional(),
  changedSince: z.boolean().optional().describe('whether the draft differs from the published edition'),
  archivedAt: Instant.optional(),
  slug: z.string().optional(),
  title: z.string(),
  summary: z.string(),
  category: z.string().optional(),
  difficulty: Difficulty.optional(),
  language: z.string(),
  tags: z.array(z.string()),
  price: MoneyValue.optional(),
  thumbnailMediaId: Id.optional(),
  createdAt: Instant,
  updatedAt: Instant,
};

/** A course as its authors see it. */
export const CourseDraft = z
  .object({
    ...draftFields,
    description: z.string(),
    sections: z.array(SectionInDraft),
  })
  .meta({ id: 'CourseDraft' });
export type CourseDraft = z.infer<typeof CourseDraft>;

export const OwnCourse = z.object(draftFields).meta({ id: 'OwnCourse' });
export const OwnCourses = pageOf(OwnCourse).meta({ id: 'OwnCourses' });
export type OwnCourses = z.infer<typeof OwnCourses>;

/** Where a course stands, after publishing or archiving. */
export const PublicationView = z
  .object({
    courseId: Id,
    status: Status,
    edition: z.int().optional(),
    slug: z.string().optional(),
    publishedAt: Instant.optional(),
    archivedAt: Instant.optional(),
  })
  .meta({ id: 'Publication' });
export type PublicationView = z.infer<typeof PublicationView>;

export function publicationView(course: CourseHead): PublicationView {
  const { publication } = course;
  const edition = currentEdition(course);
  return {
    courseId: course.id,
    status: publication.status,
    ...(edition ? { edition: edition.edition, publishedAt: edition.publishedAt.toISOString() } : {}),
    ...(publication.status === 'archived' ? { archivedAt: publication.archivedAt.toISOString() } : {}),
    ...(course.slug ? { slug: course.slug } : {}),
  };
}

export function ownCourseView(course: CourseHead): z.infer<typeof OwnCourse> {
  const { description: _, ...details } = course.details;
  return {
    ...publicationView(course),
    ...(course.publication.status === 'published' ? { changedSince: course.publication.changedSince } : {}),
    instructorId: course.instructorId,
    ...details,
    tags: [...details.tags],
    createdAt: course.createdAt.toISOString(),
    updatedAt: course.updatedAt.toISOString(),
  };
}

export function courseDraft(course: Course): CourseDraft {
  return {
    ...ownCourseView(course),
    description: course.details.description,
    sections: course.sections.map(sectionView),
  };
}

export const sectionView = ({ id, title, lectures }: Section): SectionInDraft => ({
  sectionId: id,
  title,
  lectures: lectures.map(lectureView),
});

export const lectureView = ({ id, ...lecture }: Lecture): LectureInDraft => ({
  lectureId: id,
  ...lecture,
  resourceMediaIds: [...lecture.resourceMediaIds],
});
