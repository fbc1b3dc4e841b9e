import { refusals } from '../refusals.js';
import { type Payment, isReceived, refundedOf } from './payment.js';

export interface RefundWish {
  readonly callerId: string;
  readonly admin: boolean;
  /** In minor units; everything that is left, if not given. */
  readonly amount?: number | undefined;
  /** Why, in the caller's own words. */
  readonly reason?: string | undefined;
}

/** What Stripe is to be asked for. */
export interface RefundOrder {
  readonly paymentId: string;
  readonly paymentIntentId: string;
  readonly amount: number;
  /** The same wish before it is fulfilled has the same key, so that it is fulfilled once. */
  readonly key: string;
}

const DAY = 86_400_000;

/** Whether somebody may know of a payment: its learner and administrators. */
export const isVisibleTo = (payment: Payment, callerId: string, admin: boolean): boolean =>
  admin || payment.learnerId === callerId;

/** Decides on a refund: administrators give back what they like, learners the whole within the window. Throws refusals. */
export function orderRefund(payment: Payment, wish: RefundWish, now: Date, windowDays: number): RefundOrder {
  if (!isVisibleTo(payment, wish.callerId, wish.admin)) throw refusals.paymentNotFound();
  if (!isReceived(payment)) throw refusals.notRefundable('It has not been paid');
  const already = refundedOf(payment).amount;
  const left = payment.price.amount - already;
  if (left <= 0) throw refusals.notRefundable('It has been refunded already');
  const amount = wish.amount ?? left;
  if (amount > left)
    throw refusals.refundTooLarge(undefined, { left: { amount: left, currency: payment.price.currency } });
  if (!wish.admin) {
    if (amount < payment.price.amount) throw refusals.onlyFullRefund();
    if (now.getTime() > payment.paidAt.getTime() + windowDays * DAY)
      throw refusals.refundWindowClosed(`It closed ${windowDays} days after the payment`);
  }
  return {
    paymentId: payment.id,
    paymentIntentId: payment.paymentIntentId,
    amount,
    key: `${payment.id}-refund-${already}-${amount}`,
  };
}
