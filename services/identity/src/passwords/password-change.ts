import { passwordChanged } from '@lyceum/contracts';
import { type Change, changed } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';

export interface NewPassword {
  readonly passwordHash: string;
  readonly how: 'reset' | 'changed';
  /** The session that goes on. */
  readonly keptSessionId?: string;
}

/** The account has a new password, and the owner is told. */
export function changePassword(
  account: Account,
  { passwordHash, how, keptSessionId }: NewPassword,
  now: Date,
): Change<Account> {
  const told = passwordChanged({
    userId: account.id,
    email: account.email,
    firstName: account.firstName,
    how,
    ...(keptSessionId === undefined ? {} : { keptSessionId }),
    changedAt: now.toISOString(),
  });
  return changed({ ...account, passwordHash, passwordChangedAt: now }, [told]);
}

type SeenPassword = Pick<Account, 'passwordChangedAt'>;

/** Whether two sights of an account were of the same password, even if it was hashed anew in between. */
export const isSamePassword = (one: SeenPassword, other: SeenPassword): boolean =>
  one.passwordChangedAt?.getTime() === other.passwordChangedAt?.getTime();
