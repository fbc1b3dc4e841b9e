import { Injectable } from '@nestjs/common';
import { type Caller, httpRefusals } from '@lyceum/http';
import { currentEdition, isAuthor } from '../courses/course.js';
import { authorOf } from '../courses/courses.service.js';
import { type CourseHead, CoursesStore } from '../courses/courses.store.js';
import { lectureOf } from '../courses/outline.js';
import { Entitlements } from '../projections/entitlements.js';
import { type Instructor, Instructors } from '../projections/instructors.js';
import type { Edition } from '../publishing/edition.js';
import { ArticleTextsStore, EditionsStore } from '../publishing/editions.store.js';
import { refusals } from '../refusals.js';
import { type LectureContent, type PublishedCourse, lectureContent, publishedCourse } from './course.view.js';
import { Kept } from './kept.js';

/** An edition never changes. */
const EDITIONS_AT_HAND = 200;
/** A name that has changed is told this late at most; clients may keep the whole answer for longer. */
const NAME_KEPT_MS = 5_000;

/** Something to read, and whether everybody gets the same. */
export interface Readable<View> {
  readonly view: View;
  /** Changes whenever the view does. */
  readonly tag: string;
  readonly shared: boolean;
}

@Injectable()
export class ReadingService {
  private readonly editionsAtHand = new Kept<Edition>(EDITIONS_AT_HAND);
  private readonly namesAtHand = new Kept<Instructor>(1_000, NAME_KEPT_MS);

  constructor(
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly texts: ArticleTextsStore,
    private readonly instructors: Instructors,
    private readonly entitlements: Entitlements,
  ) {}

  /** The published edition; an archived one only for those who have it. */
  async course(idOrSlug: string, visitor: Caller | undefined): Promise<Readable<PublishedCourse>> {
    const course = await this.existing(idOrSlug);
    const edition = await this.editionFor(visitor, course);
    if (!edition) throw refusals.courseNotFound();
    const instructor = await this.instructorOf(course);
    const status = isOffered(course) ? 'published' : 'archived';
    return {
      view: publishedCourse(edition, { slug: course.slug ?? course.id, status, instructorName: instructor?.name }),
      tag: `"${edition.id}-${status}-${instructor?.source ?? 0}"`,
      shared: isOffered(course),
    };
  }

  /** A lecture with what it teaches: for those entitled and for authors, or for everybody when it is a preview. */
  async lecture(idOrSlug: string, lectureId: string, visitor: Caller | undefined): Promise<Readable<LectureContent>> {
    const course = await this.existing(idOrSlug);
    const edition = await this.editionFor(visitor, course);
    const lecture = edition?.sections.flatMap(({ lectures }) => lectures).find(({ id }) => id === lectureId);
    if (!lecture && isAuthor(course, visitor && authorOf(visitor))) return this.lectureInDraft(course, lectureId);
    if (!edition) throw refusals.courseNotFound();
    if (!lecture) throw refusals.lectureNotFound(); // no secret: the outline is public
    const shared = lecture.preview && isOffered(course);
    if (!shared && !(await this.isEntitled(visitor, course)))
      throw visitor ? refusals.notEntitled() : httpRefusals.notSignedIn();
    const content = lecture.textId === undefined ? undefined : await this.textOf(lecture.textId);
    return {
      view: lectureContent(course.id, edition.edition, lecture, content),
      tag: `"${edition.id}-${lectureId}"`,
      shared,
    };
  }

  private async lectureInDraft({ id }: CourseHead, lectureId: string): Promise<Readable<LectureContent>> {
    const found = await this.courses.getWithVersion(id);
    if (!found) throw refusals.courseNotFound();
    const lecture = lectureOf(found.state.sections, lectureId);
    const content = lecture.kind === 'article' ? (lecture.content ?? '') : undefined;
    return {
      view: lectureContent(id, undefined, lecture, content),
      tag: `"draft-v${found.version}-${lectureId}"`,
      shared: false,
    };
  }

  private async existing(idOrSlug: string): Promise<CourseHead> {
    const course = await this.courses.head(idOrSlug);
    if (!course) throw refusals.courseNotFound();
    return course;
  }

  /** The edition that the visitor may know of: an archived course exists only for those who have it. */
  private async editionFor(visitor: Caller | undefined, course: CourseHead): Promise<Edition | undefined> {
    const current = currentEdition(course);
    if (!current || !(isOffered(course) || (await this.isEntitled(visitor, course)))) return undefined;
    const edition = await this.editionsAtHand.get(current.editionId, () => this.editions.get(current.editionId));
    if (!edition) throw new Error(`Edition ${current.editionId} of course ${course.id} is gone`);
    return edition;
  }

  private async isEntitled(visitor: Caller | undefined, course: CourseHead): Promise<boolean> {
    if (!visitor) return false;
    return isAuthor(course, authorOf(visitor)) || this.entitlements.includes(visitor.id, course.id);
  }

  private instructorOf({ instructorId }: CourseHead): Promise<Instructor | undefined> {
    return this.namesAtHand.get(instructorId, () => this.instructors.get(instructorId));
  }

  private async textOf(textId: string): Promise<string> {
    const text = await this.texts.get(textId);
    if (!text) throw new Error(`The article text ${textId} is gone`);
    return text.content;
  }
}

const isOffered = ({ publication }: CourseHead): boolean => publication.status === 'published';
