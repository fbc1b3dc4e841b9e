import {
  type EventDefinition,
  accountReinstated,
  accountSuspended,
  apiKeyCreated,
  apiKeyExpiring,
  apiKeyExpiryDue,
  apiKeyRevoked,
  consentChanged,
  dataExportExpired,
  dataExportOverdue,
  dataExportReady,
  dataExportRequested,
  emailChangeAnnounced,
  emailChangeRequested,
  emailChanged,
  emailVerified,
  erasureCancelled,
  erasureDue,
  erasureScheduled,
  erasureUnanswered,
  externalIdentityLinked,
  externalIdentityUnlinked,
  identityErased,
  newDeviceSignedIn,
  passkeyAdded,
  passkeyRemoved,
  passkeySuspected,
  passwordChanged,
  passwordResetRequested,
  profileChanged,
  recoveryCodeUsed,
  recoveryCodesRenewed,
  registrationRepeated,
  rolesChanged,
  sessionCompromised,
  sessionEnded,
  sessionOpened,
  sessionProvenAgain,
  signInSlowedDown,
  signedOutByAdmin,
  signingKeysRotated,
  suspensionOver,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
  userErased,
  userInactive,
  userRegistered,
  verificationRequested,
} from '@lyceum/contracts';
import type { z } from 'zod';
import { type Content, type Fact, SYSTEM, UNKNOWN } from './audit-chain.js';

/** What an entry says of an event. Only what stands here gets into the log: ids, never names or addresses. */
interface Told {
  /** The target, unless said otherwise. */
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly reason?: string | undefined;
  readonly facts?: Readonly<Record<string, Fact | undefined>>;
}

export interface AuditedEvent {
  readonly definition: EventDefinition;
  readonly action: string;
  readonly contentOf: (event: unknown) => Content;
}

interface OfUser {
  readonly userId: string;
}
interface OfAdministrator extends OfUser {
  readonly adminId: string;
  readonly reason: string;
}

/** A line of the table: the event, what it is called in the log, and what of it is written down. */
function line<Schema extends z.ZodType>(
  definition: EventDefinition<string, Schema>,
  action: string,
  tell: (data: z.output<Schema>) => Told,
): AuditedEvent {
  const contentOf = (envelope: unknown): Content => {
    const { id, time, data } = definition.parse(envelope);
    const { target, actor = target ?? UNKNOWN, reason, facts = {} } = tell(data);
    return { id, at: new Date(time), action, actor, target, reason, facts: withoutAbsent(facts) };
  };
  return { definition, action, contentOf };
}

const withoutAbsent = (facts: Readonly<Record<string, Fact | undefined>>): Record<string, Fact> =>
  Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, Fact] => fact[1] !== undefined));

const own = ({ userId: target }: OfUser): Told => ({ target });
const byStranger = ({ userId: target }: OfUser): Told => ({ actor: UNKNOWN, target });
const byAdmin = ({ userId: target, adminId: actor, reason }: OfAdministrator): Told => ({ actor, target, reason });
const ofPasskey = ({ userId: target, passkeyId }: OfUser & { readonly passkeyId: string }): Told => ({
  target,
  facts: { passkeyId },
});
const ofExternal = ({ userId: target, identityId }: OfUser & { readonly identityId: string }): Told => ({
  target,
  facts: { identityId },
});
/** Sessions that did not end by their owner's will. */
const imposed = new Set(['suspended', 'roles-changed', 'signed-out-by-admin']);

/** What the audit log holds. Another event of identity's gets one line here, or a place among those that are not relevant. */
export const auditedEvents: readonly AuditedEvent[] = [
  line(userRegistered, 'account-registered', ({ userId, roles }) => ({ target: userId, facts: { roles } })),
  line(registrationRepeated, 'registration-repeated', byStranger),
  line(emailVerified, 'email-verified', own),
  line(emailChangeAnnounced, 'email-change-asked-for', own),
  line(emailChanged, 'email-changed', own),
  line(passwordResetRequested, 'password-reset-asked-for', byStranger),
  line(passwordChanged, 'password-changed', ({ userId, how }) => ({ target: userId, facts: { how } })),
  line(sessionOpened, 'signed-in', ({ userId, sessionId, methods, network }) => ({
    target: userId,
    facts: { sessionId, methods, network },
  })),
  line(sessionProvenAgain, 'proven-again', ({ userId, sessionId, methods }) => ({
    target: userId,
    facts: { sessionId, methods },
  })),
  line(sessionEnded, 'session-ended', ({ userId, sessionId, reason }) => ({
    ...(imposed.has(reason) ? { actor: SYSTEM } : {}),
    target: userId,
    facts: { sessionId, because: reason },
  })),
  line(sessionCompromised, 'session-compromised', ({ userId, sessionId }) => ({
    actor: UNKNOWN,
    target: userId,
    facts: { sessionId },
  })),
  line(newDeviceSignedIn, 'new-device-signed-in', ({ userId, sessionId }) => ({
    target: userId,
    facts: { sessionId },
  })),
  line(signInSlowedDown, 'sign-in-slowed-down', ({ userId, what, failures, network }) => ({
    actor: UNKNOWN,
    target: userId,
    facts: { what, failures, network },
  })),
  line(twoFactorEnabled, 'two-factor-enabled', own),
  line(twoFactorDisabled, 'two-factor-disabled', own),
  line(twoFactorReset, 'two-factor-reset', byAdmin),
  line(recoveryCodeUsed, 'recovery-code-used', ({ userId, codesLeft }) => ({ target: userId, facts: { codesLeft } })),
  line(recoveryCodesRenewed, 'recovery-codes-renewed', own),
  line(passkeyAdded, 'passkey-added', ofPasskey),
  line(passkeyRemoved, 'passkey-removed', ofPasskey),
  line(passkeySuspected, 'passkey-suspected', (data) => ({ ...ofPasskey(data), actor: UNKNOWN })),
  line(accountSuspended, 'account-suspended', (data) => ({ ...byAdmin(data), facts: { until: data.until } })),
  line(accountReinstated, 'account-reinstated', ({ userId, by, adminId, reason }) => ({
    actor: adminId ?? SYSTEM,
    target: userId,
    reason,
    facts: { by },
  })),
  line(rolesChanged, 'roles-changed', ({ roles, granted, revoked, ...data }) => ({
    ...byAdmin(data),
    facts: { roles, granted, revoked },
  })),
  line(signedOutByAdmin, 'signed-out-by-admin', byAdmin),
  line(apiKeyCreated, 'api-key-created', ({ userId, keyId, scopes }) => ({ target: userId, facts: { keyId, scopes } })),
  line(apiKeyRevoked, 'api-key-revoked', ({ userId, keyId, because }) => ({
    target: userId,
    facts: { keyId, because },
  })),
  line(externalIdentityLinked, 'external-identity-linked', ofExternal),
  line(externalIdentityUnlinked, 'external-identity-unlinked', ofExternal),
  line(signingKeysRotated, 'signing-keys-rotated', ({ kid, withdrawnKids, operatorId, reason }) => ({
    actor: operatorId ?? SYSTEM,
    reason,
    facts: { kid, withdrawnKids },
  })),
  line(dataExportReady, 'data-export-made', own),
  line(erasureScheduled, 'erasure-scheduled', ({ userId, by, adminId }) => ({
    ...(adminId === undefined ? {} : { actor: adminId }),
    target: userId,
    facts: { by },
  })),
  line(erasureCancelled, 'erasure-cancelled', own),
  line(identityErased, 'account-erased', ({ userId }) => ({ actor: SYSTEM, target: userId })),
];

/** Nothing of these is needed to see what happened to an account, or another event of the same moment tells it. */
export const notSecurityRelevant: readonly EventDefinition[] = [
  verificationRequested, // a mail went out
  emailChangeRequested, // announced at the same moment
  profileChanged, // words and a picture
  apiKeyExpiryDue, // a reminder
  apiKeyExpiring, // a mail went out
  dataExportRequested, // the host hears it; that it was made is told
  dataExportOverdue, // a timer
  dataExportExpired, // a timer
  erasureDue, // a timer
  erasureUnanswered, // a timer
  userErased, // the host hears it; that it is done is told
  consentChanged, // on record with the consents
  userInactive, // a mail went out
  suspensionOver, // what follows from it is told
];
