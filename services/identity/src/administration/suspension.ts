import { accountReinstated, accountSuspended, signedOutByAdmin, suspensionOver } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import type { Account, AccountState } from '../accounts/account.js';
import { refusals } from '../refusals.js';

/** What an administrator does to somebody's account, and why. */
export interface AdminAct {
  readonly adminId: string;
  readonly reason: string;
}

export interface Suspension extends AdminAct {
  readonly until?: Date | undefined;
}

const TIMER = 'suspension-over';

export const isSuspended = ({ state }: Pick<Account, 'state'>, now: Date): boolean =>
  state.status === 'suspended' && (state.until === undefined || state.until > now);

/** Throws `identity.account-suspended`; say so only to who has proven to be the owner. */
export function refuseSuspended(account: Pick<Account, 'state'>, now: Date): void {
  const { state } = account;
  if (state.status !== 'suspended' || !isSuspended(account, now)) return;
  throw refusals.accountSuspended(undefined, state.until ? { until: state.until.toISOString() } : {});
}

/** Throws `identity.own-account`: an administrator whose session was stolen must not be able to lock oneself out, or up. */
export function refuseOwn(account: Pick<Account, 'id'>, { adminId }: AdminAct): void {
  if (account.id === adminId) throw refusals.ownAccount();
}

/** Shuts the account. Done again it changes the end and the reason. Throws `identity.suspension-over` for an end that is past. */
export function suspend(account: Account, { adminId, reason, until }: Suspension, now: Date): Change<Account> {
  refuseOwn(account, { adminId, reason });
  if (until && until <= now) throw refusals.suspensionOver();
  const { state: before } = account;
  if (isSuspended(account, now) && isSame(before, { adminId, reason, until })) return unchanged(account);
  const { id: userId, email, firstName } = account;
  const suspendedAt = now.toISOString();
  const ends = until ? { until: until.toISOString() } : {};
  const told = accountSuspended({ userId, email, firstName, adminId, reason, ...ends, suspendedAt });
  const state: AccountState = { status: 'suspended', since: now, ...(until ? { until } : {}), adminId, reason };
  if (!until) return changed({ ...account, state }, [told], { cancel: [TIMER] });
  const over = suspensionOver({ userId, suspendedAt, until: until.toISOString() });
  return changed({ ...account, state }, [told], { set: [{ key: TIMER, at: until, event: over }] });
}

/** Opens it again. Throws `identity.not-suspended`. */
export function reinstate(account: Account, { adminId, reason }: AdminAct, now: Date): Change<Account> {
  if (account.state.status !== 'suspended') throw refusals.notSuspended();
  return opened(account, { by: 'administrator', adminId, reason }, now);
}

/** The time of that suspension has come; nothing when it was ended or changed before. */
export function endOverdue(account: Account, suspendedAt: Date, now: Date): Change<Account> {
  const { state } = account;
  const same = state.status === 'suspended' && state.since.getTime() === suspendedAt.getTime();
  if (!same || isSuspended(account, now)) return unchanged(account);
  return opened(account, { by: 'time' }, now);
}

/** An administrator ends all sessions: of that the account keeps nothing but that it was told. */
export function signOutEverywhere(account: Account, { adminId, reason }: AdminAct, now: Date): Change<Account> {
  refuseOwn(account, { adminId, reason });
  const { id: userId, email, firstName } = account;
  return changed(account, [
    signedOutByAdmin({ userId, email, firstName, adminId, reason, signedOutAt: now.toISOString() }),
  ]);
}

type Opening = { readonly by: 'time' } | ({ readonly by: 'administrator' } & AdminAct);

function opened(account: Account, opening: Opening, now: Date): Change<Account> {
  const { id: userId, email, firstName } = account;
  const told = accountReinstated({ userId, email, firstName, ...opening, reinstatedAt: now.toISOString() });
  return changed({ ...account, state: { status: 'active' } }, [told], { cancel: [TIMER] });
}

const isSame = (state: AccountState, { adminId, reason, until }: Suspension): boolean =>
  state.status === 'suspended' &&
  state.adminId === adminId &&
  state.reason === reason &&
  state.until?.getTime() === until?.getTime();
