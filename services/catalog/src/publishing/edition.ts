import { createHash } from 'node:crypto';
import type { Course, Details, Lecture, Publishable, Section } from '../courses/course.js';

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
  readonly madeAt: Date;
}

/** The text of an article, named by its content: editions share what has not changed between them. */
export interface ArticleText {
  readonly id: string;
  readonly courseId: string;
  readonly content: string;
}

/** The edition that publishing would make, and the texts that it refers to. */
export function makeEdition(
  course: Course,
  { details, sections }: Publishable,
  about: { id: string; edition: number; at: Date },
): { edition: Edition; texts: ArticleText[] } {
  const texts = new Map<string, ArticleText>();
  const withoutText = (lecture: Lecture): EditionLecture => {
    if (lecture.kind !== 'article') return lecture;
    const { content = '', ...rest } = lecture;
    const id = `${course.id}:${createHash('sha256').update(content).digest('base64url')}`;
    texts.set(id, { id, courseId: course.id, content });
    return { ...rest, textId: id };
  };
  const edition: Edition = {
    id: about.id,
    courseId: course.id,
    instructorId: course.instructorId,
    edition: about.edition,
    details,
    sections: sections.map((section) => ({ ...section, lectures: section.lectures.map(withoutText) })),
    madeAt: about.at,
  };
  return { edition, texts: [...texts.values()] };
}
