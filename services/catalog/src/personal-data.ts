import { Injectable } from '@nestjs/common';
import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { Database, type Erasure, inPages } from '@lyceum/store';
import { CoursesStore } from './courses/courses.store.js';
import { lecturesOf } from './courses/outline.js';
import { Entitlements } from './projections/entitlements.js';
import { Instructors } from './projections/instructors.js';
import { MediaFacts } from './projections/media-facts.js';
import { QuizFacts } from './projections/quiz-facts.js';
import { AuthorlessCourses } from './publishing/authorless-courses.js';
import { ArticleTextsStore, EditionsStore } from './publishing/editions.store.js';
import { ListingsStore } from './search/listings.store.js';

/** Articles may be long. */
const textsAtOnce = 20;

/** The courses that somebody has made, under which name, and the courses that somebody has. */
@Injectable()
export class CatalogPersonalData extends PersonalData {
  constructor(
    private readonly database: Database,
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly texts: ArticleTextsStore,
    private readonly listings: ListingsStore,
    private readonly instructors: Instructors,
    private readonly entitlements: Entitlements,
    private readonly media: MediaFacts,
    private readonly quizzes: QuizFacts,
    private readonly authorless: AuthorlessCourses,
  ) {
    super();
  }

  override async *collect(userId: string): AsyncIterable<Section> {
    const instructor = await this.instructors.get(userId);
    if (instructor)
      yield { name: 'name', title: 'The name that you teach under', records: [{ name: instructor.name }] };
    for await (const heads of inPages((page) => this.courses.ofInstructor(userId, page), 50))
      for (const { id } of heads) yield* this.course(id);
    for await (const items of inPages((page) => this.entitlements.ofLearner(userId, page)))
      yield {
        name: 'courses-you-have',
        title: 'Courses that you may or might read',
        records: items.map(({ courseId, active }) => ({ courseId, active })),
      };
    for await (const items of inPages((page) => this.media.ofOwner(userId, page)))
      yield {
        name: 'files',
        title: 'Files of yours that courses may show',
        records: items.map(({ id, fact }) => ({
          mediaId: id,
          status: fact.status,
          ...(fact.status === 'ready' ? { kind: fact.kind } : { reason: fact.reason }),
        })),
      };
    for await (const items of inPages((page) => this.quizzes.ofOwner(userId, page)))
      yield {
        name: 'quizzes',
        title: 'Quizzes of yours that courses may contain',
        records: items.map(({ id }) => ({ quizId: id })),
      };
  }

  override async erase(userId: string, _context: Erasure): Promise<Erased> {
    const person = await this.database.erased.get(userId);
    // the name first: what is listed anew from here on is listed without it
    const named = await this.instructors.get(userId);
    await this.instructors.erase(userId);
    const { drafts, archived, editions } = await this.authorless.close(userId, { first: person?.passes === 0 });
    const courses = await this.entitlements.eraseLearner(userId);
    const facts = (await this.media.eraseOwner(userId)) + (await this.quizzes.eraseOwner(userId));
    return {
      erased: [
        { what: 'names of an instructor', count: named ? 1 : 0 },
        { what: 'courses that were never published', count: drafts },
        { what: 'editions that learners do not see any more', count: editions },
        { what: 'notes of who may read a course', count: courses },
        { what: 'notes of whose files and quizzes those in courses are', count: facts },
      ],
      kept: archived > 0 ? [keptCourses] : [],
    };
  }

  /** A course as its author sees it, then what was published of it. Long texts stand by themselves. */
  private async *course(courseId: string): AsyncIterable<Section> {
    const course = await this.courses.get(courseId);
    if (!course) return;
    const { id: _, instructorId: _instructor, sections, ...about } = course;
    const outline = sections.map(({ id, title, lectures }) => ({
      sectionId: id,
      title,
      lectureIds: lectures.map((lecture) => lecture.id),
    }));
    const records = [{ courseId, ...about, sections: outline }];
    yield { name: 'courses', title: 'Courses that you have made', records };
    const lectures = lecturesOf(sections);
    for (let from = 0; from < lectures.length; from += textsAtOnce)
      yield {
        name: 'lectures',
        title: 'Lectures of your courses, as you see them',
        records: lectures
          .slice(from, from + textsAtOnce)
          .map(({ id, ...lecture }) => ({ courseId, lectureId: id, ...lecture })),
      };
    for (const { id, instructorId: _author, ...edition } of await this.editions.ofCourse(courseId))
      yield { name: 'editions', title: 'What you have published', records: [{ editionId: id, ...edition }] };
    for await (const items of inPages((page) => this.texts.ofCourse(courseId, page), textsAtOnce))
      yield {
        name: 'article-texts',
        title: 'Articles that you have published',
        records: items.map(({ id, content }) => ({ courseId, textId: id, content })),
      };
    const listed = (await this.listings.get(courseId))?.listing;
    if (listed) {
      const { words: _words, instructorId: _owner, ...listing } = listed;
      yield { name: 'listings', title: 'How your courses are found', records: [{ courseId, ...listing }] };
    }
  }
}

const keptCourses = {
  what: 'published courses, no longer on offer, without your name and under the number of an account that is no more',
  why: 'others have bought them or got them and go on learning; their texts stay as they were published',
};
