import { Injectable } from '@nestjs/common';
import { Clock, unchanged } from '@lyceum/kernel';
import { inPages } from '@lyceum/store';
import { closeAuthorless, currentEdition } from '../courses/course.js';
import { CoursesStore } from '../courses/courses.store.js';
import { ListingsService } from '../search/listings.service.js';
import { draftOf, textIdsOf } from './edition.js';
import { ArticleTextsStore, EditionsStore } from './editions.store.js';

const HOUR = 3_600_000;

export interface Closed {
  /** Courses that nobody but their author has ever seen. */
  readonly drafts: number;
  /** Courses that are archived, for those who have them. */
  readonly archived: number;
  /** Editions that learners do not see any more. */
  readonly editions: number;
}

/** The courses of people who were erased: what others have stays, as they see it; the rest goes. */
@Injectable()
export class AuthorlessCourses {
  constructor(
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly texts: ArticleTextsStore,
    private readonly listings: ListingsService,
    private readonly clock: Clock,
  ) {}

  /** @param first whether also old editions are looked through: later an admin may be publishing one of these courses */
  async close(instructorId: string, { first }: { first: boolean }): Promise<Closed> {
    const count = { drafts: 0, archived: 0, editions: 0 };
    for await (const heads of inPages((page) => this.courses.ofInstructor(instructorId, page), 50))
      for (const head of heads) {
        const current = currentEdition(head);
        if (current) {
          count.archived += 1;
          count.editions += await this.archive(head.id, current.editionId, first);
        } else {
          count.drafts += (await this.courses.remove(head.id)) ? 1 : 0;
          // what a crash during its first publication may have left
          await this.editions.removeOfCourse(head.id);
          await this.texts.removeOthers(head.id, []);
        }
      }
    return count;
  }

  private async archive(courseId: string, editionId: string, first: boolean): Promise<number> {
    const edition = await this.editions.get(editionId);
    if (!edition) throw new Error(`Edition ${editionId} of course ${courseId} is gone`);
    const textIds = textIdsOf(edition);
    const texts = new Map((await this.texts.getAll(textIds)).map(({ id, content }) => [id, content]));
    const draft = draftOf(edition, texts);
    const at = this.clock.now();
    const closed = await this.courses.change(courseId, (course) => {
      if (!course) throw new Error(`Course ${courseId} is gone`);
      // somebody has just published it: the next pass looks at that
      if (currentEdition(course)?.editionId !== editionId) return unchanged(course);
      return closeAuthorless(course, draft, at);
    });
    await this.listings.refresh(courseId);
    if (!first || currentEdition(closed)?.editionId !== editionId) return 0;
    const removed = await this.editions.removeOthers(edition, new Date(at.getTime() - HOUR));
    await this.texts.removeOthers(courseId, textIds);
    return removed;
  }
}
