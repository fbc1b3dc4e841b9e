import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import type { Authentication } from '../sessions/authentication.js';

/** Somebody has proven the first factor; the second is waited for. Its id is the hash of the token that the client holds. */
export interface SignInChallenge {
  readonly id: string;
  readonly accountId: string;
  readonly authentication: Authentication;
  /** Of the account when the first factor was proven: a new password voids the challenge. */
  readonly passwordChangedAt?: Date | undefined;
  readonly status: 'open' | 'met';
  readonly tries: number;
  readonly expiresAt: Date;
}

export const CHALLENGE_SECONDS = 300;
export const MOST_TRIES = 5;

export function challenge(
  about: Pick<SignInChallenge, 'id' | 'accountId' | 'authentication' | 'passwordChangedAt'>,
  now: Date,
): Change<SignInChallenge> {
  const expiresAt = new Date(now.getTime() + CHALLENGE_SECONDS * 1_000);
  return changed({ ...about, status: 'open', tries: 0, expiresAt });
}

/** Counts a try before it is made. Throws `identity.challenge-refused` when there may be none. */
export function tryOnce(current: SignInChallenge | undefined, now: Date): Change<SignInChallenge> {
  const open = stillOpen(current, now);
  if (open.tries >= MOST_TRIES) throw refusals.challengeRefused();
  return changed({ ...open, tries: open.tries + 1 });
}

/** The second factor has been proven too: the challenge is good for one session. */
export const meet = (current: SignInChallenge | undefined, now: Date): Change<SignInChallenge> =>
  changed({ ...stillOpen(current, now), status: 'met' });

function stillOpen(current: SignInChallenge | undefined, now: Date): SignInChallenge {
  if (current?.status !== 'open' || current.expiresAt <= now) throw refusals.challengeRefused();
  return current;
}
