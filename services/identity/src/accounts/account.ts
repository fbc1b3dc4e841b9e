import {
  type Role,
  emailVerified,
  registrationRepeated,
  userRegistered,
  verificationRequested,
} from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** What somebody tells about oneself beside the name. */
export interface Profile {
  /** BCP 47. */
  readonly locale?: string | undefined;
  /** IANA. */
  readonly timeZone?: string | undefined;
  readonly bio?: string | undefined;
  readonly avatarMediaId?: string | undefined;
}

export type Account = Person & Password;

interface Person {
  readonly id: string;
  /** Canonical; no two accounts have the same. */
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly profile?: Profile | undefined;
  readonly roles: readonly Role[];
  readonly registeredAt: Date;
  readonly state: AccountState;
  readonly verification: Verification;
  /** When it was last used, to a day; absent before it was. */
  readonly lastSeenAt?: Date | undefined;
  /** When the owner was reminded of the account; absent when it was used since. */
  readonly remindedAt?: Date | undefined;
  /** When mails of each kind went out within the last day: strangers can ask for them, so they are rationed. */
  readonly mails: { readonly verification: readonly Date[]; readonly repetition: readonly Date[] };
  /** It will be no more, unless its owner cancels that in time. */
  readonly erasure?: ScheduledErasure | undefined;
}

/** An account is to be erased at a moment. */
export interface ScheduledErasure {
  readonly erasureId: string;
  readonly by: 'owner' | 'admin';
  readonly adminId?: string | undefined;
  /** Why an administrator does it. */
  readonly reason?: string | undefined;
  readonly scheduledAt: Date;
  readonly dueAt: Date;
}

/** What is left of an account that was erased, so that its id is never anybody's again. */
export interface ErasedAccount {
  readonly id: string;
  readonly status: 'erased';
  readonly erasedAt: Date;
}

/** Who signs in otherwise may have none, until a link in a mail gives them the first. */
type Password =
  | {
      /** argon2id in PHC form. */
      readonly passwordHash: string;
      /** Absent while it is the first one. */
      readonly passwordChangedAt?: Date | undefined;
    }
  | { readonly passwordHash?: undefined; readonly passwordChangedAt?: undefined };
/** Whether the account may be used. A suspension that is over counts no more, even before somebody has noticed. */
export type AccountState =
  | { readonly status: 'active' }
  | {
      readonly status: 'suspended';
      readonly since: Date;
      /** Absent: until an administrator ends it. */
      readonly until?: Date | undefined;
      readonly adminId: string;
      readonly reason: string;
    };

/** Whether the owner has proven the address. A pending proof holds for one address and one token. */
export type Verification =
  | { readonly status: 'pending'; readonly tokenHash: string; readonly email: string; readonly expiresAt: Date }
  | { readonly status: 'verified'; readonly at: Date };

export interface Registration {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: Role;
  readonly passwordHash: string;
  /** Documents that were agreed to. */
  readonly accepted?: readonly { readonly purpose: string; readonly version: string }[] | undefined;
}

type Newcomer = Omit<Registration, 'passwordHash'> & Password;

/** A token for the owner's mail: its hash for us, the token itself sealed for notify. */
export interface ProofToken {
  readonly hash: string;
  readonly sealed: string;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
export const PROOF_LIFETIME = DAY;
const ration = { gap: 60 * SECOND, daily: 5 };

export function register(registration: Registration, token: ProofToken, now: Date): Change<Account> {
  const { accepted, ...applicant } = registration;
  const account = openAccount(applicant, pendingProof(registration.email, token, now), now);
  const events = [registered(account, accepted), proofAsked(account, token, now)];
  return changed({ ...account, mails: { verification: [now], repetition: [] } }, events);
}

/** The first administrator comes from the configuration, which vouches for the address. */
export function appoint(registration: Registration, now: Date): Change<Account> {
  const account = openAccount(registration, { status: 'verified', at: now }, now);
  return changed(account, [registered(account), verified(account, now)]);
}

/**
 * The account of somebody whom an external provider vouches for; it has no password. Their address is proven by a link of ours, unless
 * the provider's word is proof enough. Nothing when the account is there already.
 */
export function welcome(
  current: Account | undefined,
  newcomer: Omit<Registration, 'passwordHash'>,
  proof: ProofToken | 'vouched',
  now: Date,
): Change<Account> {
  if (current) return unchanged(current);
  if (proof === 'vouched') {
    const account = openAccount(newcomer, { status: 'verified', at: now }, now);
    return changed(account, [registered(account), verified(account, now)]);
  }
  const account = openAccount(newcomer, pendingProof(newcomer.email, proof, now), now);
  const mails = { verification: [now], repetition: [] };
  return changed({ ...account, mails }, [registered(account), proofAsked(account, proof, now)]);
}

/** Somebody registers an address that has an account: its owner is told, but not again and again. */
export function repeatRegistration(account: Account, now: Date): Change<Account> {
  const sent = mayMail(account.mails.repetition, now);
  const mails = { ...account.mails, repetition: sent ?? recent(account.mails.repetition, now) };
  const { id: userId, email, firstName } = account;
  const told = registrationRepeated({ userId, email, firstName, attemptedAt: now.toISOString() });
  return changed({ ...account, mails }, sent ? [told] : []);
}

/** A new link for the owner; the one before stops working. Nothing when it is not needed or was asked for too often. */
export function askForProof(account: Account, token: ProofToken, now: Date): Change<Account> {
  const sent = mayMail(account.mails.verification, now);
  if (account.verification.status === 'verified' || !sent) return unchanged(account);
  const verification = pendingProof(account.email, token, now);
  const mails = { ...account.mails, verification: sent };
  return changed({ ...account, verification, mails }, [proofAsked(account, token, now)]);
}

/** The owner has opened the link. Throws `identity.verification-refused` for a token that does not hold (any more). */
export function prove(account: Account, tokenHash: string, now: Date): Change<Account> {
  const { verification } = account;
  const holds =
    verification.status === 'pending' &&
    verification.tokenHash === tokenHash &&
    verification.email === account.email &&
    verification.expiresAt > now;
  if (!holds) throw refusals.verificationRefused();
  return changed({ ...account, verification: { status: 'verified', at: now } }, [verified(account, now)]);
}

/** The same password, hashed with today's parameters; nothing when the password has been changed meanwhile. */
export function rehash(account: Account, from: string, to: string): Change<Account> {
  return account.passwordHash === from ? changed({ ...account, passwordHash: to }) : unchanged(account);
}

export const isVerified = (account: Account): boolean => account.verification.status === 'verified';

function openAccount(registration: Newcomer, verification: Verification, now: Date): Account {
  const { role, ...person } = registration;
  const mails = { verification: [], repetition: [] };
  return { ...person, roles: [role], registeredAt: now, state: { status: 'active' }, verification, mails };
}

const pendingProof = (email: string, { hash: tokenHash }: ProofToken, now: Date): Verification => ({
  status: 'pending',
  tokenHash,
  email,
  expiresAt: new Date(now.getTime() + PROOF_LIFETIME),
});

const recent = (times: readonly Date[], now: Date): Date[] =>
  times.filter((time) => now.getTime() - time.getTime() < DAY);

/** The times with this one, or undefined when the ration is used up. */
function mayMail(times: readonly Date[], now: Date): Date[] | undefined {
  const today = recent(times, now);
  const last = today.at(-1);
  if (today.length >= ration.daily) return undefined;
  return last && now.getTime() - last.getTime() < ration.gap ? undefined : [...today, now];
}

const registered = (
  { id: userId, email, firstName, lastName, roles, registeredAt }: Account,
  accepted: Registration['accepted'] = [],
) =>
  userRegistered({
    userId,
    email,
    firstName,
    lastName,
    roles: [...roles],
    registeredAt: registeredAt.toISOString(),
    ...(accepted.length > 0 ? { accepted: [...accepted] } : {}),
  });

const proofAsked = ({ id: userId, email, firstName }: Account, { sealed: sealedToken }: ProofToken, now: Date) =>
  verificationRequested({
    userId,
    email,
    firstName,
    sealedToken,
    expiresAt: new Date(now.getTime() + PROOF_LIFETIME).toISOString(),
  });

const verified = ({ id: userId, email }: Account, now: Date) =>
  emailVerified({ userId, email, verifiedAt: now.toISOString() });
