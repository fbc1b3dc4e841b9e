import { externalIdentityLinked, externalIdentityUnlinked } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/**
 * Somebody at a provider, known by issuer and subject alone: the id is made of the two, so there is one for each and it belongs
 * to one account. Names and addresses that the provider tells are no part of it.
 */
export interface ExternalIdentity {
  readonly id: string;
  readonly provider: string;
  readonly issuer: string;
  readonly accountId: string;
  readonly state: ExternalIdentityState;
}

export type ExternalIdentityState =
  /** Its account is being opened; it has the id already, so that whoever goes on with it opens the same. */
  | { readonly status: 'opening'; readonly since: Date }
  | { readonly status: 'linked'; readonly since: Date; readonly lastUsedAt?: Date | undefined }
  | { readonly status: 'unlinked'; readonly at: Date };

export type LinkedIdentity = ExternalIdentity & { readonly state: { readonly status: 'linked' } };

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
}

/** Who it is at which provider. */
export type About = Pick<ExternalIdentity, 'id' | 'provider' | 'issuer'>;

const MINUTE = 60_000;
export const MOST_IDENTITIES = 20;

export const isLinked = (identity: ExternalIdentity | undefined): identity is LinkedIdentity =>
  identity?.state.status === 'linked';

/** An account is to be opened for somebody who has none. Nothing when that is under way, or done, already. */
export function open(
  current: ExternalIdentity | undefined,
  about: About,
  accountId: string,
  now: Date,
): Change<ExternalIdentity> {
  if (current && current.state.status !== 'unlinked') return unchanged(current);
  return changed({ ...about, accountId, state: { status: 'opening', since: now } });
}

/** The account could not be opened: it is nobody's again. */
export const giveUp = (current: ExternalIdentity, accountId: string, now: Date): Change<ExternalIdentity> =>
  current.state.status === 'opening' && current.accountId === accountId
    ? changed({ ...current, state: { status: 'unlinked', at: now } })
    : unchanged(current);

/**
 * From now on it signs in to the account, and the owner is told; nothing when it does so already.
 * Throws `identity.external-identity-taken` when it belongs to somebody else.
 */
export function link(
  current: ExternalIdentity | undefined,
  about: About,
  { owner, providerName }: { readonly owner: Owner; readonly providerName: string },
  now: Date,
): Change<ExternalIdentity> {
  const isOwn = current?.accountId === owner.id;
  if (isLinked(current) && isOwn) return unchanged(current);
  if (current && !isOwn && isHeld(current, now)) throw refusals.externalIdentityTaken();
  const event = externalIdentityLinked({ ...told(about.id, providerName, owner), linkedAt: now.toISOString() });
  return changed({ ...about, accountId: owner.id, state: { status: 'linked', since: now } }, [event]);
}

/** Throws `identity.external-identity-not-found` for one that is not linked, or somebody else's. */
export function ownedBy(accountId: string, current: ExternalIdentity | undefined): LinkedIdentity {
  if (!isLinked(current) || current.accountId !== accountId) throw refusals.externalIdentityNotFound();
  return current;
}

/** It signs nobody in any more, and the owner is told. */
export function unlink(
  current: ExternalIdentity | undefined,
  { owner, providerName }: { readonly owner: Owner; readonly providerName: string },
  now: Date,
): Change<ExternalIdentity> {
  const identity = ownedBy(owner.id, current);
  const event = externalIdentityUnlinked({ ...told(identity.id, providerName, owner), unlinkedAt: now.toISOString() });
  return changed({ ...identity, state: { status: 'unlinked', at: now } }, [event]);
}

/** Throws `identity.external-code-refused` when it has been taken from the account meanwhile. */
export function use(current: ExternalIdentity | undefined, accountId: string, now: Date): Change<ExternalIdentity> {
  if (!isLinked(current) || current.accountId !== accountId) throw refusals.externalCodeRefused();
  return changed({ ...current, state: { ...current.state, lastUsedAt: now } });
}

/** What a crash has left half open does not stay somebody's for ever. */
const isHeld = ({ state }: ExternalIdentity, now: Date): boolean =>
  state.status === 'linked' || (state.status === 'opening' && now.getTime() - state.since.getTime() < MINUTE);

const told = (identityId: string, provider: string, { id: userId, email, firstName }: Owner) => ({
  userId,
  email,
  firstName,
  identityId,
  provider,
});
