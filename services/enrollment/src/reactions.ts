import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import {
  type EventOf,
  checkoutExpired,
  checkoutStarted,
  courseArchived,
  coursePublished,
  paymentRefunded,
  paymentSucceeded,
  pendingLapsed,
} from '@lyceum/contracts';
import { EnrollmentsService } from './enrollments/enrollments.service.js';
import { Offers } from './projections/offers.js';

/** Everything that enrollment does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly enrollments: EnrollmentsService,
    private readonly offers: Offers,
  ) {}

  @On(checkoutStarted) whenCheckoutStarted(event: EventOf<typeof checkoutStarted>) {
    return this.enrollments.beginPurchase(event);
  }
  @On(checkoutExpired) whenCheckoutExpired(event: EventOf<typeof checkoutExpired>) {
    return this.enrollments.abandonPurchase(event.data);
  }
  @On(pendingLapsed) whenPendingLapsed(event: EventOf<typeof pendingLapsed>) {
    return this.enrollments.abandonPurchase(event.data);
  }
  @On(paymentSucceeded) whenPaid(event: EventOf<typeof paymentSucceeded>) {
    return this.enrollments.confirmPurchase(event.data);
  }
  @On(paymentRefunded) whenRefunded(event: EventOf<typeof paymentRefunded>) {
    return this.enrollments.endPurchase(event.data);
  }
  @On(coursePublished) whenPublished(event: EventOf<typeof coursePublished>) {
    return this.offers.published(event);
  }
  @On(courseArchived) whenArchived(event: EventOf<typeof courseArchived>) {
    return this.offers.archived(event);
  }
}
