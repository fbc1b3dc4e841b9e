import { Injectable } from '@nestjs/common';
import type {
  EventOf,
  checkoutExpired,
  checkoutStarted,
  paymentRefunded,
  paymentSucceeded,
  pendingLapsed,
} from '@lyceum/contracts';
import { Clock } from '@lyceum/kernel';
import type { Page, PageRequest } from '@lyceum/store';
import { Offers } from '../projections/offers.js';
import { refusals } from '../refusals.js';
import {
  type Enrollment,
  type Seat,
  endPurchase,
  enrollFree,
  enrollmentId,
  grantPurchase,
  release,
  reserve,
} from './enrollment.js';
import { EnrollmentsStore } from './enrollments.store.js';

@Injectable()
export class EnrollmentsService {
  constructor(
    private readonly enrollments: EnrollmentsStore,
    private readonly offers: Offers,
    private readonly clock: Clock,
  ) {}

  async enrollFree(learnerId: string, courseId: string): Promise<Enrollment> {
    const offer = await this.offers.get(courseId);
    const seat = { learnerId, courseId };
    return this.enrollments.change(enrollmentId(seat), (current) => enrollFree(current, offer, seat, this.clock.now()));
  }

  async beginPurchase({ data, time }: EventOf<typeof checkoutStarted>): Promise<void> {
    const { paymentId, learnerId, courseId, expiresAt } = data;
    const courseTitle = data.courseTitle ?? (await this.offers.get(courseId))?.title ?? '';
    const seat = { learnerId, courseId, courseTitle };
    const reservation = { paymentId, expiresAt: new Date(expiresAt) };
    await this.enrollments.change(enrollmentId(seat), (current) =>
      reserve(current, seat, reservation, new Date(time), this.clock.now()),
    );
  }

  async abandonPurchase({
    paymentId,
    learnerId,
    courseId,
  }: EventOf<typeof checkoutExpired | typeof pendingLapsed>['data']): Promise<void> {
    const seat = { learnerId, courseId, courseTitle: '' };
    await this.enrollments.change(enrollmentId(seat), (current) => release(current, seat, paymentId, this.clock.now()));
  }

  async confirmPurchase({ paymentId, ...paid }: EventOf<typeof paymentSucceeded>['data']): Promise<void> {
    const seat = seatOf(paid);
    await this.enrollments.change(enrollmentId(seat), (current) =>
      grantPurchase(current, seat, paymentId, this.clock.now()),
    );
  }

  /** A partial refund leaves access as it is. */
  async endPurchase({ paymentId, full, ...refunded }: EventOf<typeof paymentRefunded>['data']): Promise<void> {
    if (!full) return;
    const seat = seatOf(refunded);
    await this.enrollments.change(enrollmentId(seat), (current) =>
      endPurchase(current, seat, paymentId, this.clock.now()),
    );
  }

  mine(learnerId: string, page: PageRequest): Promise<Page<Enrollment>> {
    return this.enrollments.ofLearner(learnerId, page);
  }

  async one(id: string, learnerId: string): Promise<Enrollment> {
    const enrollment = await this.enrollments.get(id);
    if (enrollment?.learnerId !== learnerId) throw refusals.notFound();
    return enrollment;
  }

  /** The learner's enrolment in a course, if there ever was one. */
  of(learnerId: string, courseId: string): Promise<Enrollment | undefined> {
    return this.enrollments.get(enrollmentId({ learnerId, courseId }));
  }
}

const seatOf = ({ learnerId, courseId, courseTitle }: Seat): Seat => ({ learnerId, courseId, courseTitle });
