import { networkOf } from '../attempts/network.js';
import { isSameKind } from './device-kind.js';
import type { Device, Session } from './session.js';

/** What the sessions of an account remember of where it is used. */
export type Remembered = Pick<Session, 'device' | 'startedAt' | 'announced'>;

const DAY = 86_400_000;
/** Somebody who signs in from everywhere is not to be buried in mails, and nobody else is to bury him. */
export const ANNOUNCED_A_DAY = 5;

/**
 * Whether the owner is to hear of a session on this device: when its kind of program, or its network, is none from which the account
 * is used. Where the account was never used it is no news.
 */
export function isNews(
  { remembered, usedBefore }: { readonly remembered: readonly Remembered[]; readonly usedBefore: boolean },
  { userAgent, address }: Device,
  now: Date,
): boolean {
  if (!usedBefore && remembered.length === 0) return false;
  const network = networkOf(address);
  const isFamiliar =
    remembered.some(({ device }) => isSameKind(device.userAgent, userAgent)) &&
    remembered.some(({ device }) => networkOf(device.address) === network);
  if (isFamiliar) return false;
  const today = remembered.filter(({ announced, startedAt }) => announced && now.getTime() - startedAt.getTime() < DAY);
  return today.length < ANNOUNCED_A_DAY;
}
