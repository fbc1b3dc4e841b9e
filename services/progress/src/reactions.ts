import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import {
  type EventOf,
  beginningOverdue,
  courseCompleted,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  profileChanged,
  quizPassed,
  userRegistered,
} from '@lyceum/contracts';
import { CertificatesService } from './certificates/certificates.service.js';
import { LearningService } from './learning/learning.service.js';
import { Learners } from './projections/learners.js';

/** Everything that progress does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly learning: LearningService,
    private readonly certificates: CertificatesService,
    private readonly learners: Learners,
  ) {}

  @On(userRegistered) whenRegistered(event: EventOf<typeof userRegistered>) {
    return this.learners.named(event);
  }
  @On(profileChanged) whenProfileChanged(event: EventOf<typeof profileChanged>) {
    return this.learners.named(event);
  }
  @On(enrollmentActivated) whenEnrolled(event: EventOf<typeof enrollmentActivated>) {
    return this.learning.enrolled(event);
  }
  @On(enrollmentEnded) whenEnrollmentEnded(event: EventOf<typeof enrollmentEnded>) {
    return this.learning.enrolmentEnded(event);
  }
  @On(beginningOverdue) whenBeginningOverdue(event: EventOf<typeof beginningOverdue>) {
    return this.learning.remind(event.data);
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
