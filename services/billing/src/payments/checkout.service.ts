import { CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { Entitlements } from '../projections/entitlements.store.js';
import { type Offer, Offers } from '../projections/offers.store.js';
import { refusals } from '../refusals.js';
import { StripeGateway, StripeRefused } from '../stripe/stripe.gateway.js';
import { type Agreement, type Open, type Payment, begin, giveUp, letGo, opened, slotOf, takeOver } from './payment.js';
import { Payments } from './payments.store.js';
import { Settlement } from './settlement.service.js';

const MINUTE = 60_000;
/** A pay page that closes sooner than this is not handed out again. */
const tooShort = MINUTE;
/** How often, and at which distance in ms, a second request looks whether the first one has got the pay page. */
const looks = 60;
const lookEvery = 150;

/**
 * Begins checkouts. The payment is written down first, then Stripe is asked with the payment's id as idempotency key, then
 * the pay page is noted; after a crash in between, whoever comes next asks again with the same key.
 */
@Injectable()
export class Checkouts {
  constructor(
    private readonly payments: Payments,
    private readonly offers: Offers,
    private readonly entitlements: Entitlements,
    private readonly gateway: StripeGateway,
    private readonly settlement: Settlement,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The one open pay page of a learner for a course: a new one, or the one that is open already. */
  async start(learnerId: string, courseId: string): Promise<Open> {
    for (let round = 1; round <= 5; round += 1) {
      const offer = await this.offerTo(learnerId, courseId);
      // the slot is read before the payments: one that is paid in between is then seen as paid
      const underWay = await this.payments.inSlot(slotOf(learnerId, courseId));
      await this.refuseEntitled(learnerId, courseId);
      const payment = underWay ? await this.resume(underWay, offer) : await this.begin(learnerId, offer);
      if (payment?.status === 'open') return payment;
    }
    throw refusals.checkoutBusy(undefined, { retryAfterSeconds: 2 });
  }

  /** Asks Stripe again for the pay page of a payment that was left without one, unless somebody is at it. */
  async heal(payment: Payment): Promise<Payment> {
    const by = newId();
    const taken = await this.payments.change(payment.id, (current = payment) =>
      takeOver(current, { by, until: this.callEnd() }, this.clock.now()),
    );
    return taken.status === 'opening' && taken.calledBy === by ? this.ask(taken, by) : taken;
  }

  /** A course that has just been paid is not to be paid again on another pay page. */
  async closeOthers({ learnerId, courseId }: { learnerId: string; courseId: string }): Promise<void> {
    const underWay = await this.payments.inSlot(slotOf(learnerId, courseId));
    if (underWay?.status === 'open') await this.close(underWay);
  }

  /** Nobody can pay on this page any more. The payment as it is afterwards: it may have been paid a moment ago. */
  async close(payment: Open): Promise<Payment> {
    await this.gateway.closeSession(payment.sessionId);
    return this.settlement.refresh(payment);
  }

  private async offerTo(learnerId: string, courseId: string): Promise<Offer> {
    const offer = await this.offers.get(courseId);
    if (!offer) throw refusals.courseNotOffered();
    if (offer.instructorId === learnerId) throw refusals.ownCourse();
    if (offer.price.amount === 0) throw refusals.courseIsFree();
    return offer;
  }

  private async refuseEntitled(learnerId: string, courseId: string): Promise<void> {
    const [paid] = await this.payments.kept(learnerId, courseId);
    const enrolments = await this.entitlements.of(learnerId, courseId);
    const active = enrolments.some(({ endedAt }) => endedAt === undefined);
    // access that a payment gave may have ended since, for example because it expired: then it may be bought again
    const ended = enrolments.some(
      ({ endedAt }) => endedAt !== undefined && paid !== undefined && endedAt > paid.paidAt,
    );
    if (active || (paid !== undefined && !ended)) throw refusals.alreadyEntitled(undefined, { courseId });
  }

  /** Undefined when somebody else began one at the same moment. */
  private async begin(learnerId: string, { id: courseId, title, price }: Offer): Promise<Payment | undefined> {
    const now = this.clock.now();
    const id = newId();
    const agreement: Agreement = {
      id,
      learnerId,
      courseId,
      courseTitle: title,
      price,
      createdAt: now,
      expiresAt: new Date(now.getTime() + this.config.CHECKOUT_TTL_MINUTES * MINUTE),
      successUrl: this.page('done', id),
      cancelUrl: this.page('cancelled', id),
    };
    const by = newId();
    try {
      await this.payments.change(id, () => begin(agreement, { by, until: this.callEnd() }));
    } catch (error) {
      if (error instanceof DuplicateKey) return undefined;
      throw error;
    }
    const payment = await this.ask(agreement, by);
    if (payment.status === 'failed') throw refusals.purchaseRefused(undefined, { courseId });
    return payment;
  }

  /** The payment when its pay page can be used; else undefined, and its slot is free or will be soon. */
  private async resume(payment: Payment, offer: Offer): Promise<Payment | undefined> {
    if (payment.status === 'opening') return this.awaitOpen(payment);
    if (payment.status !== 'open') return undefined;
    const over = payment.expiresAt.getTime() <= this.clock.now().getTime() + tooShort;
    const { amount, currency } = payment.price;
    // nobody is to pay more than what the course page says by now; a lower price that was promised is kept
    const dearer = currency !== offer.price.currency || amount > offer.price.amount;
    if (!over && !dearer) return payment;
    await this.close(payment);
    return undefined;
  }

  private async awaitOpen(payment: Payment): Promise<Payment | undefined> {
    for (let look = 1; look <= looks; look += 1) {
      const current = await this.heal(payment);
      if (current.status !== 'opening') return current;
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
    throw refusals.checkoutBusy(undefined, { retryAfterSeconds: 5 });
  }

  private async ask(agreement: Agreement, by: string): Promise<Payment> {
    const { id } = agreement;
    const decide = (decision: (payment: Payment) => ReturnType<typeof opened>) =>
      this.payments.change(id, (current) => {
        if (!current) throw new Error(`Payment ${id} has vanished`);
        return decision(current);
      });
    try {
      const session = await this.gateway.openSession(agreement);
      return await decide((payment) => opened(payment, session));
    } catch (error) {
      if (error instanceof StripeRefused) return decide((payment) => giveUp(payment, error.code, this.clock.now()));
      await decide((payment) => letGo(payment, by, this.clock.now()));
      throw error;
    }
  }

  /** Until when a call to Stripe may take, with its repetitions. */
  private callEnd(): Date {
    const longest = this.config.STRIPE_TIMEOUT_MS * (this.config.STRIPE_RETRIES + 1) + 5_000;
    return new Date(this.clock.now().getTime() + longest);
  }

  private page(name: 'done' | 'cancelled', paymentId: string): string {
    return `${this.config.PUBLIC_URL.replace(/\/$/, '')}/checkout/${name}?payment=${paymentId}`;
  }
}
