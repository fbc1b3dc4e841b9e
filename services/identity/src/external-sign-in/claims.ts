import { z } from 'zod';
import { EmailAddress } from '../accounts/email-address.js';
import { PersonName } from '../accounts/person-name.js';
import type { Authentication } from '../sessions/authentication.js';
import { refusals } from '../refusals.js';
import type { Provider } from './provider.js';

const text = z.string().max(500).optional().catch(undefined);

/** What an id_token says of how somebody has proven it at the provider. */
export const ProofClaims = z.object({
  auth_time: z.number().nonnegative().optional().catch(undefined),
  amr: z.array(z.string()).catch([]),
  acr: text,
});
export type ProofClaims = z.infer<typeof ProofClaims>;

/** What a provider tells of a person. Some say `email_verified` as text. */
export const PersonClaims = z.object({
  email: text,
  email_verified: z.union([z.boolean(), z.literal('true').transform(() => true)]).catch(false),
  name: text,
  given_name: text,
  family_name: text,
});
export type PersonClaims = z.infer<typeof PersonClaims>;

export interface Newcomer {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Who has one name only gets this for the other: both stand in sentences and on certificates. */
const NO_NAME = '–';

/** Throws `identity.external-address-unproven` unless the provider vouches for an address. */
export function newcomerOf(claims: PersonClaims): Newcomer {
  const email = EmailAddress.safeParse(claims.email);
  if (!email.success || !claims.email_verified) throw refusals.externalAddressUnproven();
  const [first, ...others] = (claims.name ?? '').trim().split(/\s+/);
  const firstName = nameIn(claims.given_name) ?? nameIn(first) ?? nameIn(email.data.split('@')[0]) ?? NO_NAME;
  const lastName = nameIn(claims.family_name) ?? nameIn(others.join(' ')) ?? NO_NAME;
  return { email: email.data, firstName, lastName };
}

const nameIn = (told: string | undefined): string | undefined => PersonName.safeParse(told).data;

/**
 * One factor, `fed` (no word of RFC 8176, but the usual one), unless the configuration says which words of the provider mean two. The
 * proof is as old as the provider says: a session there may have been open for days.
 */
export function authenticationBy(
  { twoFactorAmr, twoFactorAcr }: Pick<Provider, 'twoFactorAmr' | 'twoFactorAcr'>,
  { auth_time: provenAt, amr, acr }: ProofClaims,
  now: Date,
): Authentication {
  const strong =
    amr.some((method) => twoFactorAmr.includes(method)) || (acr !== undefined && twoFactorAcr.includes(acr));
  const at = provenAt === undefined ? now : new Date(Math.min(provenAt * 1_000, now.getTime()));
  return { at, methods: strong ? ['fed', 'mfa'] : ['fed'] };
}
