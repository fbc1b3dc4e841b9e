import { CONFIG } from '@lyceum/host';
import { Clock, Refusal, unchanged } from '@lyceum/kernel';
import { inPages } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { keptUntil } from '../ledger/retention.js';
import { Entitlements } from '../projections/entitlements.store.js';
import { StripeEvents } from '../stripe/stripe-events.store.js';
import { Checkouts } from './checkout.service.js';
import { gotCourse } from './delivered.js';
import { type Payment, type Received, cameToNothing, disown, isReceived, release } from './payment.js';
import { Payments } from './payments.store.js';
import { Refunds } from './refunds.service.js';

/** `later`: Stripe has to be asked again. `gone`: nothing had come of it. `awaited`: its money may be on its way. */
export type Concluded = 'later' | 'gone' | 'awaited' | 'kept';

export interface ConcludedPayment {
  readonly payment: Payment;
  readonly outcome: Concluded;
}

/**
 * The payments of people who were erased. What was delivered stays in the accounts; pay pages are closed; money for which nobody is
 * left to get the course goes back; what came to nothing is not kept.
 */
@Injectable()
export class ErasedBuyers {
  constructor(
    private readonly payments: Payments,
    private readonly entitlements: Entitlements,
    private readonly webhooks: StripeEvents,
    private readonly checkouts: Checkouts,
    private readonly refunds: Refunds,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Marks everything first, while it can be seen what was delivered; whatever money comes afterwards finds the mark. */
  async close(learnerId: string, at: Date): Promise<ConcludedPayment[]> {
    const ids: string[] = [];
    for await (const items of inPages((page) => this.payments.history(learnerId, page)))
      for (const payment of items) {
        await this.disown(payment, at);
        ids.push(payment.id);
      }
    const concluded: ConcludedPayment[] = [];
    for (const id of ids) {
      const payment = await this.payments.get(id);
      if (payment) concluded.push(await this.conclude(payment));
    }
    return concluded;
  }

  /** A payment of somebody who was erased has just arrived. */
  async settle(paymentId: string): Promise<void> {
    const payment = await this.payments.get(paymentId);
    if (payment) await this.conclude(await this.disown(payment, this.clock.now()));
  }

  /** Goes on with what could not be concluded, and lets go of accounts that have been kept for long enough. */
  async sweep(goOn: () => boolean): Promise<void> {
    for await (const items of inPages((page) => this.payments.owedToErased(page)))
      for (const payment of items) if (goOn()) await this.conclude(payment);
    const now = this.clock.now();
    for await (const items of inPages((page) => this.payments.keptLongEnough(now, page)))
      for (const { id } of items) if (goOn()) await this.payments.remove(id);
  }

  /** Everything by which Stripe names a payment. */
  idsAtStripe(payment: Payment): string[] {
    const session = 'sessionId' in payment && payment.sessionId !== undefined ? [payment.sessionId] : [];
    return isReceived(payment) ? [...session, payment.paymentIntentId] : session;
  }

  private async disown(payment: Payment, at: Date): Promise<Payment> {
    const had = await this.entitlements.ofLearners([payment.learnerId]);
    const disowning = { at, gotCourse: (received: Received) => gotCourse(received, had), keepUntil: this.keepUntil };
    return this.payments.change(payment.id, (current) =>
      current ? disown(current, disowning) : unchanged<Payment>(payment),
    );
  }

  private async conclude(payment: Payment): Promise<ConcludedPayment> {
    try {
      const concluded = await this.giveBack(await this.closed(payment));
      return { payment: concluded, outcome: await this.outcomeOf(concluded) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.warn('a payment of somebody who was erased is looked at again', {
        paymentId: payment.id,
        code: error.code,
      });
      return { payment, outcome: 'later' };
    }
  }

  /** The payment, with a pay page that nobody can use any more. */
  private async closed(payment: Payment): Promise<Payment> {
    const seen = payment.status === 'opening' ? await this.checkouts.heal(payment) : payment;
    return seen.status === 'open' ? this.checkouts.close(seen) : seen;
  }

  private async giveBack(payment: Payment): Promise<Payment> {
    if (!payment.buyerErased?.owed || !isReceived(payment)) return payment;
    const left = payment.status !== 'refunded';
    if (left) await this.refunds.refund(payment.id, { callerId: 'erasure', admin: true });
    return this.payments.change(payment.id, (current) =>
      current ? release(current, this.keepUntil) : unchanged<Payment>(payment),
    );
  }

  private async outcomeOf(payment: Payment): Promise<Concluded> {
    if (payment.status === 'opening') return 'later'; // somebody is just asking Stripe for its page
    if (payment.status === 'open') return 'awaited';
    if (!cameToNothing(payment)) return payment.buyerErased?.owed ? 'awaited' : 'kept';
    await this.webhooks.forget(this.idsAtStripe(payment));
    await this.payments.remove(payment.id);
    return 'gone';
  }

  private readonly keepUntil = ({ paidAt, refunds }: Received): Date =>
    keptUntil(
      new Date(Math.max(paidAt.getTime(), ...refunds.map(({ at }) => at.getTime()))),
      this.config.ACCOUNTS_KEPT_YEARS,
    );
}
