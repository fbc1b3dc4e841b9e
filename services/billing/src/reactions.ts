import { On } from '@lyceum/bus';
import {
  type EventOf,
  courseArchived,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  paymentRefunded,
  paymentSucceeded,
} from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { Bookkeeping } from './ledger/bookkeeping.service.js';
import { Conclusion } from './payments/conclusion.service.js';
import { Entitlements } from './projections/entitlements.store.js';
import { Offers } from './projections/offers.store.js';

@Controller()
export class Reactions {
  constructor(
    private readonly offers: Offers,
    private readonly entitlements: Entitlements,
    private readonly conclusion: Conclusion,
    private readonly bookkeeping: Bookkeeping,
  ) {}

  @On(coursePublished) whenOffered(event: EventOf<typeof coursePublished>) {
    return this.offers.published(event);
  }

  @On(courseArchived) whenWithdrawn(event: EventOf<typeof courseArchived>) {
    return this.offers.archived(event);
  }

  @On(enrollmentActivated) whenEntitled(event: EventOf<typeof enrollmentActivated>) {
    return this.entitlements.activated(event);
  }

  @On(enrollmentEnded) whenNoLongerEntitled(event: EventOf<typeof enrollmentEnded>) {
    return this.entitlements.ended(event);
  }

  @On(paymentSucceeded) whenPaid(event: EventOf<typeof paymentSucceeded>) {
    return this.conclusion.paid(event.data);
  }

  @On(paymentRefunded) whenRefunded(event: EventOf<typeof paymentRefunded>) {
    return this.bookkeeping.post(event.data.paymentId);
  }
}
