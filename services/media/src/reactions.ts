import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import { type EventOf, courseArchived, coursePublished, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { CourseMediaProjection } from './projections/course-media.js';
import { Entitlements } from './projections/entitlements.js';

/** Everything that media does because of what happened elsewhere. */
@Controller()
export class Reactions {
  constructor(
    private readonly courses: CourseMediaProjection,
    private readonly entitlements: Entitlements,
  ) {}

  @On(coursePublished) whenPublished(event: EventOf<typeof coursePublished>) {
    return this.courses.published(event);
  }
  @On(courseArchived) whenArchived(event: EventOf<typeof courseArchived>) {
    return this.courses.archived(event);
  }
  @On(enrollmentActivated) whenEnrolled(event: EventOf<typeof enrollmentActivated>) {
    return this.entitlements.begun(event);
  }
  @On(enrollmentEnded) whenEnrollmentEnded(event: EventOf<typeof enrollmentEnded>) {
    return this.entitlements.ended(event);
  }
}
