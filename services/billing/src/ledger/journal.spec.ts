import * as fc from 'fast-check';
import type { Received } from '../payments/payment.js';
import { type Balance, balanceOf, balanced, entriesOf, excess } from './journal.js';

const at = new Date('2026-11-20T09:00:00Z');
const received = (amount: number, refunds: readonly number[]): Received => ({
  id: 'p1',
  learnerId: 'l1',
  courseId: 'c1',
  courseTitle: 'Practical TypeScript',
  price: { amount, currency: 'EUR' },
  createdAt: at,
  expiresAt: at,
  successUrl: '',
  cancelUrl: '',
  declines: [],
  status: 'partly-refunded',
  sessionId: 'cs_1',
  paymentIntentId: 'pi_1',
  paidAt: at,
  refunds: refunds.map((part, index) => ({ refundId: `re_${index}`, amount: part, at })),
});

describe('the ledger', () => {
  it('balances after any sale and any refunds, and holds with Stripe what has not gone back', () => {
    const money = fc.integer({ min: 1, max: 99_999_999 });
    fc.assert(
      fc.property(money, fc.array(money, { maxLength: 8 }), (price, refunds) => {
        const entries = entriesOf(received(price, refunds));
        for (const entry of entries) expect(excess(entry.lines)).toBe(0);
        const balances: Balance[] = entries.flatMap(({ currency, lines }) =>
          lines.map((line) => ({ currency, ...line })),
        );
        const gone = refunds.reduce((sum, refund) => sum + refund, 0);
        expect(balanceOf(balances, 'stripe', 'EUR').amount).toBe(price - gone);
        expect(balanceOf(balances, 'course-sales', 'EUR').amount).toBe(-price);
        expect(balanceOf(balances, 'refunds', 'EUR').amount).toBe(gone);
      }),
    );
  });

  it('enters each sale and each refund under a name of its own', () => {
    expect(entriesOf(received(4900, [1000, 900])).map(({ id }) => id)).toEqual([
      'sale:p1',
      'refund:re_0',
      'refund:re_1',
    ]);
  });

  it('refuses an entry that does not balance, and a line with two sides', () => {
    const [sale] = entriesOf(received(4900, []));
    if (!sale) throw new Error('no entry');
    const tooMuch = { ...sale, lines: [...sale.lines, { account: 'refunds' as const, debit: 1, credit: 0 }] };
    const twoSided = { ...sale, lines: [{ account: 'stripe' as const, debit: 5, credit: 5 }] };
    const fraction = {
      ...sale,
      lines: sale.lines.map((line) => ({ ...line, debit: line.debit / 3, credit: line.credit / 3 })),
    };
    for (const wrong of [tooMuch, twoSided, fraction]) expect(() => balanced(wrong)).toThrow(RangeError);
  });
});
