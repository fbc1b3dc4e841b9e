import type { Money } from '@lyceum/kernel';
import { type Payment, type Received, isReceived } from '../payments/payment.js';

/** `stripe`: money that lies with Stripe (asset). `course-sales`: income. `refunds`: income given back. */
export type Account = 'stripe' | 'course-sales' | 'refunds';

/** Amounts in minor units; one of the two is 0. */
export interface Line {
  readonly account: Account;
  readonly debit: number;
  readonly credit: number;
}

/** One entry of the journal. Never changed or deleted; a mistake is set right by another entry. */
export interface Entry {
  /** `sale:<payment>` or `refund:<Stripe's refund>`: what happened once is entered once. */
  readonly id: string;
  readonly paymentId: string;
  readonly courseId: string;
  readonly at: Date;
  readonly currency: string;
  readonly lines: readonly Line[];
}

/** The entries that a payment leads to, as far as it has come. */
export function entriesOf(payment: Payment): Entry[] {
  if (!isReceived(payment)) return [];
  return [
    entry(payment, `sale:${payment.id}`, payment.paidAt, 'stripe', 'course-sales', payment.price.amount),
    ...payment.refunds.map(({ refundId, amount, at }) =>
      entry(payment, `refund:${refundId}`, at, 'refunds', 'stripe', amount),
    ),
  ];
}

function entry(payment: Received, id: string, at: Date, debit: Account, credit: Account, amount: number): Entry {
  return balanced({
    id,
    paymentId: payment.id,
    courseId: payment.courseId,
    at,
    currency: payment.price.currency,
    lines: [
      { account: debit, debit: amount, credit: 0 },
      { account: credit, debit: 0, credit: amount },
    ],
  });
}

/** The entry itself. Throws RangeError unless its debits equal its credits and every line has one side, in whole minor units. */
export function balanced(entered: Entry): Entry {
  const oneSided = entered.lines.every(
    ({ debit, credit }) =>
      Number.isSafeInteger(debit) &&
      Number.isSafeInteger(credit) &&
      debit >= 0 &&
      credit >= 0 &&
      (debit === 0) !== (credit === 0),
  );
  if (!oneSided || excess(entered.lines) !== 0) throw new RangeError(`Entry ${entered.id} does not balance`);
  return entered;
}

/** Debits minus credits, in minor units. */
export const excess = (lines: readonly Pick<Line, 'debit' | 'credit'>[]): number =>
  lines.reduce((sum, { debit, credit }) => sum + debit - credit, 0);

/** Sums of one account in one currency. */
export interface Balance {
  readonly account: Account;
  readonly currency: string;
  readonly debit: number;
  readonly credit: number;
}

/** What lies on an account, counted as its debit side. */
export function balanceOf(balances: readonly Balance[], account: Account, currency: string): Money {
  const of = balances.filter((balance) => balance.account === account && balance.currency === currency);
  return { amount: excess(of), currency };
}
