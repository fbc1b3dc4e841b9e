import { userInactive } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { type Account, isVerified } from './account.js';

const DAY = 86_400_000;

/** Whether it is worth a write that the account is used now: once a day, and when somebody has been reminded. */
export const isNoteworthy = ({ lastSeenAt, remindedAt }: Account, now: Date): boolean =>
  remindedAt !== undefined || !lastSeenAt || now.getTime() - lastSeenAt.getTime() >= DAY;

export function seen(account: Account, now: Date): Change<Account> {
  if (!isNoteworthy(account, now)) return unchanged(account);
  const { remindedAt: _, ...used } = account;
  return changed({ ...used, lastSeenAt: now });
}

/**
 * Reminds the owner of an account that nobody has used for `days`: once until it is used again, and only at a proven address.
 * @param lastSession when one of its sessions was last used, which the account may not have noted yet
 */
export function remind(
  account: Account,
  { days, lastSession }: { readonly days: number; readonly lastSession?: Date | undefined },
  now: Date,
): Change<Account> {
  const lastSeen = latest(account.lastSeenAt ?? account.registeredAt, lastSession);
  const isInactive = now.getTime() - lastSeen.getTime() >= days * DAY;
  if (!isInactive || account.remindedAt !== undefined || !isVerified(account)) return unchanged(account);
  const { id: userId, email, firstName } = account;
  const told = userInactive({
    userId,
    email,
    firstName,
    lastSeenAt: lastSeen.toISOString(),
    noticedAt: now.toISOString(),
  });
  return changed({ ...account, remindedAt: now }, [told]);
}

const latest = (one: Date, other: Date = one): Date => (one > other ? one : other);
