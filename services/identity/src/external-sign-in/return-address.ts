import { refusals } from '../refusals.js';

/**
 * Where a browser may be sent back to: exactly what the configuration lists, compared as text, so that there is nothing to
 * be read in two ways (RFC 9700, 4.1.3 and 4.11). Throws `identity.return-address-refused`.
 */
export function allowedReturn(wanted: string, allowed: readonly string[]): string {
  if (!allowed.includes(wanted)) throw refusals.returnAddressRefused();
  return wanted;
}

/** A return address with what came of it. */
export function withOutcome(returnTo: string, outcome: Readonly<Record<string, string>>): string {
  const url = new URL(returnTo);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
