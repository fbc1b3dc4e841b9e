import { z } from 'zod';

/** Where identity exchanges API keys for access tokens; the edge asks there and does not route it. */
export const API_KEY_EXCHANGE_PATH = '/api-keys/exchange';

export const ApiKeyExchange = z.strictObject({ key: z.string().max(200) });
export type ApiKeyExchange = z.infer<typeof ApiKeyExchange>;

/** What identity answers to a key that holds. */
export const ExchangedApiKey = z.object({
  accessToken: z.string(),
  expiresIn: z.int().positive().describe('seconds'),
  sessionId: z.string().describe('`sid` of the token: when it is told to have ended, the key must be exchanged anew'),
});
export type ExchangedApiKey = z.infer<typeof ExchangedApiKey>;
