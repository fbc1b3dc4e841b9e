import { CONFIG } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { StripeGateway, StripeRefused } from '../stripe/stripe.gateway.js';
import { type Payment, noteReason } from './payment.js';
import { Payments } from './payments.store.js';
import { type RefundWish, orderRefund } from './refunding.js';
import { Settlement } from './settlement.service.js';

/** Gives money back. The payment changes when Stripe shows the refund, here at once or later by webhook. */
@Injectable()
export class Refunds {
  constructor(
    private readonly payments: Payments,
    private readonly gateway: StripeGateway,
    private readonly settlement: Settlement,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async refund(paymentId: string, wish: RefundWish): Promise<Payment> {
    const payment = await this.payments.get(paymentId);
    if (!payment) throw refusals.paymentNotFound();
    const order = orderRefund(payment, wish, this.clock.now(), this.config.REFUND_WINDOW_DAYS);
    const { amount } = order;
    this.log.info('a refund is asked for', {
      paymentId,
      amount,
      by: wish.callerId,
      admin: wish.admin,
    });
    // with the payment and not in the log: it can be erased there
    const { reason } = wish;
    if (reason)
      await this.payments.change(paymentId, (current = payment) => noteReason(current, reason, this.clock.now()));
    try {
      await this.gateway.refund(order);
    } catch (error) {
      if (!(error instanceof StripeRefused)) throw error;
      // somebody else has given money back meanwhile: the caller should look again
      await this.settlement.refresh(payment);
      throw refusals.refundInProgress(undefined, { code: error.code });
    }
    return this.settlement.refresh(payment);
  }
}
