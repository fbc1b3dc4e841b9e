import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey, VersionMismatch, type Versioned } from '@lyceum/store';
import { type Course, type Publishable, hasNews, publish } from '../courses/course.js';
import { type Editing, CoursesService } from '../courses/courses.service.js';
import { CoursesStore } from '../courses/courses.store.js';
import { freeSlug, slugOf } from '../courses/slug.js';
import { MediaFacts } from '../projections/media-facts.js';
import { QuizFacts } from '../projections/quiz-facts.js';
import { refusals } from '../refusals.js';
import { type Facts, checkPublishable, factsNeeded } from './checks.js';
import { makeEdition } from './edition.js';
import { ArticleTextsStore, EditionsStore } from './editions.store.js';

const ATTEMPTS = 20;
/** Longer than any publication takes: an unreferenced edition that old belongs to nobody. */
const LEFTOVER_AGE = 3_600_000;

@Injectable()
export class PublishingService {
  constructor(
    private readonly authoring: CoursesService,
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly texts: ArticleTextsStore,
    private readonly media: MediaFacts,
    private readonly quizzes: QuizFacts,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the draft what learners see. The edition is kept first and the course then refers to it, in one write with its
   * event: whatever crashes in between leaves the course as it was. An unchanged course stays at its edition.
   */
  async publish(editing: Editing): Promise<Versioned<Course>> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const found = await this.authoring.draft(editing);
      if (!hasNews(found.state)) return found;
      const published = await this.attempt(found);
      if (published) return published;
    }
    throw refusals.publishingContested();
  }

  /** Undefined when the course or its slug was taken by somebody else meanwhile. */
  private async attempt({ state: course, version }: Versioned<Course>): Promise<Versioned<Course> | undefined> {
    const complete = await this.complete(course);
    const slug = course.slug ?? (await this.slugFor(complete.details.title));
    const at = this.clock.now();
    const { edition, texts } = makeEdition(course, complete, newId(), at);
    for (const text of texts) await this.texts.insertOnce(text);
    await this.editions.insertOnce(edition);
    try {
      const published = await this.courses.changeWithVersion(
        course.id,
        () => publish(course, complete, { editionId: edition.id, slug }, at),
        { expectedVersion: version },
      );
      await this.editions.removeLeftovers(edition, new Date(at.getTime() - LEFTOVER_AGE));
      return published;
    } catch (error) {
      const lost = error instanceof VersionMismatch || (error instanceof DuplicateKey && error.keys.includes('slug'));
      if (!lost) throw error; // not known whether it was written: the edition stays
      await this.editions.remove(edition.id);
      return undefined;
    }
  }

  /** The course without gaps. Throws `catalog.not-publishable` with everything that is missing. */
  private async complete(course: Course): Promise<Publishable> {
    const checked = checkPublishable(course, await this.factsFor(course));
    if ('complete' in checked) return checked.complete;
    const { missing } = checked;
    const first = missing.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
    throw refusals.notPublishable(first.join('; '), { missing });
  }

  private async factsFor(course: Course): Promise<Facts> {
    const needed = factsNeeded(course);
    const [media, quizzes] = await Promise.all([this.media.getAll(needed.media), this.quizzes.getAll(needed.quizzes)]);
    return {
      media: new Map(media.map((row) => [row.id, row.fact])),
      quizzes: new Map(quizzes.map((row) => [row.id, row])),
    };
  }

  private async slugFor(title: string): Promise<string> {
    const base = slugOf(title);
    return freeSlug(base, await this.courses.slugsLike(base));
  }
}
