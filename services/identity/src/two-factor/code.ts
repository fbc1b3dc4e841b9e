import { z } from 'zod';

/** What a second factor is proven by, as clients send it. */
export const TotpCode = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .describe('of the authenticator app');
export const RecoveryCode = z.string().min(24).max(40).describe('instead of a code; works once');
