import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';
import { ProviderList, isPlainSafeUrl } from './external-sign-in/provider.js';

const isKey = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text);

function isPublicJwk(text: string): boolean {
  try {
    const jwk: unknown = JSON.parse(text);
    return typeof jwk === 'object' && jwk !== null && 'crv' in jwk && jwk.crv === 'P-256' && !('d' in jwk);
  } catch {
    return false;
  }
}

const count = (usual: number) => z.coerce.number().int().positive().default(usual);

export const Config = z.object({
  KEY_ENCRYPTION_KEY: z
    .string()
    .refine(isKey, 'must be 32 bytes in base64')
    .describe('encrypts the private signing keys and other secrets at rest; 32 bytes in base64'),
  KEY_ENCRYPTION_KEYS_READ_ONLY: z
    .string()
    .default('')
    .transform((list) => list.split(',').map((key) => key.trim()))
    .transform((keys) => keys.filter((key) => key !== ''))
    .refine((keys) => keys.every(isKey), 'must be 32 bytes in base64 each, with commas between')
    .describe(
      'further keys that secrets are only read with, with commas between: the one that KEY_ENCRYPTION_KEY replaces, until nothing is encrypted with it any more; or the next one, while instances learn of it',
    ),
  NOTIFY_SEALING_PUBLIC_KEY: z
    .string()
    .refine(isPublicJwk, 'must be a public P-256 key as a JWK')
    .describe('public key of notify as a JWK: one-time tokens in events are sealed to it'),
  ACCESS_TOKEN_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(3_600)
    .default(900)
    .describe('how long an access token is valid'),
  SIGNING_KEY_ROTATION_DAYS: count(30).describe(
    'how many days a key signs access tokens before another one takes its place',
  ),
  INACTIVE_AFTER_DAYS: count(90).describe('after how many days without use somebody is reminded of the account, once'),
  PASSWORD_HASHES_AT_ONCE: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'password hashes computed at once; each takes 46 MiB and one core. By default one less than there are cores, so that everything else goes on',
    ),
  PASSWORD_HASHES_WAITING: count(40).describe('password hashes that may wait; beyond that sign-ins answer 429'),
  AUDIT_CHECKPOINT_SECONDS: count(30).describe(
    'how often it is signed how far the audit log is; what is cut off its end before that is not noticed',
  ),
  WEBAUTHN_RP_ID: z
    .string()
    .regex(/^[a-z0-9.-]+$/, 'must be a domain name')
    .optional()
    .describe(
      'domain that passkeys are made for; by default that of PUBLIC_URL. Changing it makes all of them useless',
    ),
  WEBAUTHN_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.url().refine((url) => new URL(url).origin === url, 'must be origins')).min(1))
    .optional()
    .describe('origins whose pages may ask for passkeys, with commas between; by default that of PUBLIC_URL'),
  BREACHED_PASSWORDS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'service with the range interface of Have I Been Pwned that new passwords are looked up in, like https://api.pwnedpasswords.com; without it none is asked',
    ),
  ERASURE_GRACE_DAYS: z.coerce
    .number()
    .min(0)
    .max(30)
    .default(14)
    .describe('days in which the owner of an account can cancel its erasure'),
  TERMS_VERSION: z
    .string()
    .max(100)
    .optional()
    .describe('version of the terms that whoever registers must agree to; none if it is absent'),
  PRIVACY_POLICY_VERSION: z
    .string()
    .max(100)
    .optional()
    .describe('version of the privacy policy that whoever registers must agree to; none if it is absent'),
  OIDC_PROVIDERS: z
    .string()
    .default('[]')
    .pipe(ProviderList)
    .describe(
      'OpenID providers by which one can sign in: a JSON list of { id, name, issuer, clientId, clientSecret?, scopes?, trustsEmail?, twoFactorAmr?, twoFactorAcr? } (README of identity); none by default',
    ),
  OIDC_RETURN_URLS: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((url) => url.trim() || []))
    .pipe(z.array(z.string().refine(isPlainSafeUrl, 'must be https URLs (http on this machine only)')))
    .describe(
      'addresses of the front end to which browsers may return from a provider, with commas between; compared letter by letter. Without one they end at a page that says what happened',
    ),
  ADMIN_EMAIL: z.email().optional().describe('the first administrator, made at start; together with ADMIN_PASSWORD'),
  ADMIN_PASSWORD: z.string().min(12).max(128).optional().describe('password of the first administrator'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
