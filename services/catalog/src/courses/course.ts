import { isDeepStrictEqual } from 'node:util';
import { type Difficulty, type LectureKind, courseArchived, courseCreated, coursePublished } from '@lyceum/contracts';
import { type Change, type Money, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** What a course says about itself. What is absent has not been decided yet. */
export interface Details {
  readonly title: string;
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  readonly category?: string;
  readonly difficulty?: Difficulty;
  /** BCP 47. */
  readonly language: string;
  readonly tags: readonly string[];
  readonly price?: Money;
  readonly thumbnailMediaId?: string;
}

interface LectureBase {
  readonly id: string;
  readonly title: string;
  readonly resourceMediaIds: readonly string[];
  readonly durationSeconds: number;
  /** Open to visitors. */
  readonly preview: boolean;
}
export type Lecture = LectureBase &
  (
    | { readonly kind: 'article'; /** Markdown. */ readonly content?: string }
    | { readonly kind: 'video' | 'document'; readonly mediaId?: string }
    | { readonly kind: 'quiz'; readonly quizId?: string }
  );

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly lectures: readonly Lecture[];
}

/** The edition that learners see. */
export interface CurrentEdition {
  /** 1, 2, 3 … */
  readonly edition: number;
  readonly editionId: string;
  readonly publishedAt: Date;
}

export type Publication =
  | { readonly status: 'draft' }
  | (CurrentEdition & {
      readonly status: 'published';
      /** Whether the draft has moved on. */ readonly changedSince: boolean;
    })
  | { readonly status: 'archived'; readonly archivedAt: Date; readonly last?: CurrentEdition };

export interface Course {
  readonly id: string;
  readonly instructorId: string;
  readonly details: Details;
  readonly sections: readonly Section[];
  readonly publication: Publication;
  /** Given at the first publication; stays, so that links do. */
  readonly slug?: string;
  /** When it was first published. */
  readonly offeredSince?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Who edits: the owner, or an admin, who may edit every course. */
export interface Author {
  readonly id: string;
  readonly admin: boolean;
}

export const isAuthor = (course: Pick<Course, 'instructorId'>, person: Author | undefined): boolean =>
  person !== undefined && (person.admin || person.id === course.instructorId);

/** The course, for its authors only: to everybody else it does not exist. */
export function authored(course: Course | undefined, author: Author): Course {
  if (!course || !isAuthor(course, author)) throw refusals.courseNotFound();
  return course;
}

export function begin(id: string, instructorId: string, details: Details, at: Date): Change<Course> {
  const course: Course = {
    id,
    instructorId,
    details,
    sections: [],
    publication: { status: 'draft' },
    createdAt: at,
    updatedAt: at,
  };
  return changed(course, [
    courseCreated({ courseId: id, instructorId, title: details.title, createdAt: at.toISOString() }),
  ]);
}

/** `null` takes a detail back. */
export type DetailsEdit = { readonly [Key in keyof Details]?: Details[Key] | null | undefined };

export function reviseDetails(course: Course, edit: DetailsEdit, at: Date): Change<Course> {
  return revise(course, { details: merged(course.details, edit) }, at);
}

/** The draft becomes another; what learners see stays as it is. */
export function revise(course: Course, draft: Partial<Pick<Course, 'details' | 'sections'>>, at: Date): Change<Course> {
  if (isDeepStrictEqual({ ...course, ...draft }, course)) return unchanged(course);
  const { publication } = course;
  return changed({
    ...course,
    ...draft,
    publication: publication.status === 'published' ? { ...publication, changedSince: true } : publication,
    updatedAt: at,
  });
}

/** `base` with what `edit` gives; `null` removes, `undefined` leaves. */
export function merged<Whole extends object>(base: Whole, edit: object): Whole {
  const given = Object.entries(edit).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(given) }).filter(([, value]) => value !== null),
  ) as Whole;
}

/** The edition that learners see, if there has ever been one. */
export function currentEdition({ publication }: Pick<Course, 'publication'>): CurrentEdition | undefined {
  switch (publication.status) {
    case 'draft':
      return undefined;
    case 'published':
      return publication;
    case 'archived':
      return publication.last;
  }
}

/** The number that publishing would give: 1, 2, 3 … also over an archive. */
export const nextEdition = (course: Pick<Course, 'publication'>): number => (currentEdition(course)?.edition ?? 0) + 1;

/** Whether publishing would show learners something that they do not see now. */
export const hasNews = ({ publication }: Course): boolean =>
  publication.status !== 'published' || publication.changedSince;

/** The course without gaps, as {@link checkPublishable} has found it. */
export interface Publishable {
  readonly details: Required<Details>;
  readonly sections: readonly Section[];
}

/** The draft becomes what learners see. The edition's content has been kept under `editionId` before. */
export function publish(
  course: Course,
  complete: Publishable,
  edition: { editionId: string; slug: string },
  at: Date,
): Change<Course> {
  const number = nextEdition(course);
  const { details, sections } = complete;
  const published = {
    status: 'published',
    edition: number,
    editionId: edition.editionId,
    publishedAt: at,
    changedSince: false,
  } as const;
  const event = coursePublished({
    courseId: course.id,
    edition: number,
    slug: edition.slug,
    title: details.title,
    summary: details.summary,
    instructorId: course.instructorId,
    price: { ...details.price },
    category: details.category,
    difficulty: details.difficulty,
    language: details.language,
    tags: [...details.tags],
    thumbnailMediaId: details.thumbnailMediaId,
    sections: sections.map(({ id, title, lectures }) => ({ sectionId: id, title, lectures: lectures.map(outlined) })),
    publishedAt: at.toISOString(),
  });
  const { offeredSince = at } = course;
  return changed({ ...course, publication: published, slug: edition.slug, offeredSince }, [event]);
}

function outlined(lecture: Lecture) {
  const { id, title, kind, resourceMediaIds, durationSeconds, preview } = lecture;
  return {
    lectureId: id,
    title,
    kind: kind satisfies LectureKind,
    ...('mediaId' in lecture ? { mediaId: lecture.mediaId } : {}),
    ...('quizId' in lecture ? { quizId: lecture.quizId } : {}),
    resourceMediaIds: [...resourceMediaIds],
    durationSeconds,
    preview,
  };
}

/** Its author is no more: it is not offered any longer, and what was never published of it is gone. */
export function closeAuthorless(
  course: Course,
  published: Pick<Course, 'details' | 'sections'>,
  at: Date,
): Change<Course> {
  const archived = archive(course, at);
  const next = { ...archived.state, ...published };
  if (isDeepStrictEqual(next, course)) return unchanged(course);
  return changed({ ...next, updatedAt: at }, archived.events);
}

/** No longer offered; those who have it keep it, and it may be published again. */
export function archive(course: Course, at: Date): Change<Course> {
  if (course.publication.status === 'archived') return unchanged(course);
  const last = currentEdition(course);
  return changed(
    {
      ...course,
      publication: {
        status: 'archived',
        archivedAt: at,
        ...(last ? { last: { edition: last.edition, editionId: last.editionId, publishedAt: last.publishedAt } } : {}),
      },
    },
    [courseArchived({ courseId: course.id, instructorId: course.instructorId, archivedAt: at.toISOString() })],
  );
}
