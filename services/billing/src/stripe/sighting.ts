import type Stripe from 'stripe';
import type { Refund, Sighting } from '../payments/payment.js';

const instant = (seconds: number): Date => new Date(seconds * 1_000);

/** What a session shows, with `payment_intent.latest_charge` expanded and the refunds of that charge beside it. */
export function sightingOf(session: Stripe.Checkout.Session, refunds: readonly Stripe.Refund[]): Sighting {
  const intent = typeof session.payment_intent === 'object' ? session.payment_intent : null;
  const charge = typeof intent?.latest_charge === 'object' ? intent.latest_charge : null;
  const paid = session.payment_status === 'paid' && intent?.status === 'succeeded';
  const complete = session.status === 'complete';
  return {
    livemode: session.livemode,
    mode: session.mode,
    metadata: session.metadata ?? {},
    sessionId: session.id,
    session: statusOf(session),
    ...(session.url ? { url: session.url } : {}),
    ...(session.amount_total === null ? {} : { amount: session.amount_total }),
    ...(session.currency ? { currency: session.currency.toUpperCase() } : {}),
    ...(paid
      ? {
          paid: {
            paymentIntentId: intent.id,
            amount: intent.amount_received,
            at: instant(charge?.created ?? intent.created),
          },
        }
      : {}),
    ...(charge?.status === 'failed'
      ? {
          decline: {
            chargeId: charge.id,
            reason: charge.failure_message ?? charge.failure_code ?? 'declined',
            at: instant(charge.created),
          },
        }
      : {}),
    fellThrough:
      complete &&
      session.payment_status === 'unpaid' &&
      (intent?.status === 'requires_payment_method' || intent?.status === 'canceled'),
    refunds: refunds.flatMap(refundOf),
  };
}

const statusOf = ({ status }: Stripe.Checkout.Session): Sighting['session'] => {
  if (status === 'complete') return 'complete';
  return status === 'expired' ? 'expired' : 'open';
};

// pending money has not moved yet; a failed refund has come back
const refundOf = ({ id, amount, created, status }: Stripe.Refund): Refund[] =>
  status === 'succeeded' ? [{ refundId: id, amount, at: instant(created) }] : [];
