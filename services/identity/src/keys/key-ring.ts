import { type Change, changed, unchanged } from '@lyceum/kernel';

/** A pair of keys that access tokens are signed with. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  /** The public key as a JWK, in JSON. */
  readonly publicJwk: string;
  /** The private key as a JWK in JSON, encrypted. */
  readonly privateJwk: string;
  /** When it begins to sign; it is published before, so that everyone knows it by then. */
  readonly activeFrom: Date;
  /** When the last token that it signed has expired; absent while it signs. */
  readonly retireAfter?: Date | undefined;
}

/** All keys of the platform: one aggregate, so that instances that start together agree. */
export interface KeyRing {
  readonly id: string;
  readonly keys: readonly SigningKey[];
}

export const RING = 'access-tokens';

/** The first key, unless another instance has made one; it signs at once. */
export const begin = (ring: KeyRing | undefined, key: Omit<SigningKey, 'activeFrom'>, now: Date): Change<KeyRing> =>
  ring && signer(ring, now)
    ? unchanged(ring)
    : changed({ id: RING, keys: [...(ring?.keys ?? []), { ...key, activeFrom: now }] });

export interface RotationTimes {
  /** How long verifiers may keep an old JWKS, in ms. */
  readonly announced: number;
  /** Life of an access token plus the clock difference that is forgiven, in ms. */
  readonly tokenLife: number;
}

/** A new key that is published now and signs later; those before it stay as long as a token of theirs may live. */
export function rotate(
  ring: KeyRing,
  key: Omit<SigningKey, 'activeFrom'>,
  { announced, tokenLife }: RotationTimes,
  now: Date,
): Change<KeyRing> {
  const activeFrom = new Date(now.getTime() + announced);
  const retireAfter = new Date(activeFrom.getTime() + tokenLife);
  const kept = published(ring, now).map((old) => ({ ...old, retireAfter: old.retireAfter ?? retireAfter }));
  return changed({ ...ring, keys: [...kept, { ...key, activeFrom }] });
}

/** The key that signs now: the newest active one. */
export const signer = (ring: KeyRing, now: Date): SigningKey | undefined =>
  published(ring, now)
    .filter(({ activeFrom }) => activeFrom <= now)
    .sort((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime())[0];

/** The keys that verifiers must know: those that sign, did so lately, or will. */
export const published = (ring: KeyRing, now: Date): readonly SigningKey[] =>
  ring.keys.filter(({ retireAfter }) => !retireAfter || retireAfter > now);
