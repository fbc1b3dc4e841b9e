import { z } from 'zod';

export const ProviderParams = z.object({ provider: z.string().max(40) });
export type ProviderParams = z.infer<typeof ProviderParams>;

export const ReturnTo = z
  .string()
  .max(2_000)
  .optional()
  .describe(
    'exactly one of the addresses that the configuration allows; without it the browser ends at a page of ours',
  );

export const AuthorizationUrl = z
  .object({ authorizationUrl: z.string().describe('for the browser to go to, within ten minutes') })
  .meta({ id: 'AuthorizationUrl' });
export type AuthorizationUrl = z.infer<typeof AuthorizationUrl>;
