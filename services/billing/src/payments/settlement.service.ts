import { Clock, unchanged } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { BillingMetrics } from '../billing-metrics.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { type Payment, type Sighting, mismatchOf, observe, vanished } from './payment.js';
import { Payments } from './payments.store.js';

/**
 * `foreign`: not made by our checkout. `mismatched`: it claims to be ours and is not what was agreed. `unknown`: our account
 * at Stripe has no such session.
 */
export type Settled = 'settled' | 'foreign' | 'mismatched' | 'unknown';

/** Brings payments to what Stripe shows of them. Nothing else moves a payment once its pay page is open. */
@Injectable()
export class Settlement {
  constructor(
    private readonly payments: Payments,
    private readonly database: Database,
    private readonly gateway: StripeGateway,
    private readonly clock: Clock,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
  ) {}

  async bySession(sessionId: string): Promise<Settled> {
    const sighting = await this.gateway.look(sessionId);
    if (sighting) return this.take(sighting);
    this.flag('account', { sessionId });
    return 'unknown';
  }

  async byIntent(paymentIntentId: string): Promise<Settled> {
    const sighting = await this.gateway.lookByIntent(paymentIntentId);
    return sighting ? this.take(sighting) : 'foreign';
  }

  /** The payment as it is after Stripe has been asked about it. */
  async refresh(payment: Payment): Promise<Payment> {
    if (!('sessionId' in payment) || payment.sessionId === undefined) return payment;
    const settled = await this.bySession(payment.sessionId);
    return this.payments.change(payment.id, (current = payment) =>
      settled === 'unknown' ? vanished(current, this.clock.now()) : unchanged(current),
    );
  }

  /** Notes something at Stripe that claims to be ours but must not move anything. */
  flag(what: string, about: Readonly<Record<string, unknown>>): 'mismatched' {
    this.metrics.mismatched.inc({ what });
    this.log.warn('billing.payment-mismatched', { what, ...about });
    return 'mismatched';
  }

  private async take(sighting: Sighting): Promise<Settled> {
    const { sessionId } = sighting;
    const paymentId = sighting.metadata['paymentId'];
    if (paymentId === undefined) return 'foreign';
    const known = await this.payments.get(paymentId);
    if (!known) {
      // nothing is kept of what came to nothing, once its learner was erased
      const learnerId = sighting.metadata['learnerId'];
      if (!sighting.paid && learnerId !== undefined && (await this.database.erased.has(learnerId))) return 'settled';
      return this.flag('payment', { paymentId, sessionId });
    }
    let wrong: string | undefined;
    await this.payments.change(paymentId, (current = known) => {
      wrong = mismatchOf(current, sighting, this.gateway.livemode);
      return wrong === undefined ? observe(current, sighting, this.clock.now()) : unchanged(current);
    });
    return wrong === undefined ? 'settled' : this.flag(wrong, { paymentId, sessionId });
  }
}
