import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import type { Authentication } from '../sessions/authentication.js';

/**
 * One way to a provider and back, for one browser. Its id is the hash of the `state`; nothing that is stored of it is of use
 * to who reads it.
 */
export interface ExternalAttempt {
  readonly id: string;
  readonly provider: string;
  readonly purpose: Purpose;
  /** Hash of the cookie of the browser in which it was begun. */
  readonly browserHash: string;
  /** Where the browser is sent in the end; without it, it sees a page of ours. */
  readonly returnTo?: string | undefined;
  /** Whether the provider was asked to have its user prove it anew. */
  readonly reauthenticate: boolean;
  readonly expiresAt: Date;
  readonly standing: Standing;
}

/** Linking is bound to the account and the session that asked, not to whoever comes back. */
export type Purpose =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'link'; readonly accountId: string; readonly sessionId: string };

export type Standing =
  | { readonly status: 'open' }
  /** The provider has answered, once and for all. */
  | { readonly status: 'answered' }
  /** Somebody has proven who they are; a session can be had for the code. */
  | ({ readonly status: 'proven'; readonly codeHash: string; readonly until: Date } & ExternalProof)
  | { readonly status: 'redeemed' };

export interface ExternalProof {
  readonly identityId: string;
  readonly accountId: string;
  readonly authentication: Authentication;
}

export const ATTEMPT_SECONDS = 600;
export const CODE_SECONDS = 60;

export function begin(about: Omit<ExternalAttempt, 'expiresAt' | 'standing'>, now: Date): Change<ExternalAttempt> {
  const expiresAt = new Date(now.getTime() + ATTEMPT_SECONDS * 1_000);
  return changed({ ...about, expiresAt, standing: { status: 'open' } });
}

interface Answer {
  readonly provider: string;
  readonly browserHash: string;
}

/**
 * Takes the answer of the provider, of whatever kind: there is no second one. Another browser, or an answer to the address of
 * another provider, spends nothing. Throws `identity.external-attempt-refused`.
 */
export function answer(
  attempt: ExternalAttempt | undefined,
  { provider, browserHash }: Answer,
  now: Date,
): Change<ExternalAttempt> {
  const holds =
    attempt?.standing.status === 'open' &&
    attempt.expiresAt > now &&
    attempt.provider === provider &&
    attempt.browserHash === browserHash;
  if (!holds) throw refusals.externalAttemptRefused();
  return changed({ ...attempt, standing: { status: 'answered' } });
}

/** Throws `identity.external-attempt-refused` unless the provider has just answered. */
export function prove(
  attempt: ExternalAttempt | undefined,
  codeHash: string,
  proof: ExternalProof,
  now: Date,
): Change<ExternalAttempt> {
  if (attempt?.standing.status !== 'answered') throw refusals.externalAttemptRefused();
  const until = new Date(now.getTime() + CODE_SECONDS * 1_000);
  return changed({ ...attempt, standing: { status: 'proven', codeHash, until, ...proof } });
}

/** What the code stands for. Throws `identity.external-code-refused`; another browser spends nothing. */
export function proofOf(
  attempt: ExternalAttempt | undefined,
  { codeHash, browserHash }: { readonly codeHash: string; readonly browserHash: string },
  now: Date,
): ExternalProof {
  const standing = attempt?.standing;
  const holds =
    standing?.status === 'proven' &&
    standing.codeHash === codeHash &&
    standing.until > now &&
    attempt?.browserHash === browserHash;
  if (!holds) throw refusals.externalCodeRefused();
  const { identityId, accountId, authentication } = standing;
  return { identityId, accountId, authentication };
}

/** Uses the code up. Throws as {@link proofOf}. */
export function redeem(
  attempt: ExternalAttempt | undefined,
  shown: { readonly codeHash: string; readonly browserHash: string },
  now: Date,
): Change<ExternalAttempt> {
  proofOf(attempt, shown, now);
  if (!attempt) throw refusals.externalCodeRefused();
  return changed({ ...attempt, standing: { status: 'redeemed' } });
}
