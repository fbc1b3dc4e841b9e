import type Stripe from 'stripe';
import { withdraw } from './balance.js';
import type { Change } from './books.js';
import { currency, money } from './currencies.js';
import { newId } from './ids.js';
import { kept, merged } from './metadata.js';
import { type Param, type Read, choice, metadata, text, unsimulated, whole } from './parameters.js';
import { invalid } from './refusal.js';
import type { Charge, Refund } from './wire.js';

const simulated = {
  amount: whole(1),
  charge: text(),
  currency: currency(),
  metadata: metadata(),
  payment_intent: text(),
  reason: choice('duplicate', 'fraudulent', 'requested_by_customer'),
};

export const newRefund = {
  ...simulated,
  customer: unsimulated(),
  instructions_email: unsimulated(),
  origin: unsimulated(),
  refund_application_fee: unsimulated(),
  reverse_transfer: unsimulated(),
} satisfies Record<Exclude<keyof Stripe.RefundCreateParams, 'expand'>, Param<unknown>>;

export const refundChanges = { metadata: metadata() };

export function createRefund(
  change: Change,
  wishes: { [K in keyof typeof simulated]: Read<(typeof simulated)[K]> },
): Refund {
  const charge = chargeToRefund(change, wishes);
  if (charge.refunded)
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  const left = charge.amount - charge.amount_refunded;
  const amount = wishes.amount ?? left;
  if (amount > left)
    throw invalid(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge (${money(left, charge.currency)})`,
      { param: 'amount' },
    );
  if (wishes.currency !== undefined && wishes.currency !== charge.currency)
    throw invalid(`The currency of the refund must match the currency of the charge (${charge.currency}).`, {
      param: 'currency',
    });

  const id = newId('re_3', 23);
  const moved = withdraw(change, { amount, currency: charge.currency, refundId: id });
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: moved.id,
    charge: charge.id,
    created: change.now(),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: kept(wishes.metadata),
    payment_intent: charge.payment_intent,
    payment_method: null,
    reason: wishes.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  const refundedCharge: Charge = {
    ...charge,
    amount_refunded: charge.amount_refunded + amount,
    refunded: amount === left,
  };
  change.put('refund', refund);
  change.put('charge', refundedCharge);
  change.emit('refund.created', refund);
  change.emit('charge.refunded', refundedCharge, {
    amount_refunded: charge.amount_refunded,
    ...(refundedCharge.refunded && { refunded: false }),
  });
  return referenced(change, refund);
}

export function updateRefund(
  change: Change,
  id: string,
  wishes: { metadata: Read<typeof refundChanges.metadata> },
): Refund {
  const before = change.get('refund', id);
  const refund = change.put('refund', { ...before, metadata: merged(before.metadata ?? {}, wishes.metadata) });
  change.emit('refund.updated', refund, { metadata: before.metadata });
  return refund;
}

/** The bank's reference number arrives after the refund: Stripe's `refund.updated`. */
function referenced(change: Change, refund: Refund): Refund {
  const known = change.put('refund', {
    ...refund,
    destination_details: {
      card: {
        reference: newId('', 12).toUpperCase(),
        reference_status: 'available',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
  });
  change.emit('refund.updated', known, { destination_details: refund.destination_details });
  return known;
}

function chargeToRefund(
  change: Change,
  wishes: { charge: string | undefined; payment_intent: string | undefined },
): Charge {
  if ((wishes.charge === undefined) === (wishes.payment_intent === undefined))
    throw invalid(
      wishes.charge === undefined
        ? 'One of the following params should be provided for this request: payment_intent or charge.'
        : 'Only one of the following params should be provided for this request: payment_intent or charge.',
      wishes.charge === undefined ? { code: 'parameter_missing' } : {},
    );
  if (wishes.charge !== undefined) return refundable(change.get('charge', wishes.charge, 'charge'));
  const intent = change.get('paymentIntent', wishes.payment_intent ?? '', 'payment_intent');
  if (intent.status !== 'succeeded' || typeof intent.latest_charge !== 'string')
    throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  return refundable(change.get('charge', intent.latest_charge));
}

function refundable(charge: Charge): Charge {
  if (charge.status !== 'succeeded')
    throw invalid(`Charge ${charge.id} is not refundable because it was not successful.`, { param: 'charge' });
  return charge;
}
