import { MoneyValue } from '@lyceum/contracts';
import { z } from 'zod';
import { type Open, type Payment, isReceived, refundedOf } from './payment.js';

const Instant = z.iso.datetime();

export const CheckoutOrder = z.strictObject({ courseId: z.string().min(1).max(200) }).meta({ id: 'CheckoutOrder' });
export type CheckoutOrder = z.infer<typeof CheckoutOrder>;

export const CheckoutView = z
  .object({
    paymentId: z.string(),
    url: z.url().describe('the hosted pay page: send the browser there'),
    price: MoneyValue.describe('what is charged there, whatever happens to the course meanwhile'),
    expiresAt: Instant,
  })
  .meta({ id: 'Checkout' });

export const RefundOrderBody = z
  .strictObject({
    amount: z.int().positive().optional().describe('in minor units; everything that is left, if not given'),
    reason: z.string().trim().max(500).optional(),
  })
  .meta({ id: 'RefundOrder' });
export type RefundOrderBody = z.infer<typeof RefundOrderBody>;

export const PaymentView = z
  .object({
    paymentId: z.string(),
    learnerId: z.string(),
    courseId: z.string(),
    courseTitle: z.string(),
    status: z.enum(['opening', 'open', 'expired', 'failed', 'paid', 'partly-refunded', 'refunded']),
    price: MoneyValue,
    refunded: MoneyValue.describe('what has gone back so far'),
    createdAt: Instant,
    checkout: z.object({ url: z.url(), expiresAt: Instant }).optional().describe('while it can be paid'),
    receipt: z
      .object({
        number: z.string(),
        paidAt: Instant,
        total: MoneyValue,
        refunds: z.array(z.object({ amount: MoneyValue, refundedAt: Instant })),
      })
      .optional()
      .describe('once it has been paid'),
    refundReasons: z
      .array(z.object({ at: Instant, text: z.string() }))
      .optional()
      .describe('why money was asked back, in the words of whoever asked'),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.infer<typeof PaymentView>;

export const checkoutView = ({ id, url, price, expiresAt }: Open): z.infer<typeof CheckoutView> => ({
  paymentId: id,
  url,
  price,
  expiresAt: expiresAt.toISOString(),
});

export function paymentView(payment: Payment): PaymentView {
  const { id, learnerId, courseId, courseTitle, status, price, createdAt, expiresAt } = payment;
  return {
    paymentId: id,
    learnerId,
    courseId,
    courseTitle,
    status,
    price,
    refunded: refundedOf(payment),
    createdAt: createdAt.toISOString(),
    ...(payment.status === 'open' ? { checkout: { url: payment.url, expiresAt: expiresAt.toISOString() } } : {}),
    ...(isReceived(payment)
      ? {
          receipt: {
            number: receiptNumber(payment.id, payment.paidAt),
            paidAt: payment.paidAt.toISOString(),
            total: price,
            refunds: payment.refunds.map(({ amount, at }) => ({
              amount: { amount, currency: price.currency },
              refundedAt: at.toISOString(),
            })),
          },
        }
      : {}),
    ...(payment.refundReasons
      ? { refundReasons: payment.refundReasons.map(({ at, text }) => ({ at: at.toISOString(), text })) }
      : {}),
  };
}

/** Day of payment and the random end of the payment's id: readable on the phone, and nothing can be counted from it. */
const receiptNumber = (paymentId: string, paidAt: Date): string =>
  `LYC-${paidAt.toISOString().slice(0, 10).replaceAll('-', '')}-${paymentId.slice(-10).toUpperCase()}`;
