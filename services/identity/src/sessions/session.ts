import {
  newDeviceSignedIn,
  sessionCompromised,
  sessionEnded,
  sessionOpened,
  sessionProvenAgain,
} from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import { type Authentication, type Method, provenAgain } from './authentication.js';
import { deviceKindOf } from './device-kind.js';

/** A device on which somebody is signed in. */
export interface Session {
  readonly id: string;
  readonly accountId: string;
  readonly device: Device;
  readonly authentication: Authentication;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  /** Slides with each use. */
  readonly expiresAt: Date;
  /** Never slides; then one has to sign in again. */
  readonly endsAt: Date;
  /** Whether its owner was told of it, as it began where the account had not been used. */
  readonly announced?: boolean | undefined;
  readonly state: SessionState;
}

export interface Device {
  readonly userAgent: string;
  readonly address: string;
}

export type SessionState =
  | { readonly status: 'active'; readonly tokenHash: string; readonly spent?: Spent | undefined }
  | { readonly status: 'ended'; readonly at: Date; readonly because: Ending };
export type Ending =
  | 'signed-out'
  | 'revoked'
  | 'compromised'
  | 'signed-out-everywhere'
  | 'password-changed'
  | 'suspended'
  | 'roles-changed'
  | 'signed-out-by-admin';

/** The refresh token before the present one. */
interface Spent {
  readonly hash: string;
  readonly at: Date;
  /** The token that replaced it, readable only by who holds the spent one. */
  readonly successor: string;
}

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
}

const DAY = 86_400_000;
export const IDLE_LIFETIME = 30 * DAY;
export const LONGEST_LIFETIME = 90 * DAY;
/** Two requests of one client may refresh at the same time, or an answer get lost: that is no theft. */
export const GRACE = 10_000;

export interface Opening extends Pick<Session, 'id' | 'accountId' | 'device' | 'authentication'> {
  readonly tokenHash: string;
  /** Pseudonym of the network that the sign-in came from. */
  readonly network: string;
  /** Who is to be told of it, if anybody. */
  readonly tell?: Owner | undefined;
}

export function open({ tokenHash, network, tell, ...about }: Opening, now: Date): Change<Session> {
  const endsAt = new Date(now.getTime() + LONGEST_LIFETIME);
  const times = { startedAt: now, lastSeenAt: now, expiresAt: idleEnd(now, endsAt), endsAt };
  const session: Session = { ...about, ...times, state: { status: 'active', tokenHash } };
  const { id: sessionId, accountId: userId, authentication } = session;
  const methods = [...authentication.methods];
  const opened = sessionOpened({ userId, sessionId, methods, network, openedAt: now.toISOString() });
  if (!tell) return changed(session, [opened]);
  const { browser, system } = deviceKindOf(about.device.userAgent);
  const told = newDeviceSignedIn({
    userId: tell.id,
    email: tell.email,
    firstName: tell.firstName,
    sessionId,
    ...(browser === undefined ? {} : { browser }),
    ...(system === undefined ? {} : { system }),
    signedInAt: now.toISOString(),
  });
  return changed({ ...session, announced: true }, [opened, told]);
}

export interface Refresh {
  /** Hash of the presented token, which was once given out for this session. */
  readonly presented: string;
  readonly successor: { readonly hash: string; readonly sealed: string };
  readonly device: Device;
  readonly owner: Owner;
}

/**
 * Spends the presented token and puts its successor in its place. Repeated within the grace time it changes nothing: the
 * successor stays the same. Later it means that two parties hold the token, and the session ends for both.
 * Throws `identity.refresh-refused` when the session is over.
 */
export function refresh(
  session: Session,
  { presented, successor, device, owner }: Refresh,
  now: Date,
): Change<Session> {
  const { state } = session;
  if (state.status === 'ended' || session.expiresAt <= now) throw refusals.refreshRefused();
  if (state.tokenHash === presented) {
    const spent: Spent = { hash: presented, at: now, successor: successor.sealed };
    return changed({
      ...session,
      device,
      lastSeenAt: now,
      expiresAt: idleEnd(now, session.endsAt),
      state: { status: 'active', tokenHash: successor.hash, spent },
    });
  }
  if (state.spent?.hash === presented && now.getTime() - state.spent.at.getTime() <= GRACE) return unchanged(session);
  const told = sessionCompromised({
    userId: owner.id,
    email: owner.email,
    firstName: owner.firstName,
    sessionId: session.id,
    detectedAt: now.toISOString(),
  });
  return changed({ ...session, state: { status: 'ended', at: now, because: 'compromised' } }, [told]);
}

/** Its owner has proven again who they are. Throws `identity.session-not-found` when it is over or somebody else's. */
export function proveAgain(
  session: Session | undefined,
  { accountId, shown }: { readonly accountId: string; readonly shown: readonly Method[] },
  now: Date,
): Change<Session> {
  const goesOn = session?.accountId === accountId && session.state.status === 'active' && session.expiresAt > now;
  if (!goesOn) throw refusals.sessionNotFound();
  const told = sessionProvenAgain({
    userId: accountId,
    sessionId: session.id,
    methods: [...shown],
    provenAt: now.toISOString(),
  });
  return changed({ ...session, authentication: provenAgain(session.authentication, shown, now) }, [told]);
}

/** Ends it; nothing when it has ended already. */
export function end(session: Session, because: Ending, now: Date): Change<Session> {
  if (session.state.status === 'ended') return unchanged(session);
  const { id: sessionId, accountId: userId } = session;
  const told = sessionEnded({ userId, sessionId, reason: because, endedAt: now.toISOString() });
  return changed({ ...session, state: { status: 'ended', at: now, because } }, [told]);
}

const idleEnd = (now: Date, endsAt: Date): Date => new Date(Math.min(now.getTime() + IDLE_LIFETIME, endsAt.getTime()));
