import { emailChangeAnnounced, emailChangeRequested, emailChanged } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import type { Account, ProofToken } from '../accounts/account.js';
import { refusals } from '../refusals.js';

/** The wish of one account for another address. */
export interface EmailChange {
  readonly id: string;
  readonly standing: Standing;
  /** When it was asked for within the last day. */
  readonly asked: readonly Date[];
  readonly forgetAt: Date;
}

/** `confirmed` is final: the account follows, also when a crash came in between. */
export type Standing =
  | ({ readonly status: 'asked'; readonly stopHash: string } & Wish)
  | ({ readonly status: 'confirmed' } & Wish)
  | { readonly status: 'stopped'; readonly at: Date };

interface Wish {
  readonly oldEmail: string;
  readonly newEmail: string;
  readonly proofHash: string;
  readonly at: Date;
}

export interface Asking {
  readonly account: Account;
  readonly newEmail: string;
  /** Whether somebody else has the new address: then nothing is sent to it, and the asker cannot tell. */
  readonly isTaken: boolean;
  readonly proof: ProofToken;
  readonly stop: ProofToken;
}

const DAY = 86_400_000;
const MINUTE = 60_000;
export const CHANGE_LIFETIME = DAY;
const DAILY = 5;

/** Asks the new address for proof and tells the old one, which can stop it; replaces a wish from before. */
export function askForChange(asking: Asking, current: EmailChange | undefined, now: Date): Change<EmailChange> {
  const { account, newEmail, isTaken, proof, stop } = asking;
  const today = (current?.asked ?? []).filter((time) => now.getTime() - time.getTime() < DAY);
  const last = today.at(-1);
  if (today.length >= DAILY || (last && now.getTime() - last.getTime() < MINUTE)) throw refusals.tooManyAttempts();
  const { id, email: oldEmail, firstName } = account;
  const expiresAt = new Date(now.getTime() + CHANGE_LIFETIME);
  const about = { userId: id, firstName, expiresAt: expiresAt.toISOString() };
  const announced = emailChangeAnnounced({
    ...about,
    email: oldEmail,
    newEmail,
    sealedToken: stop.sealed,
    requestedAt: now.toISOString(),
  });
  const requested = emailChangeRequested({ ...about, email: newEmail, sealedToken: proof.sealed });
  const standing: Standing = {
    status: 'asked',
    oldEmail,
    newEmail,
    proofHash: proof.hash,
    stopHash: stop.hash,
    at: now,
  };
  const next = { id, standing, asked: [...today, now], forgetAt: new Date(expiresAt.getTime() + DAY) };
  return changed(next, isTaken ? [announced] : [requested, announced]);
}

/** The new address has proven itself; says so again for the same link, so that what was cut short can be finished. */
export function confirm(change: EmailChange, proofHash: string, now: Date): Change<EmailChange> {
  const { standing } = change;
  if (standing.status === 'stopped' || standing.proofHash !== proofHash || isOver(standing, now))
    throw refusals.emailChangeRefused();
  if (standing.status === 'confirmed') return unchanged(change);
  const { stopHash: _, ...wish } = standing;
  return changed({ ...change, standing: { ...wish, status: 'confirmed' } });
}

/** The owner of the old address does not want it. Throws `identity.email-change-refused` when it is too late. */
export function cancel(change: EmailChange, stopHash: string, now: Date): Change<EmailChange> {
  const { standing } = change;
  if (standing.status !== 'asked' || standing.stopHash !== stopHash || isOver(standing, now))
    throw refusals.emailChangeRefused();
  return changed({ ...change, standing: { status: 'stopped', at: now } });
}

/** Gives the account its new address, once; the proof of it came with the link. */
export function moveTo(account: Account, { oldEmail, newEmail, at }: Wish, now: Date): Change<Account> {
  // a wish from before the password was changed may be that of whoever the owner has just locked out
  const isOutdated = account.passwordChangedAt !== undefined && account.passwordChangedAt > at;
  if (account.email !== oldEmail || isOutdated) throw refusals.emailChangeRefused();
  const { id: userId, firstName } = account;
  const told = emailChanged({ userId, firstName, oldEmail, email: newEmail, changedAt: now.toISOString() });
  return changed({ ...account, email: newEmail, verification: { status: 'verified', at: now } }, [told]);
}

const isOver = ({ at }: Wish, now: Date): boolean => at.getTime() + CHANGE_LIFETIME <= now.getTime();
