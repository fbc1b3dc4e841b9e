import { erasureCancelled, erasureDue, erasureScheduled, userErased } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import type { Account, ErasedAccount, ScheduledErasure } from '../accounts/account.js';
import { refusals } from '../refusals.js';

export type Order = Pick<ScheduledErasure, 'erasureId' | 'by' | 'adminId' | 'reason'> & { readonly graceDays: number };

const DAY = 86_400_000;
const timer = 'erasure';

/** Schedules it; one that is scheduled already stays as it is. */
export function scheduleErasure(account: Account, { graceDays, ...order }: Order, now: Date): Change<Account> {
  if (account.erasure) return unchanged(account);
  const dueAt = new Date(now.getTime() + graceDays * DAY);
  const { id: userId, email, firstName } = account;
  const { erasureId, by, adminId } = order;
  const told = erasureScheduled({
    userId,
    erasureId,
    email,
    firstName,
    by,
    ...(adminId === undefined ? {} : { adminId }),
    scheduledAt: now.toISOString(),
    dueAt: dueAt.toISOString(),
  });
  const set = [{ key: timer, at: dueAt, event: erasureDue({ userId, erasureId }) }];
  return changed({ ...account, erasure: { ...order, scheduledAt: now, dueAt } }, [told], { set });
}

/** The account stays. Throws `identity.no-erasure-scheduled`, also when it is too late by now. */
export function cancelErasure(account: Account, now: Date): Change<Account> {
  const { erasure, ...stays } = account;
  if (!erasure || erasure.dueAt <= now) throw refusals.noErasureScheduled();
  const { id: userId, email, firstName } = account;
  const about = { userId, erasureId: erasure.erasureId, email, firstName };
  return changed(stays, [erasureCancelled({ ...about, cancelledAt: now.toISOString() })], { cancel: [timer] });
}

/** Whether this very erasure is to happen now: it may have been cancelled, and another one been scheduled. */
export const isDue = ({ erasure }: Account, erasureId: string, now: Date): boolean =>
  erasure?.erasureId === erasureId && erasure.dueAt <= now;

/** Nothing of the account is left but that it was there. `sealedReceipt` is for the last mail. */
export function eraseAccount(
  { id }: Account,
  { erasureId, sealedReceipt }: { readonly erasureId: string; readonly sealedReceipt: string },
  now: Date,
): Change<ErasedAccount> {
  const told = userErased({ userId: id, erasureId, erasedAt: now.toISOString(), sealedReceipt });
  return changed({ id, status: 'erased', erasedAt: now }, [told], { cancel: [timer] });
}
