import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant, MoneyValue } from './values.js';

const purchase = { paymentId: Id, learnerId: Id, courseId: Id };

export const checkoutStarted = defineEvent(
  'billing.checkout-started.v1',
  'A learner was sent to the pay page.',
  z.object({ ...purchase, courseTitle: z.string().optional(), price: MoneyValue, expiresAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const checkoutExpired = defineEvent(
  'billing.checkout-expired.v1',
  'The pay page closed without a payment.',
  z.object({ ...purchase, expiredAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const paymentSucceeded = defineEvent(
  'billing.payment-succeeded.v1',
  'The money for a course has arrived.',
  z.object({ ...purchase, courseTitle: z.string(), price: MoneyValue, paidAt: Instant }),
  { personal: { of: 'learnerId' } },
);

export const paymentDeclined = defineEvent(
  'billing.payment-declined.v1',
  'The bank said no; the learner may try again while the pay page is open.',
  z.object({ ...purchase, courseTitle: z.string().optional(), reason: z.string(), declinedAt: Instant }),
  { personal: { of: 'learnerId', fields: ['reason'] } },
);

export const paymentRefunded = defineEvent(
  'billing.payment-refunded.v1',
  'Money went back to the learner, in part or whole.',
  z.object({
    ...purchase,
    courseTitle: z.string(),
    refunded: MoneyValue.describe('in total so far'),
    full: z.boolean().describe('true when nothing of the payment is left: access from it ends'),
    refundedAt: Instant,
  }),
  { personal: { of: 'learnerId' } },
);
