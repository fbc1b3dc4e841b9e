import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far Stripe's clock and ours may be apart, in either direction, in seconds. */
export const TOLERANCE_SECONDS = 300;

const longestHeader = 4_096;
const mostSignatures = 20;

/**
 * Whether `header` (`Stripe-Signature: t=…,v1=…[,v1=…]`) signs the raw body with one of the secrets, not longer ago and
 * not further ahead than the tolerance. False for every malformed header; throws nothing.
 * Written by us and not by the client library, which throws plain errors for some headers and accepts the future.
 */
export function isSigned(rawBody: Buffer, header: unknown, secrets: readonly string[], now: Date): boolean {
  const signed = readHeader(header);
  if (!signed) return false;
  if (Math.abs(now.getTime() / 1_000 - signed.timestamp) > TOLERANCE_SECONDS) return false;
  let found = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${signed.written}.`).update(rawBody).digest();
    // no early end: the time taken says nothing about which one matched
    for (const signature of signed.signatures) if (timingSafeEqual(signature, expected)) found = true;
  }
  return found;
}

function readHeader(header: unknown): { timestamp: number; written: string; signatures: Buffer[] } | undefined {
  if (typeof header !== 'string' || header.length > longestHeader) return undefined;
  const times: string[] = [];
  const signatures: Buffer[] = [];
  for (const part of header.split(',')) {
    const [scheme, value] = part.trim().split('=', 2);
    if (scheme === 't' && value !== undefined) times.push(value);
    if (scheme === 'v1' && value !== undefined && /^[0-9a-f]{64}$/.test(value))
      signatures.push(Buffer.from(value, 'hex'));
  }
  const [written] = times;
  if (times.length !== 1 || written === undefined || !/^\d{1,12}$/.test(written)) return undefined;
  if (signatures.length === 0 || signatures.length > mostSignatures) return undefined;
  return { timestamp: Number(written), written, signatures };
}
