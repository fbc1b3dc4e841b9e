import { Injectable } from '@nestjs/common';
import { type Caller, httpRefusals } from '@lyceum/http';
import { type CurrentEdition, currentEdition, isAuthor } from '../courses/course.js';
import { authorOf } from '../courses/courses.service.js';
import { type CourseHead, CoursesStore } from '../courses/courses.store.js';
import { lectureOf } from '../courses/outline.js';
import { Entitlements } from '../projections/entitlements.js';
import { Instructors } from '../projections/instructors.js';
import type { Edition, EditionLecture } from '../publishing/edition.js';
import { ArticleTextsStore, EditionsStore } from '../publishing/editions.store.js';
import { refusals } from '../refusals.js';
import { type LectureContent, type PublishedCourse, lectureContent, publishedCourse } from './course.view.js';

/** Something to read, and whether everybody gets the same. */
export interface Readable<View> {
  readonly view: View;
  /** Changes whenever the view does. */
  readonly tag: string;
  readonly shared: boolean;
}

interface Offered {
  readonly course: CourseHead;
  readonly current: CurrentEdition;
  readonly edition: Edition;
}

@Injectable()
export class ReadingService {
  constructor(
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly texts: ArticleTextsStore,
    private readonly instructors: Instructors,
    private readonly entitlements: Entitlements,
  ) {}

  /** The published edition; an archived one only for those who have it. */
  async course(idOrSlug: string, visitor: Caller | undefined): Promise<Readable<PublishedCourse>> {
    const course = await this.courses.head(idOrSlug);
    const offered = course && (await this.offered(course));
    if (!offered || offered.course.publication.status === 'draft') throw refusals.courseNotFound();
    const { status } = offered.course.publication;
    if (status === 'archived' && !(await this.isEntitled(offered.course, visitor))) throw refusals.courseNotFound();
    const instructor = await this.instructors.get(offered.course.instructorId);
    const { slug = offered.course.id } = offered.course;
    const { publishedAt } = offered.current;
    return {
      view: publishedCourse(offered.edition, { slug, status, publishedAt, instructorName: instructor?.name }),
      tag: `"${offered.edition.id}-${status}-${instructor?.source ?? 0}"`,
      shared: status === 'published',
    };
  }

  /** A lecture with what it teaches: for those entitled and for authors, or for everybody when it is a preview. */
  async lecture(idOrSlug: string, lectureId: string, visitor: Caller | undefined): Promise<Readable<LectureContent>> {
    const course = await this.courses.head(idOrSlug);
    if (!course) throw refusals.courseNotFound();
    const offered = await this.offered(course);
    const author = isAuthor(course, visitor && authorOf(visitor));
    const lecture = offered?.edition.sections.flatMap(({ lectures }) => lectures).find(({ id }) => id === lectureId);
    if (author && !lecture) return this.lectureInDraft(course, lectureId);
    if (!offered) throw refusals.courseNotFound();
    const isOffered = course.publication.status === 'published';
    const open = isOffered && lecture?.preview === true;
    if (!open && !(await this.isEntitled(course, visitor))) {
      if (!isOffered) throw refusals.courseNotFound();
      if (!lecture) throw refusals.lectureNotFound(); // the outline is public
      throw visitor ? refusals.notEntitled() : httpRefusals.notSignedIn();
    }
    if (!lecture) throw refusals.lectureNotFound();
    const text = lecture.textId ? await this.textOf(lecture) : undefined;
    return {
      view: lectureContent(course.id, offered.edition.edition, lecture, text),
      tag: `"${offered.edition.id}-${lectureId}"`,
      shared: open,
    };
  }

  private async lectureInDraft({ id }: CourseHead, lectureId: string): Promise<Readable<LectureContent>> {
    const found = await this.courses.getWithVersion(id);
    if (!found) throw refusals.courseNotFound();
    const lecture = lectureOf(found.state.sections, lectureId);
    const text = lecture.kind === 'article' ? { content: lecture.content ?? '' } : undefined;
    return {
      view: lectureContent(id, undefined, lecture, text),
      tag: `"draft-v${found.version}-${lectureId}"`,
      shared: false,
    };
  }

  private async isEntitled(course: CourseHead, visitor: Caller | undefined): Promise<boolean> {
    if (!visitor) return false;
    return isAuthor(course, authorOf(visitor)) || this.entitlements.includes(visitor.id, course.id);
  }

  private async offered(course: CourseHead): Promise<Offered | undefined> {
    const current = currentEdition(course);
    if (!current) return undefined;
    const edition = await this.editions.get(current.editionId);
    if (!edition) throw new Error(`Edition ${current.editionId} of course ${course.id} is gone`);
    return { course, current, edition };
  }

  private async textOf(lecture: EditionLecture): Promise<{ content: string }> {
    const text = lecture.textId ? await this.texts.get(lecture.textId) : undefined;
    if (!text) throw new Error(`The text of lecture ${lecture.id} is gone`);
    return text;
  }
}
