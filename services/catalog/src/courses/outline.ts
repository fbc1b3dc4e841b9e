import type { Change } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import { type Course, type Lecture, type Section, merged, revise } from './course.js';

/** How large a course can be. The whole draft is one document, which the database limits to 16 MB. */
export const LIMITS = {
  sections: 100,
  lectures: 500,
  /** Characters in all articles and the description together. */
  text: 2_000_000,
} as const;

export function addSection(
  course: Course,
  section: { id: string; title: string; position?: number | undefined },
  at: Date,
): Change<Course> {
  const added: Section = { id: section.id, title: section.title, lectures: [] };
  return restructure(course, inserted(course.sections, added, section.position), at);
}

export function renameSection(course: Course, sectionId: string, title: string, at: Date): Change<Course> {
  sectionOf(course.sections, sectionId);
  return restructure(
    course,
    course.sections.map((section) => (section.id === sectionId ? { ...section, title } : section)),
    at,
  );
}

/** Takes a section with its lectures out of the draft. */
export function removeSection(course: Course, sectionId: string, at: Date): Change<Course> {
  sectionOf(course.sections, sectionId);
  return restructure(
    course,
    course.sections.filter(({ id }) => id !== sectionId),
    at,
  );
}

export function addLecture(
  course: Course,
  sectionId: string,
  lecture: Lecture,
  position: number | undefined,
  at: Date,
): Change<Course> {
  sectionOf(course.sections, sectionId);
  return restructure(
    course,
    course.sections.map((section) =>
      section.id === sectionId ? { ...section, lectures: inserted(section.lectures, lecture, position) } : section,
    ),
    at,
  );
}

/** What may change in a lecture; its kind may not. `null` takes a value back. */
export interface LectureEdit {
  readonly title?: string | undefined;
  readonly content?: string | null | undefined;
  readonly mediaId?: string | null | undefined;
  readonly quizId?: string | null | undefined;
  readonly resourceMediaIds?: readonly string[] | undefined;
  readonly durationSeconds?: number | undefined;
  readonly preview?: boolean | undefined;
}

const ownField = { article: 'content', video: 'mediaId', document: 'mediaId', quiz: 'quizId' } as const;

export function reviseLecture(course: Course, lectureId: string, edit: LectureEdit, at: Date): Change<Course> {
  const lecture = lectureOf(course.sections, lectureId);
  for (const field of ['content', 'mediaId', 'quizId'] as const)
    if (edit[field] !== undefined && field !== ownField[lecture.kind])
      throw refusals.notOfThisKind(`A lecture of kind ${lecture.kind} has no ${field}`);
  const revised = merged(lecture, edit);
  return restructure(
    course,
    course.sections.map((section) => ({
      ...section,
      lectures: section.lectures.map((each) => (each.id === lectureId ? revised : each)),
    })),
    at,
  );
}

export function removeLecture(course: Course, lectureId: string, at: Date): Change<Course> {
  lectureOf(course.sections, lectureId);
  return restructure(
    course,
    course.sections.map((section) => ({
      ...section,
      lectures: section.lectures.filter(({ id }) => id !== lectureId),
    })),
    at,
  );
}

/** The new order: every section and every lecture exactly once; lectures may move between sections. */
export function reorder(
  course: Course,
  outline: readonly { readonly sectionId: string; readonly lectures: readonly string[] }[],
  at: Date,
): Change<Course> {
  const sections = new Map(course.sections.map((section) => [section.id, section]));
  const lectures = new Map(lecturesOf(course.sections).map((lecture) => [lecture.id, lecture]));
  requireSame(
    'section',
    [...sections.keys()],
    outline.map(({ sectionId }) => sectionId),
  );
  requireSame(
    'lecture',
    [...lectures.keys()],
    outline.flatMap((section) => section.lectures),
  );
  const next = outline.flatMap(({ sectionId, lectures: ids }) => {
    const section = sections.get(sectionId);
    return section ? [{ ...section, lectures: ids.flatMap((each) => lectures.get(each) ?? []) }] : [];
  });
  return restructure(course, next, at);
}

function requireSame(what: string, have: readonly string[], given: readonly string[]): void {
  const unknown = given.filter((id) => !have.includes(id));
  const repeated = given.filter((id, index) => given.indexOf(id) !== index);
  const left = have.filter((id) => !given.includes(id));
  if (unknown.length + repeated.length + left.length === 0) return;
  throw refusals.outlineMismatch(`The ${what}s do not match`, { unknown, repeated, left });
}

export const lecturesOf = (sections: readonly Section[]): Lecture[] => sections.flatMap(({ lectures }) => lectures);

export function sectionOf(sections: readonly Section[], sectionId: string): Section {
  const section = sections.find(({ id }) => id === sectionId);
  if (!section) throw refusals.sectionNotFound();
  return section;
}

export function lectureOf(sections: readonly Section[], lectureId: string): Lecture {
  const lecture = lecturesOf(sections).find(({ id }) => id === lectureId);
  if (!lecture) throw refusals.lectureNotFound();
  return lecture;
}

function inserted<Item>(items: readonly Item[], item: Item, position = items.length): Item[] {
  return [...items.slice(0, position), item, ...items.slice(position)];
}

function restructure(course: Course, sections: readonly Section[], at: Date): Change<Course> {
  const lectures = lecturesOf(sections);
  if (sections.length > LIMITS.sections)
    throw refusals.limitReached(`A course has at most ${LIMITS.sections} sections`);
  if (lectures.length > LIMITS.lectures)
    throw refusals.limitReached(`A course has at most ${LIMITS.lectures} lectures`);
  const text = lectures.reduce((sum, each) => sum + (each.kind === 'article' ? (each.content?.length ?? 0) : 0), 0);
  if (text > LIMITS.text) throw refusals.limitReached(`All articles together have at most ${LIMITS.text} characters`);
  return revise(course, { sections }, at);
}
