import { Injectable } from '@nestjs/common';
import { courseArchived, coursePublished } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';
import type { Course } from '../courses/course.js';
import { CoursesStore } from '../courses/courses.store.js';
import { Instructors } from '../projections/instructors.js';
import { EditionsStore } from '../publishing/editions.store.js';
import { type Listing, listingOf } from './listing.js';

/** Whether and how a course is listed. */
export interface ListingRow {
  /** The course. */
  readonly id: string;
  /** When this was written, by the writing instance's clock: how the other instances notice. */
  readonly refreshedAt: Date;
  /** Absent once the course is no longer offered. */
  readonly listing?: Omit<Listing, 'id'>;
}

const BATCH = 500;
const SOURCES = 2 ** 20;

/** The published courses, ready to be found. Made from courses, editions and instructors. */
@Injectable()
export class ListingsStore extends Projection<ListingRow> {
  /** They say which courses there are; what is listed of one is asked of the course as it stands now. */
  readonly feeds = [
    from(coursePublished, (event) => this.refresh(event.data.courseId)),
    from(courseArchived, (event) => this.refresh(event.data.courseId)),
  ];

  constructor(
    database: Database,
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly instructors: Instructors,
  ) {
    super(database, {
      collection: 'listings',
      fields: { refreshedAt: { type: Date, required: true }, listing: { type: Object } },
      indexes: [{ keys: { refreshedAt: 1 } }],
    });
  }

  /**
   * Lists the course as it stands now, or takes it off: whichever event asks, and however late, the result is the same.
   * Gives what was written; undefined when something as new was there.
   */
  async refresh(courseId: string): Promise<ListingRow | undefined> {
    const found = await this.courses.getWithVersion(courseId);
    if (!found) return undefined;
    const instructor = await this.instructors.get(found.state.instructorId);
    // a newer course counts first, then a newer name
    const version = found.version * SOURCES + (instructor?.source ?? 0);
    const listing = await this.listingOf(courseId, found.state, instructor?.name);
    const row = { id: courseId, refreshedAt: new Date(), ...(listing ? { listing } : {}) };
    return (await this.put(version, row)) ? row : undefined;
  }

  /** What was written since then. */
  async *writtenSince(time: Date): AsyncIterable<ListingRow> {
    const cursor = this.native.find({ refreshedAt: { $gte: time } }, { batchSize: BATCH });
    for await (const stored of cursor) yield this.itemOf(stored);
  }

  /** When each row was written. */
  async stamps(): Promise<Map<string, Date>> {
    const cursor = this.native.find({}, { projection: { refreshedAt: 1 }, batchSize: 10_000 });
    const stamps = new Map<string, Date>();
    for await (const stored of cursor) {
      const { id, refreshedAt } = this.itemOf(stored);
      stamps.set(id, refreshedAt);
    }
    return stamps;
  }

  private async listingOf(
    courseId: string,
    { publication, slug, offeredSince }: Course,
    instructorName: string | undefined,
  ): Promise<Listing | undefined> {
    if (publication.status !== 'published') return undefined;
    const edition = await this.editions.get(publication.editionId);
    if (!edition) throw new Error(`Edition ${publication.editionId} of course ${courseId} is gone`);
    const { publishedAt } = publication;
    return listingOf(edition, {
      slug: slug ?? courseId,
      instructorName,
      publishedAt,
      offeredSince: offeredSince ?? publishedAt,
    });
  }
}
