import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import {
  type EventOf,
  courseCompleted,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  quizPassed,
  userRegistered,
} from '@lyceum/contracts';
import { CertificatesService } from './certificates/certificates.service.js';
import { LearningService } from './learning/learning.service.js';
import { Entitlements } from './projections/entitlements.js';
import { Learners } from './projections/learners.js';

/** Everything that progress does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly learning: LearningService,
    private readonly certificates: CertificatesService,
    private readonly entitlements: Entitlements,
    private readonly learners: Learners,
  ) {}

  @On(userRegistered) whenRegistered(event: EventOf<typeof userRegistered>) {
    return this.learners.registered(event);
  }
  @On(enrollmentActivated) whenEnrolled(event: EventOf<typeof enrollmentActivated>) {
    return this.entitlements.began(event);
  }
  @On(enrollmentEnded) whenEnrollmentEnded(event: EventOf<typeof enrollmentEnded>) {
    return this.entitlements.ended(event);
  }
  @On(coursePublished) whenPublished(event: EventOf<typeof coursePublished>) {
    return this.learning.published(event);
  }
  @On(quizPassed) whenQuizPassed(event: EventOf<typeof quizPassed>) {
    return this.learning.passQuiz(event.data);
  }
  @On(courseCompleted) whenCourseCompleted(event: EventOf<typeof courseCompleted>) {
    return this.certificates.issue(event.data);
  }
}
