import { passkeyAdded, passkeyRemoved, passkeySuspected } from '@lyceum/contracts';
import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** A key pair of WebAuthn with which somebody signs in without a password. */
export interface Passkey {
  /** Hash of the credential id, which may be long. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly addedAt: Date;
  readonly state: PasskeyState;
}

export type PasskeyState = Active | { readonly status: 'removed'; readonly at: Date };

interface Active {
  readonly status: 'active';
  readonly credential: Credential;
  /** The newest signature counter; stays 0 for passkeys that are synchronised between devices. */
  readonly counter: number;
  readonly lastUsedAt?: Date | undefined;
  /** When its owner was last told that there may be a copy of it. */
  readonly suspectedAt?: Date | undefined;
}

export interface Credential {
  readonly id: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly transports: readonly string[];
  /** `multiDevice` ones are synchronised: their private key is software's. */
  readonly kind: 'singleDevice' | 'multiDevice';
}

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
}

export type ActivePasskey = Passkey & { readonly state: Active };

const DAY = 86_400_000;
export const MOST_PASSKEYS = 20;

export const isActive = (passkey: Passkey | undefined): passkey is ActivePasskey => passkey?.state.status === 'active';

/** Throws `identity.passkey-refused` when there has been one of that id: ids are random. */
export function add(
  current: Passkey | undefined,
  { owner, id, name, credential, counter }: NewPasskey,
  now: Date,
): Change<Passkey> {
  if (current) throw refusals.passkeyRefused();
  const state: Active = { status: 'active', credential, counter };
  const passkey = { id, accountId: owner.id, name, addedAt: now, state };
  return changed(passkey, [passkeyAdded({ ...told(passkey, owner), addedAt: now.toISOString() })]);
}

export interface NewPasskey {
  readonly owner: Owner;
  readonly id: string;
  readonly name: string;
  readonly credential: Credential;
  readonly counter: number;
}

/** Throws `identity.passkey-not-found` for one that is removed, or somebody else's. */
export function ownedBy(accountId: string, current: Passkey | undefined): ActivePasskey {
  if (!isActive(current) || current.accountId !== accountId) throw refusals.passkeyNotFound();
  return current;
}

export const rename = (current: Passkey | undefined, accountId: string, name: string): Change<Passkey> =>
  changed({ ...ownedBy(accountId, current), name });

/** Its public key is forgotten; its owner is told. */
export function remove(current: Passkey | undefined, owner: Owner, now: Date): Change<Passkey> {
  const passkey = ownedBy(owner.id, current);
  const event = passkeyRemoved({ ...told(passkey, owner), removedAt: now.toISOString() });
  return changed({ ...passkey, state: { status: 'removed', at: now } }, [event]);
}

/** A good signature whose counter was there before: two devices have the private key, or an answer is used again. */
export const isRepeated = ({ state }: ActivePasskey, counter: number): boolean =>
  (counter > 0 || state.counter > 0) && counter <= state.counter;

export const use = (passkey: ActivePasskey, counter: number, now: Date): Change<Passkey> =>
  changed({ ...passkey, state: { ...passkey.state, counter, lastUsedAt: now } });

/** There may be a copy: its owner is told, once a day at most. */
export function suspect(passkey: ActivePasskey, owner: Owner, now: Date): Change<Passkey> {
  const { suspectedAt } = passkey.state;
  const toldLately = suspectedAt !== undefined && now.getTime() - suspectedAt.getTime() < DAY;
  if (toldLately) return { state: passkey, events: [], changed: false };
  const event = passkeySuspected({ ...told(passkey, owner), detectedAt: now.toISOString() });
  return changed({ ...passkey, state: { ...passkey.state, suspectedAt: now } }, [event]);
}

const told = ({ id: passkeyId, name }: Pick<Passkey, 'id' | 'name'>, { id: userId, email, firstName }: Owner) => ({
  userId,
  email,
  firstName,
  passkeyId,
  name,
});
