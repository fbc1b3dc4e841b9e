import { signInSlowedDown } from '@lyceum/contracts';
import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** Failed sign-ins that have something in common: the account they aim at, or the address they come from. */
export interface Attempts {
  readonly id: string;
  readonly failures: number;
  readonly blockedUntil: Date;
  /** After this long without a failure they are forgotten. */
  readonly expiresAt: Date;
}

/** At whose account, by what and from where somebody tries; for the record, and told of once. */
export interface Tried {
  readonly what: 'password' | 'code';
  /** Absent when nobody has the address. It is told all the same: the time that takes must not tell a stranger who is known. */
  readonly userId?: string | undefined;
  /** A pseudonym. */
  readonly network?: string | undefined;
}

export interface Patience {
  /** Failures without any delay. */
  readonly free: number;
  /** The longest delay, in seconds. It is never for good: nobody can lock the owner out. */
  readonly longest: number;
}

/** At most about 20 guesses an hour at one account from anywhere. */
export const PER_ACCOUNT: Patience = { free: 5, longest: 900 };
/** Many people may share an address. */
export const PER_ADDRESS: Patience = { free: 30, longest: 300 };
/** Everybody behind a /24 or /48: a guesser who has all of it is slowed down, and neighbours wait two minutes at most. */
export const PER_NETWORK: Patience = { free: 120, longest: 120 };
/** Links that do not hold: nobody can guess one, and nobody shall keep us busy with it. */
export const PER_TOKEN: Patience = { free: 20, longest: 300 };
/** Mails that can be asked for from one address, whomever they go to. */
export const PER_ASKING: Patience = { free: 20, longest: 300 };

const SECOND = 1_000;
const FORGOTTEN_AFTER = 3_600 * SECOND;

/**
 * Counts an attempt as failed before it is made, so that simultaneous ones cannot slip through together; a successful one is
 * taken back. Throws `identity.too-many-attempts` while the delay lasts.
 */
export function begin(
  id: string,
  current: Attempts | undefined,
  patience: Patience,
  now: Date,
  tried?: Tried,
): Change<Attempts> {
  const known = current && current.expiresAt > now ? current : undefined;
  if (known && known.blockedUntil > now) {
    const retryAfterSeconds = Math.ceil((known.blockedUntil.getTime() - now.getTime()) / SECOND);
    throw refusals.tooManyAttempts(undefined, { retryAfterSeconds });
  }
  const failures = (known?.failures ?? 0) + 1;
  const delay = failures < patience.free ? 0 : Math.min(2 ** Math.min(failures - patience.free, 20), patience.longest);
  const blockedUntil = new Date(now.getTime() + delay * SECOND);
  const expiresAt = new Date(blockedUntil.getTime() + FORGOTTEN_AFTER);
  const first = tried && failures === patience.free;
  const told = first ? [signInSlowedDown({ ...tried, failures, slowedDownAt: now.toISOString() })] : [];
  return changed({ id, failures, blockedUntil, expiresAt }, told);
}

/** The owner has signed in: earlier failures at the account count no more. */
export const forget = (attempts: Attempts, now: Date): Change<Attempts> =>
  changed({ ...attempts, failures: 0, blockedUntil: now, expiresAt: now });

/** One attempt was not a failure after all; the others from the same address still count. */
export const takeBack = (attempts: Attempts, now: Date): Change<Attempts> =>
  changed({ ...attempts, failures: Math.max(0, attempts.failures - 1), blockedUntil: now });
