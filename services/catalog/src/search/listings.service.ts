import { Injectable } from '@nestjs/common';
import type { EventOf } from '@lyceum/contracts';
import { CoursesStore } from '../courses/courses.store.js';
import { Instructors, type Naming } from '../projections/instructors.js';
import { CourseIndex } from './course-index.js';
import { ListingsStore } from './listings.store.js';

@Injectable()
export class ListingsService {
  constructor(
    private readonly courses: CoursesStore,
    private readonly instructors: Instructors,
    private readonly listings: ListingsStore,
    private readonly index: CourseIndex,
  ) {}

  /** Searches of this instance know it at once, those of others within a second. */
  async refresh(courseId: string): Promise<void> {
    const written = await this.listings.refresh(courseId);
    if (written) this.index.apply(written);
  }

  /** Learns the name of somebody who teaches; usually long before the first course, but events may be late. */
  async instructorNamed(event: EventOf<Naming>): Promise<void> {
    await this.instructors.named(event);
    for (const courseId of await this.courses.publishedIdsOf(event.data.userId)) await this.refresh(courseId);
  }
}
