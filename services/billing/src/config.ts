import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

const secretsList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((secret) => secret.trim())
      .filter((secret) => secret !== ''),
  )
  .pipe(z.array(z.string().min(8, 'must hold secrets of at least 8 characters')).min(1));

export const Config = z.object({
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, 'must be a Stripe secret or restricted key')
    .describe('API key of the Stripe account; a live key moves real money'),
  STRIPE_WEBHOOK_SECRETS: secretsList.describe(
    'signing secrets of the webhook endpoint, comma-separated while rotating',
  ),
  STRIPE_API_URL: z.url().optional().describe('where Stripe is, if it is not Stripe itself'),
  STRIPE_TIMEOUT_MS: z.coerce.number().int().min(100).default(10_000).describe('for one attempt of one call'),
  STRIPE_RETRIES: z.coerce.number().int().min(0).max(10).default(2).describe('further attempts of one call'),
  CHECKOUT_TTL_MINUTES: z.coerce
    .number()
    .int()
    .min(31, 'must be at least 31: Stripe refuses less than half an hour')
    .max(1_439, 'must be at most 1439: Stripe refuses more than a day')
    .default(60)
    .describe('how long a pay page stays open'),
  REFUND_WINDOW_DAYS: z.coerce
    .number()
    .min(0)
    .default(14)
    .describe('in which learners take their money back themselves'),
  ACCOUNTS_KEPT_YEARS: z.coerce
    .number()
    .int()
    .min(0)
    .default(10)
    .describe(
      'full years for which the accounts of people who were erased are kept, by the law on accounting (Germany: § 147 AO, § 257 HGB)',
    ),
  RECONCILE_INTERVAL_SECONDS: z.coerce
    .number()
    .positive()
    .default(60)
    .describe('between two comparisons of our payments with Stripe'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
