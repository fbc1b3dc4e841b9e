import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

const perMinute = (limit: number) => z.coerce.number().int().positive().default(limit);

export const Config = z.object({
  IDENTITY_URL: z.url().describe('base URL of the identity service'),
  CATALOG_URL: z.url().describe('base URL of the catalog service'),
  BILLING_URL: z.url().describe('base URL of the billing service'),
  ENROLLMENT_URL: z.url().describe('base URL of the enrollment service'),
  PROGRESS_URL: z.url().describe('base URL of the progress service'),
  MEDIA_URL: z.url().describe('base URL of the media service'),
  NOTIFY_URL: z.url().describe('base URL of the notify service'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe('comma-separated origins of browser clients that may call the API; none by default'),
  RATE_LIMIT_ADDRESS: perMinute(600).describe('requests a minute from one address'),
  RATE_LIMIT_ACCOUNT: perMinute(600).describe('requests a minute of one account'),
  RATE_LIMIT_SIGN_IN: perMinute(30).describe('requests a minute to /auth from one address'),
  RATE_LIMIT_API_KEYS: perMinute(120).describe(
    'API keys a minute from one address that identity must be asked about; one in use is asked about once a minute',
  ),
  UPSTREAM_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(30_000)
    .describe('until a service must begin to answer'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
