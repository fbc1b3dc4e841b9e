import { type Purpose, consentChanged } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** What somebody said about one purpose, at one time. */
export interface Decision {
  readonly purpose: Purpose;
  /** Of the document or wording that it was about. */
  readonly version: string;
  readonly given: boolean;
  readonly at: Date;
  readonly how: 'registration' | 'settings';
}

/** Everything that one person has agreed to or taken back; entries are only ever added. Its id is the account's. */
export interface Consents {
  readonly id: string;
  readonly history: readonly Decision[];
}

/** Documents without which there is no account, and their present versions. */
export type Documents = Partial<Readonly<Record<Purpose, string>>>;

/** Purposes without a document of their own are about the wording in the settings, of this version. */
export const WORDING = '1';
const MOST = 1_000;

/** The last word about a purpose. */
export const latest = (consents: Consents | undefined, purpose: Purpose): Decision | undefined =>
  consents?.history.findLast((decision) => decision.purpose === purpose);

export interface Statement {
  readonly purpose: Purpose;
  /** What the person has read; the present version, unless somebody has a page open for long. */
  readonly version: string;
  readonly given: boolean;
}

/**
 * Writes down what somebody says. The same again changes nothing. Throws `identity.consent-needed` for what an account cannot
 * be without, and `identity.document-outdated` for another version than the present one.
 */
export function state(
  current: Consents | undefined,
  { id, documents }: { readonly id: string; readonly documents: Documents },
  said: Statement,
  now: Date,
): Change<Consents> {
  const { purpose, version, given } = said;
  if (version !== (documents[purpose] ?? WORDING)) throw refusals.documentOutdated();
  const isRequired = documents[purpose] !== undefined || purpose === 'terms' || purpose === 'privacy-policy';
  if (!given && isRequired) throw refusals.consentNeeded();
  const consents = current ?? { id, history: [] };
  const before = latest(current, purpose);
  if (before ? before.given === given && before.version === version : !given) return unchanged(consents);
  if (consents.history.length >= MOST) throw refusals.tooManyAttempts();
  return add(consents, [{ ...said, at: now, how: 'settings' }]);
}

/** What was agreed to with the registration; heard again, it is written down already. */
export function acceptWithRegistration(
  current: Consents | undefined,
  { id, accepted, at }: { id: string; accepted: readonly { purpose: Purpose; version: string }[]; at: Date },
): Change<Consents> {
  const consents = current ?? { id, history: [] };
  if (consents.history.some(({ how }) => how === 'registration') || accepted.length === 0) return unchanged(consents);
  return add(
    consents,
    accepted.map((each) => ({ ...each, given: true, at, how: 'registration' })),
  );
}

function add({ id, history }: Consents, decisions: readonly Decision[]): Change<Consents> {
  const told = decisions.map(({ at, ...decision }) =>
    consentChanged({ userId: id, ...decision, changedAt: at.toISOString() }),
  );
  return changed({ id, history: [...history, ...decisions] }, told);
}
