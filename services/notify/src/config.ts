import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

function isPrivateJwk(text: string): boolean {
  try {
    const jwk: unknown = JSON.parse(text);
    return typeof jwk === 'object' && jwk !== null && 'crv' in jwk && jwk.crv === 'P-256' && 'd' in jwk;
  } catch {
    return false;
  }
}

export const Config = z.object({
  SENDGRID_API_KEY: z
    .string()
    .regex(/^SG\.\S+$/, 'must be a SendGrid API key')
    .describe('API key of SendGrid; needs the right to send mail and no other'),
  SENDGRID_API_URL: z
    .url()
    .default('https://api.sendgrid.com')
    .describe('where SendGrid is, if it is not SendGrid itself'),
  SENDGRID_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(8_000)
    .describe('for sending one mail; below SHUTDOWN_GRACE_MS, so that a stopping instance knows what became of it'),
  DELIVERY_LEASE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(120_000)
    .describe(
      'how long one attempt may take before another instance believes that this one has died, and sends the message itself; above SENDGRID_TIMEOUT_MS and the longest pause of a process',
    ),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>\r\n]+ <[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/, 'must be an address, or: Name <address>')
    .describe('sender of every mail, verified with SendGrid'),
  STREAM_HEARTBEAT_MS: z.coerce
    .number()
    .int()
    .min(50)
    .max(60_000)
    .default(15_000)
    .describe('how often an open notification stream shows that it is alive; below every proxy’s idle time-out'),
  NOTIFY_SEALING_PRIVATE_KEY: z
    .string()
    .refine(isPrivateJwk, 'must be a private P-256 key as a JWK')
    .describe('opens the one-time tokens that identity seals, as a JWK'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
