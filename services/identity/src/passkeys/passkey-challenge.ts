import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** Random bytes that an authenticator must sign; its id is their hash. */
export interface PasskeyChallenge {
  readonly id: string;
  readonly purpose: Purpose;
  readonly status: 'open' | 'spent';
  readonly expiresAt: Date;
}

/** Adding one is bound to an account; whoever proves who they are says so only with the answer. */
export type Purpose = { readonly kind: 'add'; readonly accountId: string } | { readonly kind: 'prove' };

const MINUTE = 60_000;
export const ANSWER_WITHIN = 5 * MINUTE;

export const issue = (id: string, purpose: Purpose, now: Date): Change<PasskeyChallenge> =>
  changed({ id, purpose, status: 'open', expiresAt: new Date(now.getTime() + ANSWER_WITHIN) });

/** Good for one answer, whatever comes of it. Throws `identity.passkey-refused`. */
export function spend(current: PasskeyChallenge | undefined, purpose: Purpose, now: Date): Change<PasskeyChallenge> {
  const holds = current?.status === 'open' && current.expiresAt > now && isSame(current.purpose, purpose);
  if (!holds) throw refusals.passkeyRefused();
  return changed({ ...current, status: 'spent' });
}

const isSame = (one: Purpose, other: Purpose): boolean =>
  one.kind === 'add' ? other.kind === 'add' && one.accountId === other.accountId : other.kind === 'prove';
