import { z } from 'zod';

/** Somebody else who says who people are: an OpenID provider, as the configuration names it. */
export interface Provider {
  /** Stands in paths and in the redirect URI. */
  readonly id: string;
  /** As people see it. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly scopes: readonly string[];
  /** Whether `email_verified` of this provider is proof enough of an address for us. */
  readonly trustsEmail: boolean;
  /** Values of `amr` and `acr` that mean two factors at this provider; by default none is believed. */
  readonly twoFactorAmr: readonly string[];
  readonly twoFactorAcr: readonly string[];
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether nobody can listen on the way there: by TLS, or because the way does not leave the machine. */
export const isSafeUrl = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));

/** Whether text is an absolute URL as it would be written again, safe to go to, and with no user or fragment in it. */
export function isPlainSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const asWritten = text === url.href || `${text}/` === url.href;
  return asWritten && isSafeUrl(url) && !url.username && !url.password && !url.hash;
}

const isIssuer = (text: string): boolean => isPlainSafeUrl(text) && new URL(text).search === '';
const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;
const names = z.array(z.string().min(1).max(200)).max(20);

const Provider = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and -'),
  name: z.string().trim().min(1).max(60),
  issuer: z.string().max(500).refine(isIssuer, 'must be an https URL without query (http on this machine only)'),
  clientId: z.string().min(1).max(500),
  clientSecret: z.string().min(1).max(2_000).optional(),
  scopes: names.default(['openid', 'email', 'profile']).refine((all) => all.includes('openid'), 'must have openid'),
  trustsEmail: z.boolean().default(false),
  twoFactorAmr: names.default([]),
  twoFactorAcr: names.default([]),
});

const Providers = z
  .array(Provider)
  .max(50)
  .refine((all) => unique(all.map(({ id }) => id)), 'ids must differ')
  .refine((all) => unique(all.map(({ issuer }) => issuer)), 'issuers must differ');

/** A JSON list of providers. What is wrong with it is said without its values: there are secrets among them. */
export const ProviderList = z.string().transform((text, context): readonly Provider[] => {
  const list = Providers.safeParse(parsed(text));
  if (list.success) return list.data;
  const problems = list.error.issues.map(({ path, message }) => [...path.map(String), message].join(' '));
  context.addIssue({ code: 'custom', message: `must be a JSON list of providers: ${problems.join(', ')}` });
  return z.NEVER;
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
