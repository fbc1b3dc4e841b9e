import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import {
  type EventOf,
  courseArchived,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  mediaReady,
  mediaRejected,
  profileChanged,
  quizDefined,
  rolesChanged,
  userRegistered,
} from '@lyceum/contracts';
import { Entitlements } from './projections/entitlements.js';
import { MediaFacts } from './projections/media-facts.js';
import { QuizFacts } from './projections/quiz-facts.js';
import { ListingsService } from './search/listings.service.js';

@Controller()
export class Reactions {
  constructor(
    private readonly listings: ListingsService,
    private readonly media: MediaFacts,
    private readonly quizzes: QuizFacts,
    private readonly entitlements: Entitlements,
  ) {}

  @On(coursePublished) whenPublished(event: EventOf<typeof coursePublished>) {
    return this.listings.refresh(event.data.courseId);
  }
  @On(courseArchived) whenArchived(event: EventOf<typeof courseArchived>) {
    return this.listings.refresh(event.data.courseId);
  }
  @On(userRegistered) whenRegistered(event: EventOf<typeof userRegistered>) {
    return this.listings.instructorNamed(event);
  }
  @On(profileChanged) whenProfileChanged(event: EventOf<typeof profileChanged>) {
    return this.listings.instructorNamed(event);
  }
  @On(rolesChanged) whenRolesChanged(event: EventOf<typeof rolesChanged>) {
    return this.listings.instructorNamed(event);
  }
  @On(mediaReady) whenMediaReady(event: EventOf<typeof mediaReady>) {
    return this.media.ready(event);
  }
  @On(mediaRejected) whenMediaRejected(event: EventOf<typeof mediaRejected>) {
    return this.media.rejected(event);
  }
  @On(quizDefined) whenQuizDefined(event: EventOf<typeof quizDefined>) {
    return this.quizzes.defined(event);
  }
  @On(enrollmentActivated) whenActivated(event: EventOf<typeof enrollmentActivated>) {
    return this.entitlements.began(event);
  }
  @On(enrollmentEnded) whenEnded(event: EventOf<typeof enrollmentEnded>) {
    return this.entitlements.ended(event);
  }
}
