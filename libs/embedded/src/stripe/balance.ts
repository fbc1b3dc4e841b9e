import type { Change } from './books.js';
import { newId } from './ids.js';
import type { BalanceTransaction } from './wire.js';

// Stripe's European list price: 1.5 % + 25 minor units; it keeps the fee when the money goes back
const share = 0.015;
const fixed = 25;

/** Books a successful charge with its fee. */
export function deposit(
  change: Change,
  { amount, currency, chargeId }: { amount: number; currency: string; chargeId: string },
): BalanceTransaction {
  const fee = Math.min(amount, Math.round(amount * share) + fixed);
  return book(change, 'charge', amount, fee, currency, chargeId);
}

export function withdraw(
  change: Change,
  { amount, currency, refundId }: { amount: number; currency: string; refundId: string },
): BalanceTransaction {
  return book(change, 'refund', -amount, 0, currency, refundId);
}

function book(
  change: Change,
  type: 'charge' | 'refund',
  amount: number,
  fee: number,
  currency: string,
  source: string,
): BalanceTransaction {
  return change.put('balanceTransaction', {
    id: newId('txn_3', 23),
    object: 'balance_transaction',
    amount,
    available_on: change.now(),
    balance_type: 'payments',
    created: change.now(),
    currency,
    description: type === 'refund' ? 'REFUND FOR CHARGE' : null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: type,
    source,
    status: 'available',
    type,
  });
}
