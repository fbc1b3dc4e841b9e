import { Difficulty, Id, Instant, LectureKind, MoneyValue } from '@lyceum/contracts';
import { z } from 'zod';
import type { Edition, EditionLecture } from '../publishing/edition.js';

const outline = {
  lectureId: Id,
  title: z.string(),
  kind: LectureKind,
  durationSeconds: z.int(),
  preview: z.boolean().describe('open to visitors'),
};

/** A course as everybody may see it: what it offers, without what it teaches. */
export const PublishedCourse = z
  .object({
    courseId: Id,
    slug: z.string(),
    edition: z.int(),
    status: z.enum(['published', 'archived']),
    publishedAt: Instant,
    title: z.string(),
    summary: z.string(),
    description: z.string().describe('Markdown; render it without raw HTML'),
    category: z.string(),
    difficulty: Difficulty,
    language: z.string(),
    tags: z.array(z.string()),
    price: MoneyValue,
    thumbnailMediaId: Id,
    instructor: z.object({ instructorId: Id, name: z.string().optional() }),
    lectureCount: z.int(),
    durationSeconds: z.int(),
    sections: z.array(
      z.object({
        sectionId: Id,
        title: z.string(),
        lectures: z.array(z.object(outline).meta({ id: 'LectureInOutline' })),
      }),
    ),
  })
  .meta({ id: 'PublishedCourse' });
export type PublishedCourse = z.infer<typeof PublishedCourse>;

export const LectureContent = z
  .object({
    ...outline,
    courseId: Id,
    edition: z.int().optional().describe('absent while only the draft has this lecture'),
    content: z.string().optional().describe('Markdown; render it without raw HTML'),
    mediaId: Id.optional().describe('ask media for its delivery'),
    quizId: Id.optional(),
    resourceMediaIds: z.array(Id),
  })
  .meta({ id: 'LectureContent' });
export type LectureContent = z.infer<typeof LectureContent>;

export function publishedCourse(
  edition: Edition,
  about: { slug: string; status: PublishedCourse['status']; instructorName: string | undefined },
): PublishedCourse {
  const { details } = edition;
  const lectures = edition.sections.flatMap((section) => section.lectures);
  return {
    courseId: edition.courseId,
    slug: about.slug,
    edition: edition.edition,
    status: about.status,
    publishedAt: edition.madeAt.toISOString(),
    ...details,
    tags: [...details.tags],
    instructor: {
      instructorId: edition.instructorId,
      ...(about.instructorName ? { name: about.instructorName } : {}),
    },
    lectureCount: lectures.length,
    durationSeconds: lectures.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0),
    sections: edition.sections.map(({ id, title, lectures: all }) => ({
      sectionId: id,
      title,
      lectures: all.map(inOutline),
    })),
  };
}

const inOutline = ({ id, title, kind, durationSeconds, preview }: EditionLecture) => ({
  lectureId: id,
  title,
  kind,
  durationSeconds,
  preview,
});

export function lectureContent(
  courseId: string,
  edition: number | undefined,
  lecture: EditionLecture,
  content: string | undefined,
): LectureContent {
  return {
    courseId,
    ...(edition === undefined ? {} : { edition }),
    ...inOutline(lecture),
    ...(content === undefined ? {} : { content }),
    ...(lecture.mediaId ? { mediaId: lecture.mediaId } : {}),
    ...(lecture.quizId ? { quizId: lecture.quizId } : {}),
    resourceMediaIds: [...lecture.resourceMediaIds],
  };
}
