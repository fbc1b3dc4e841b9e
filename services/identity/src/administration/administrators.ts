import { type Change, changed } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/**
 * Who is on the way to being an active administrator no more. One document for all of them, so that two who part at the same
 * moment, in whichever instances, see each other: each part is entered here before it is written to the account.
 */
export interface Administrators {
  readonly id: typeof ALL;
  readonly leaving: readonly Leaving[];
}

/** Holds until the account has another version: either it was written, or somebody else was faster and all begins anew. */
export interface Leaving extends Sight {
  readonly at: Date;
}

/** An account as it was seen. */
export interface Sight {
  readonly accountId: string;
  readonly version: number;
}

export const ALL = 'administrators';
/** So long nobody takes from the entry to the write: whoever did it is gone. */
export const STUCK_AFTER = 10_000;

/**
 * Enters that one of the active administrators leaves. `active` must have been read after `current`.
 * Throws `identity.last-administrator` when nobody else would be left for certain.
 */
export function letGo(
  current: Administrators | undefined,
  leaver: Sight,
  active: readonly Sight[],
  now: Date,
): Change<Administrators> {
  const leaving = onTheirWay(current, active).filter(({ accountId }) => accountId !== leaver.accountId);
  const gone = new Set([leaver, ...leaving].map(({ accountId }) => accountId));
  if (active.every(({ accountId }) => gone.has(accountId))) throw refusals.lastAdministrator();
  return changed({ id: ALL, leaving: [...leaving, { ...leaver, at: now }] });
}

/** Those whose parting was entered long ago and never written: they may be counted again once their version has moved on. */
export const stuck = (
  current: Administrators | undefined,
  leaver: Sight,
  active: readonly Sight[],
  now: Date,
): readonly Leaving[] =>
  onTheirWay(current, active).filter(
    ({ accountId, at }) => accountId !== leaver.accountId && now.getTime() - at.getTime() >= STUCK_AFTER,
  );

const onTheirWay = (current: Administrators | undefined, active: readonly Sight[]): readonly Leaving[] =>
  (current?.leaving ?? []).filter((leaving) =>
    active.some(({ accountId, version }) => accountId === leaving.accountId && version <= leaving.version),
  );
