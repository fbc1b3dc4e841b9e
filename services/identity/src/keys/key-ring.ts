import { signingKeysRotated } from '@lyceum/contracts';
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

/** A key that others may have: nothing that it has signed is believed any more. */
export interface WithdrawnKey {
  readonly kid: string;
  readonly at: Date;
}

/** All keys of the platform: one aggregate, so that instances that start or rotate together agree. */
export interface KeyRing {
  readonly id: string;
  readonly keys: readonly SigningKey[];
  readonly withdrawn?: readonly WithdrawnKey[] | undefined;
}

export const RING = 'access-tokens';
type NewKey = Omit<SigningKey, 'activeFrom'>;

/** The first key, unless another instance has made one; it signs at once. */
export const begin = (ring: KeyRing | undefined, key: NewKey, now: Date): Change<KeyRing> =>
  ring && signer(ring, now)
    ? unchanged(ring)
    : changed({ ...ring, id: RING, keys: [...(ring?.keys ?? []), { ...key, activeFrom: now }] });

const MINUTE = 60_000;
/**
 * How long before it signs a key is published: verifiers fetch the keys every ten minutes, caches keep them for five, and who cannot
 * fetch them believes those at hand for an hour. After that nobody can see a token before its key.
 */
export const ANNOUNCED = 75 * MINUTE;
/** Withdrawn keys are told for as long as anybody could still have them. */
const TOLD = 24 * 60 * MINUTE;

/** Who wants it, and why. */
export type Cause =
  | { readonly by: 'schedule' }
  | { readonly by: 'operator'; readonly id: string; readonly reason: string };

/**
 * A new key that is published now and signs later; those before it stay as long as a token of theirs may live. Nothing while a
 * new key is waiting already, so that several who rotate at once make one.
 * @param tokenLife of an access token, with the clock difference that is forgiven, in ms
 */
export function rotate(ring: KeyRing, key: NewKey, tokenLife: number, cause: Cause, now: Date): Change<KeyRing> {
  if (newest(ring).activeFrom > now) return unchanged(ring);
  const activeFrom = new Date(now.getTime() + ANNOUNCED);
  const retireAfter = new Date(activeFrom.getTime() + tokenLife);
  const kept = published(ring, now).map((old) => ({ ...old, retireAfter: old.retireAfter ?? retireAfter }));
  const next = { ...ring, keys: [...kept, { ...key, activeFrom }], withdrawn: stillTold(ring, now) };
  return changed(next, [rotated(key, activeFrom, [], cause, now)]);
}

/** A new key in the place of all others, from now on: somebody else may have them, and so may have one that waits. */
export function withdraw(ring: KeyRing, key: NewKey, cause: Cause, now: Date): Change<KeyRing> {
  const gone = published(ring, now).map(({ kid }) => ({ kid, at: now }));
  const next = { ...ring, keys: [{ ...key, activeFrom: now }], withdrawn: [...stillTold(ring, now), ...gone] };
  const kids = gone.map(({ kid }) => kid);
  return changed(next, [rotated(key, now, kids, cause, now)]);
}

/** Without the keys that nobody needs any more, private halves and all. */
export function forget(ring: KeyRing, now: Date): Change<KeyRing> {
  const keys = published(ring, now);
  return keys.length === ring.keys.length ? unchanged(ring) : changed({ ...ring, keys });
}

/** The same private keys in another encryption: what stands for each in place of what it was. */
export const reencrypt = (ring: KeyRing, anew: ReadonlyMap<string, string>): Change<KeyRing> =>
  changed({
    ...ring,
    keys: ring.keys.map((key) => ({ ...key, privateJwk: anew.get(key.privateJwk) ?? key.privateJwk })),
  });

/** Whether the newest key has signed for so long, in ms, that another one should. */
export const isOld = (ring: KeyRing, longest: number, now: Date): boolean =>
  now.getTime() - newest(ring).activeFrom.getTime() >= longest;

/** The key that signs now: the newest active one. */
export const signer = (ring: KeyRing, now: Date): SigningKey | undefined =>
  published(ring, now)
    .filter(({ activeFrom }) => activeFrom <= now)
    .sort((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime())[0];

/** The keys that verifiers must know: those that sign, did so lately, or will. */
export const published = (ring: KeyRing, now: Date): readonly SigningKey[] =>
  ring.keys.filter(({ retireAfter }) => !retireAfter || retireAfter > now);

/** The `kid` of keys that verifiers must not believe, as far as they might still have them. */
export const withdrawnLately = (ring: KeyRing, now: Date): string[] => stillTold(ring, now).map(({ kid }) => kid);

const stillTold = ({ withdrawn = [] }: KeyRing, now: Date): readonly WithdrawnKey[] =>
  withdrawn.filter(({ at }) => now.getTime() - at.getTime() < TOLD);

function newest({ keys }: KeyRing): SigningKey {
  const [last] = [...keys].sort((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime());
  if (!last) throw new Error('There is no signing key');
  return last;
}

const rotated = ({ kid }: NewKey, activeFrom: Date, withdrawnKids: string[], cause: Cause, now: Date) =>
  signingKeysRotated({
    kid,
    activeFrom: activeFrom.toISOString(),
    withdrawnKids,
    cause: cause.by,
    ...(cause.by === 'operator' ? { operatorId: cause.id, reason: cause.reason } : {}),
    rotatedAt: now.toISOString(),
  });
