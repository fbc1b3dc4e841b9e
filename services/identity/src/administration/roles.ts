import { type Role, rolesChanged } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';
import { refusals } from '../refusals.js';
import { type AdminAct, refuseOwn } from './suspension.js';

export interface RoleChange extends AdminAct {
  readonly grant: readonly Role[];
  readonly revoke: readonly Role[];
}

export const isActiveAdministrator = ({ roles, state }: Pick<Account, 'roles' | 'state'>): boolean =>
  roles.includes('ADMIN') && state.status === 'active';

/** Gives and takes roles; nothing when all of it is so already. Throws `identity.role-needed` when none would be left. */
export function changeRoles(
  account: Account,
  { grant, revoke, adminId, reason }: RoleChange,
  now: Date,
): Change<Account> {
  refuseOwn(account, { adminId, reason });
  const granted = grant.filter((role) => !account.roles.includes(role));
  const revoked = revoke.filter((role) => account.roles.includes(role));
  if (granted.length + revoked.length === 0) return unchanged(account);
  const roles = [...account.roles.filter((role) => !revoked.includes(role)), ...granted];
  if (roles.length === 0) throw refusals.roleNeeded();
  const { id: userId, email, firstName, lastName } = account;
  const who = { userId, email, firstName, lastName };
  const told = rolesChanged({ ...who, roles, granted, revoked, adminId, reason, changedAt: now.toISOString() });
  return changed({ ...account, roles }, [told]);
}
