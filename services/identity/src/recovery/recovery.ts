import { passwordResetRequested } from '@lyceum/contracts';
import { type Change, changed } from '@lyceum/kernel';
import { type Account, type ProofToken } from '../accounts/account.js';
import { refusals } from '../refusals.js';

/** A forgotten password of one account, or what was asked for an address that nobody has. */
export interface Recovery {
  readonly id: string;
  readonly standing: Standing;
  /** When links were asked for within the last day, those that were sent. */
  readonly sent: readonly Date[];
  readonly forgetAt: Date;
}

/** At most one link works at a time, for one address and for the password that was forgotten. */
export type Standing =
  /** Without an address where nobody has it. */
  | { readonly status: 'asked'; readonly tokenHash: string; readonly email?: string; readonly at: Date }
  | { readonly status: 'spent'; readonly at: Date };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const RESET_LIFETIME = HOUR;

/**
 * A link for the owner, which replaces the one before. Strangers can ask for it, so the pause between two mails doubles from
 * a minute to an hour; it is never longer than a link holds, so that nobody can keep the owner from having one.
 * @param account undefined for an address that nobody has: then the same is written, and nobody told
 */
export function askForReset(
  about: { readonly id: string; readonly email: string; readonly account: Account | undefined },
  current: Recovery | undefined,
  token: ProofToken,
  now: Date,
): Change<Recovery> {
  const { id, email, account } = about;
  const today = (current?.sent ?? []).filter((time) => now.getTime() - time.getTime() < DAY);
  const forgetAt = new Date(now.getTime() + DAY);
  if (current && isTooSoon(today, now)) return changed({ ...current, sent: today, forgetAt });
  const standing: Standing = { status: 'asked', tokenHash: token.hash, ...(account ? { email } : {}), at: now };
  const next = { id, standing, sent: [...today, now], forgetAt };
  if (!account) return changed(next);
  const told = passwordResetRequested({
    userId: account.id,
    email,
    firstName: account.firstName,
    sealedToken: token.sealed,
    expiresAt: new Date(now.getTime() + RESET_LIFETIME).toISOString(),
  });
  return changed(next, [told]);
}

/** Whether the link still leads somewhere. The account is the one that it was asked for. */
export function holds({ standing }: Recovery, tokenHash: string, account: Account, now: Date): boolean {
  return (
    standing.status === 'asked' &&
    standing.tokenHash === tokenHash &&
    standing.email === account.email &&
    standing.at.getTime() + RESET_LIFETIME > now.getTime() &&
    (account.passwordChangedAt === undefined || account.passwordChangedAt < standing.at)
  );
}

/** Uses the link up. Throws `identity.reset-refused` for one that does not hold (any more). */
export function spend(recovery: Recovery, tokenHash: string, account: Account, now: Date): Change<Recovery> {
  if (!holds(recovery, tokenHash, account, now)) throw refusals.resetRefused();
  return changed({ ...recovery, standing: { status: 'spent', at: now } });
}

function isTooSoon(today: readonly Date[], now: Date): boolean {
  const last = today.at(-1);
  if (!last) return false;
  return now.getTime() - last.getTime() < Math.min(2 ** (today.length - 1) * MINUTE, HOUR);
}
