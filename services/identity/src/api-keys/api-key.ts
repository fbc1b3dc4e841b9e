import { type Role, apiKeyCreated, apiKeyExpiring, apiKeyExpiryDue, apiKeyRevoked } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** All API keys of one account: one aggregate, so that there are never too many, however many are made at once. */
export interface ApiKeys {
  /** The account's. */
  readonly id: string;
  /** The oldest first. Those that are over are kept for a while. */
  readonly keys: readonly ApiKey[];
  /** When tokens of one of them were last made void. */
  readonly endedAt?: Date | undefined;
  /** Set when the account is erased: then nobody needs them once no token of theirs can be good any more. */
  readonly forgetAt?: Date | undefined;
}

/** By which a program acts for the owner of an account, within its scopes and whatever roles the owner has at that moment. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
  /** Of its text, so that its owner can tell it from others. */
  readonly lastFour: string;
  readonly scopes: readonly string[];
  /** Narrows the owner's roles; absent: all that they have. */
  readonly onlyRoles?: readonly Role[] | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** To the minute. */
  readonly lastUse?: Use | undefined;
  /** How many times its tokens were made void while the key itself stayed in force. */
  readonly cutOffs: number;
  readonly state: ApiKeyState;
}

export type ApiKeyState =
  | { readonly status: 'active'; readonly warnedAt?: Date | undefined }
  | { readonly status: 'revoked'; readonly at: Date; readonly because: Revocation };
export type Revocation = 'by-owner' | 'address-change-stopped' | 'account-erased';

export interface Use {
  readonly at: Date;
  /** The network that it came from. */
  readonly network: string;
}

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly roles: readonly Role[];
}

export type NewApiKey = Pick<ApiKey, 'id' | 'name' | 'secretHash' | 'lastFour' | 'scopes' | 'onlyRoles'> & {
  readonly days: number;
};

const MINUTE = 60_000;
const DAY = 86_400_000;
export const MOST_API_KEYS = 25;
export const LONGEST_DAYS = 365;
export const USUAL_DAYS = 90;
/** How long before the end its owner is told. */
export const NOTICE = 7 * DAY;
/** So long one that is over is remembered. */
const KEPT_AFTERWARDS = 30 * DAY;
/** With those that are over: whoever makes and revokes keys all day must not fill the database. */
const MOST_EVER = 100;
/** A token lives for a minute: of older cut-offs nothing is left. */
const CUT_OFFS_TOLD = 10;

export const isLive = ({ state, expiresAt }: ApiKey, now: Date): boolean =>
  state.status === 'active' && expiresAt > now;

/** The key of that id, if it is in force. */
export const liveKey = ({ keys }: ApiKeys, keyId: string, now: Date): ApiKey | undefined =>
  keys.find((key) => key.id === keyId && isLive(key, now));

/** Those that their owner has not revoked and that did not expire long ago, the newest first. */
export const shown = ({ keys }: ApiKeys, now: Date): readonly ApiKey[] =>
  keys.filter((key) => key.state.status === 'active' && isKept(key, now)).toReversed();

/** What a key can do of what its owner may do now. */
export const rolesOf = ({ onlyRoles }: ApiKey, owner: Pick<Owner, 'roles'>): readonly Role[] =>
  onlyRoles ? owner.roles.filter((role) => onlyRoles.includes(role)) : owner.roles;

/** Stands for a session in tokens of the key: its id, and after each cut-off another one. */
export const sessionIdOf = ({ id, cutOffs }: Pick<ApiKey, 'id' | 'cutOffs'>): string =>
  cutOffs === 0 ? id : `${id}.${cutOffs}`;

/**
 * Throws `identity.too-many-api-keys`, `identity.api-key-beyond-owner` for one that could do what its owner may not, and
 * `identity.account-not-found`.
 */
export function create(
  current: ApiKeys | undefined,
  owner: Owner,
  { days, ...about }: NewApiKey,
  now: Date,
): Change<ApiKeys> {
  if (current?.forgetAt) throw refusals.accountNotFound();
  const kept = (current?.keys ?? []).filter((key) => isKept(key, now));
  if (kept.filter((key) => isLive(key, now)).length >= MOST_API_KEYS) throw refusals.tooManyApiKeys();
  if (kept.length >= MOST_EVER) throw refusals.tooManyApiKeys();
  const operates = about.scopes.some((scope) => scope.startsWith('operations:'));
  if (operates && !owner.roles.includes('ADMIN')) throw refusals.apiKeyBeyondOwner();
  if (about.onlyRoles?.some((role) => !owner.roles.includes(role))) throw refusals.apiKeyBeyondOwner();
  const expiresAt = new Date(now.getTime() + days * DAY);
  const key: ApiKey = { ...about, createdAt: now, expiresAt, cutOffs: 0, state: { status: 'active' } };
  const created = apiKeyCreated({
    ...told(key, owner),
    scopes: [...key.scopes],
    createdAt: now.toISOString(),
    expiresAt: expiresAt.toISOString(),
  });
  const due = apiKeyExpiryDue({ userId: owner.id, keyId: key.id });
  const noticeAt = new Date(expiresAt.getTime() - NOTICE);
  // whoever makes one for a few days knows when it ends
  const timers = noticeAt > now ? { set: [{ key: timerOf(key.id), at: noticeAt, event: due }] } : {};
  return changed({ ...current, id: owner.id, keys: [...kept, key] }, [created], timers);
}

/** Refuses it from now on, and its tokens too. Throws `identity.api-key-not-found` when there is no such key in force. */
export function revoke(
  current: ApiKeys | undefined,
  { keyId, owner, because }: { readonly keyId: string; readonly owner: Owner; readonly because: Revocation },
  now: Date,
): Change<ApiKeys> {
  const key = current?.keys.find(({ id, state }) => id === keyId && state.status === 'active');
  if (!current || !key) throw refusals.apiKeyNotFound();
  return revokeThese(current, [key], { owner, because }, now);
}

/** Revokes all that are in force; nothing when there are none. */
export function revokeAll(
  current: ApiKeys,
  why: { readonly owner: Owner; readonly because: Revocation },
  now: Date,
): Change<ApiKeys> {
  const live = current.keys.filter((key) => isLive(key, now));
  return live.length === 0 ? unchanged(current) : revokeThese(current, live, why, now);
}

/** The tokens that were given out for them are void, since the owner is another one now in what they may do; the keys stay in force. */
export function cutOff(current: ApiKeys, now: Date): Change<ApiKeys> {
  if (!current.keys.some((key) => isLive(key, now))) return unchanged(current);
  const keys = current.keys.map((key) => (isLive(key, now) ? { ...key, cutOffs: key.cutOffs + 1 } : key));
  return changed({ ...current, keys, endedAt: now });
}

/** Refuses all of them and their tokens, and keeps nothing of them but what tells so; for an account that is erased. Nobody is told. */
export function erase(current: ApiKeys, now: Date): Change<ApiKeys> {
  if (current.forgetAt) return unchanged(current);
  const state: ApiKeyState = { status: 'revoked', at: now, because: 'account-erased' };
  const nothing = { name: '', secretHash: '', lastFour: '', lastUse: undefined };
  const keys = current.keys.map((key) => ({ ...key, ...nothing, state }));
  const forgetAt = new Date(now.getTime() + DAY);
  return changed({ ...current, keys, endedAt: now, forgetAt }, [], { cancel: keys.map(({ id }) => timerOf(id)) });
}

/** Remembers that it was used; nothing when that is known of the last minute. */
export function use(current: ApiKeys, keyId: string, network: string, now: Date): Change<ApiKeys> {
  const key = liveKey(current, keyId, now);
  const known = key?.lastUse && now.getTime() - key.lastUse.at.getTime() < MINUTE;
  if (!key || known) return unchanged(current);
  return changed(replaced(current, { ...key, lastUse: { at: now, network } }));
}

/** Its owner is told that it expires soon; nothing when it is over, or when they have been told. */
export function warn(current: ApiKeys, keyId: string, owner: Owner, now: Date): Change<ApiKeys> {
  const key = liveKey(current, keyId, now);
  if (key?.state.status !== 'active' || key.state.warnedAt) return unchanged(current);
  const event = apiKeyExpiring({ ...told(key, owner), expiresAt: key.expiresAt.toISOString() });
  return changed(replaced(current, { ...key, state: { status: 'active', warnedAt: now } }), [event]);
}

/** What stood for a session in tokens that are void although they may not have expired. */
export const endedSessionIds = ({ keys }: ApiKeys, since: Date): readonly string[] =>
  keys.flatMap(({ id, cutOffs, state }) => {
    const isRevoked = state.status === 'revoked' && state.at >= since;
    const first = Math.max(0, cutOffs - CUT_OFFS_TOLD);
    const last = isRevoked ? cutOffs : cutOffs - 1;
    return Array.from({ length: last - first + 1 }, (_, n) => sessionIdOf({ id, cutOffs: first + n }));
  });

function revokeThese(
  current: ApiKeys,
  these: readonly ApiKey[],
  { owner, because }: { readonly owner: Owner; readonly because: Revocation },
  now: Date,
): Change<ApiKeys> {
  const state: ApiKeyState = { status: 'revoked', at: now, because };
  const keys = current.keys.map((key) => (these.includes(key) ? { ...key, state } : key));
  const events = these.map((key) => apiKeyRevoked({ ...told(key, owner), because, revokedAt: now.toISOString() }));
  return changed({ ...current, keys, endedAt: now }, events, { cancel: these.map(({ id }) => timerOf(id)) });
}

function isKept({ state, expiresAt }: ApiKey, now: Date): boolean {
  const over = state.status === 'revoked' ? state.at : expiresAt;
  return over.getTime() > now.getTime() - KEPT_AFTERWARDS;
}

const replaced = (current: ApiKeys, key: ApiKey): ApiKeys => ({
  ...current,
  keys: current.keys.map((each) => (each.id === key.id ? key : each)),
});

const timerOf = (keyId: string): string => `expiry of ${keyId}`;

const told = ({ id: keyId, name }: ApiKey, { id: userId, email, firstName }: Owner) => ({
  userId,
  email,
  firstName,
  keyId,
  name,
});
