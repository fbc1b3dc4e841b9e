import { createHash } from 'node:crypto';
import {
  type Course,
  type Details,
  type Lecture,
  type Publishable,
  type Section,
  nextEdition,
} from '../courses/course.js';

/** A lecture in an edition; an article's text lies beside it, in a document of its own. */
export type EditionLecture = Omit<Lecture, 'content'> & {
  readonly mediaId?: string;
  readonly quizId?: string;
  readonly textId?: string;
};
export interface EditionSection extends Omit<Section, 'lectures'> {
  readonly lectures: readonly EditionLecture[];
}

/** What a course was when it was published. Never changes. */
export interface Edition {
  readonly id: string;
  readonly courseId: string;
  readonly instructorId: string;
  readonly edition: number;
  readonly details: Required<Details>;
  readonly sections: readonly EditionSection[];
  /** For the one that learners came to see also the time of its publication. */
  readonly madeAt: Date;
}

/** The text of an article, named by its content: editions share what has not changed between them. */
export interface ArticleText {
  readonly id: string;
  readonly courseId: string;
  readonly content: string;
}

/** The draft as it was when the edition was made. */
export const draftOf = (
  { details, sections }: Pick<Edition, 'details' | 'sections'>,
  texts: ReadonlyMap<string, string>,
): Pick<Course, 'details' | 'sections'> => ({
  details,
  sections: sections.map((section) => ({
    ...section,
    lectures: section.lectures.map((lecture) => draftLecture(lecture, texts)),
  })),
});

function draftLecture(lecture: EditionLecture, texts: ReadonlyMap<string, string>): Lecture {
  const { id, title, kind, resourceMediaIds, durationSeconds, preview, textId = '', mediaId, quizId } = lecture;
  const base = { id, title, resourceMediaIds, durationSeconds, preview };
  switch (kind) {
    case 'article':
      return { ...base, kind, content: texts.get(textId) ?? '' };
    case 'quiz':
      return { ...base, kind, ...(quizId === undefined ? {} : { quizId }) };
    case 'video':
    case 'document':
      return { ...base, kind, ...(mediaId === undefined ? {} : { mediaId }) };
  }
}

/** The texts of an edition's articles. */
export const textIdsOf = ({ sections }: Pick<Edition, 'sections'>): string[] =>
  sections.flatMap(({ lectures }) => lectures.flatMap(({ textId }) => textId ?? []));

/** The edition that publishing would make, and the texts that it refers to. */
export function makeEdition(
  course: Course,
  { details, sections }: Publishable,
  id: string,
  at: Date,
): { edition: Edition; texts: ArticleText[] } {
  const texts = new Map<string, ArticleText>();
  const withoutText = (lecture: Lecture): EditionLecture => {
    if (lecture.kind !== 'article') return lecture;
    const { content = '', ...rest } = lecture;
    const textId = `${course.id}:${createHash('sha256').update(content).digest('base64url')}`;
    texts.set(textId, { id: textId, courseId: course.id, content });
    return { ...rest, textId };
  };
  const edition: Edition = {
    id,
    courseId: course.id,
    instructorId: course.instructorId,
    edition: nextEdition(course),
    details,
    sections: sections.map((section) => ({ ...section, lectures: section.lectures.map(withoutText) })),
    madeAt: at,
  };
  return { edition, texts: [...texts.values()] };
}
