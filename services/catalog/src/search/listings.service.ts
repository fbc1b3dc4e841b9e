import { Injectable } from '@nestjs/common';
import type { EventOf, userRegistered } from '@lyceum/contracts';
import { CoursesStore } from '../courses/courses.store.js';
import { Instructors } from '../projections/instructors.js';
import { EditionsStore } from '../publishing/editions.store.js';
import { listingOf } from './listing.js';
import { type ListingRow, ListingsStore } from './listings.store.js';
import { CourseIndex } from './course-index.js';

const SOURCES = 2 ** 20;

@Injectable()
export class ListingsService {
  constructor(
    private readonly courses: CoursesStore,
    private readonly editions: EditionsStore,
    private readonly instructors: Instructors,
    private readonly listings: ListingsStore,
    private readonly index: CourseIndex,
  ) {}

  /** Lists the course as it stands now, or takes it off: whichever event asks, and however late, the result is the same. */
  async refresh(courseId: string): Promise<void> {
    const found = await this.courses.getWithVersion(courseId);
    if (!found) return;
    const { publication, slug, instructorId, offeredSince } = found.state;
    const instructor = await this.instructors.get(instructorId);
    // a newer course counts first, then a newer name
    const version = found.version * SOURCES + (instructor?.source ?? 0);
    if (publication.status !== 'published') return this.put(version, { id: courseId, refreshedAt: new Date() });
    const edition = await this.editions.get(publication.editionId);
    if (!edition) throw new Error(`Edition ${publication.editionId} of course ${courseId} is gone`);
    const listing = listingOf(edition, {
      slug: slug ?? courseId,
      instructorName: instructor?.name,
      publishedAt: publication.publishedAt,
      offeredSince: offeredSince ?? publication.publishedAt,
    });
    await this.put(version, { id: courseId, refreshedAt: new Date(), listing });
  }

  /** Searches of this instance know it at once, those of others within a second. */
  private async put(version: number, row: ListingRow): Promise<void> {
    if (await this.listings.put(version, row)) this.index.apply(row);
  }

  /** Learns the name of somebody who teaches; usually long before the first course, but events may be late. */
  async instructorRegistered(event: EventOf<typeof userRegistered>): Promise<void> {
    await this.instructors.registered(event);
    for (const courseId of await this.courses.publishedIdsOf(event.data.userId)) await this.refresh(courseId);
  }
}
