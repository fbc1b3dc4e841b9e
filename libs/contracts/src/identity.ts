import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant, Role } from './values.js';

export const userRegistered = defineEvent(
  'identity.user-registered.v1',
  'Somebody has an account; the e-mail address is not proven yet.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(Role),
    locale: z.string().optional(),
    accepted: z
      .array(z.object({ purpose: z.string(), version: z.string() }))
      .optional()
      .describe('documents that were agreed to with the registration'),
    registeredAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'lastName', 'locale'] } },
);

export const verificationRequested = defineEvent(
  'identity.verification-requested.v1',
  'The owner of an account must be sent a link that proves the address.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    sealedToken: z.string().describe('single-use token as a compact JWE that only notify can open'),
    expiresAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'sealedToken'] } },
);

export const registrationRepeated = defineEvent(
  'identity.registration-repeated.v1',
  'Somebody tried to register an address that already has an account; its owner is told, the stranger is not.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), attemptedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const emailVerified = defineEvent(
  'identity.email-verified.v1',
  'The owner of the account has proven the e-mail address.',
  z.object({ userId: Id, email: z.email(), verifiedAt: Instant }),
  { personal: { of: 'userId', fields: ['email'] } },
);

export const sessionCompromised = defineEvent(
  'identity.session-compromised.v1',
  'A spent refresh token was presented again; the whole session has been ended.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), sessionId: Id, detectedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const profileChanged = defineEvent(
  'identity.profile-changed.v1',
  'Somebody has another name, language, time zone, text or picture; all of it as it is now.',
  z.object({
    userId: Id,
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(Role),
    locale: z.string().optional().describe('BCP 47'),
    timeZone: z.string().optional().describe('IANA'),
    bio: z.string().optional(),
    avatarMediaId: Id.optional(),
    changedAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['firstName', 'lastName', 'locale', 'timeZone', 'bio', 'avatarMediaId'] } },
);

export const emailChangeRequested = defineEvent(
  'identity.email-change-requested.v1',
  'Somebody wants another e-mail address: a link at the new one must prove it.',
  z.object({
    userId: Id,
    email: z.email().describe('the new one'),
    firstName: z.string(),
    sealedToken: z.string().describe('single-use token as a compact JWE that only notify can open'),
    expiresAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'sealedToken'] } },
);

export const emailChangeAnnounced = defineEvent(
  'identity.email-change-announced.v1',
  'Somebody wants another e-mail address: the present one must be told, with a link that stops it.',
  z.object({
    userId: Id,
    email: z.email().describe('the present one'),
    newEmail: z.email(),
    firstName: z.string(),
    sealedToken: z.string().describe('single-use token as a compact JWE that only notify can open'),
    requestedAt: Instant,
    expiresAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'newEmail', 'firstName', 'sealedToken'] } },
);

export const emailChanged = defineEvent(
  'identity.email-changed.v1',
  'An account has another e-mail address, which is proven.',
  z.object({ userId: Id, email: z.email(), oldEmail: z.email(), firstName: z.string(), changedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'oldEmail', 'firstName'] } },
);

export const passwordResetRequested = defineEvent(
  'identity.password-reset-requested.v1',
  'The owner of an account must be sent a link by which a forgotten password is replaced.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    sealedToken: z.string().describe('single-use token as a compact JWE that only notify can open'),
    expiresAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'sealedToken'] } },
);

export const passwordChanged = defineEvent(
  'identity.password-changed.v1',
  'An account has a new password: all sessions that were open end, except the one that made the change.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    how: z.enum(['reset', 'changed']).describe('by a link in a mail, or by who knew the old one'),
    keptSessionId: Id.optional().describe('the session that goes on'),
    changedAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const twoFactorEnabled = defineEvent(
  'identity.two-factor-enabled.v1',
  'The owner of an account has turned two-factor sign-in on.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), enabledAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const twoFactorDisabled = defineEvent(
  'identity.two-factor-disabled.v1',
  'The owner of an account has turned two-factor sign-in off.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), disabledAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const twoFactorReset = defineEvent(
  'identity.two-factor-reset.v1',
  'An administrator has turned two-factor sign-in off for somebody who could not use it any more.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    adminId: Id,
    reason: z.string(),
    resetAt: Instant,
  }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName', 'reason'] }, { of: 'adminId' }] },
);

export const recoveryCodeUsed = defineEvent(
  'identity.recovery-code-used.v1',
  'A recovery code was used in place of a code of the authenticator app.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), codesLeft: z.int().nonnegative(), usedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

const ofPasskey = { userId: Id, email: z.email(), firstName: z.string(), passkeyId: Id, name: z.string() };

export const passkeyAdded = defineEvent(
  'identity.passkey-added.v1',
  'The owner of an account can sign in by a new passkey.',
  z.object({ ...ofPasskey, addedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const passkeyRemoved = defineEvent(
  'identity.passkey-removed.v1',
  'A passkey signs nobody in any more.',
  z.object({ ...ofPasskey, removedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const passkeySuspected = defineEvent(
  'identity.passkey-suspected.v1',
  'A passkey was used with a signature counter that it had before: there may be a copy of it. That sign-in was refused.',
  z.object({ ...ofPasskey, detectedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const dataExportRequested = defineEvent(
  'identity.data-export-requested.v1',
  'Somebody wants everything that the platform holds about them: each service sends its part.',
  z.object({ exportId: Id, userId: Id, requestedAt: Instant }),
  { personal: { of: 'userId' } },
);

export const userErased = defineEvent(
  'identity.user-erased.v1',
  'An account is no more: each service erases what it holds about that person, and answers with a receipt.',
  z.object({
    userId: Id,
    erasureId: Id,
    erasedAt: Instant,
    sealedReceipt: z
      .string()
      .optional()
      .describe('token of the page that shows the receipts, as a compact JWE that only notify can open'),
  }),
  { personal: { of: 'userId' } },
);

const ofApiKey = { userId: Id, email: z.email(), firstName: z.string(), keyId: Id, name: z.string() };

export const apiKeyCreated = defineEvent(
  'identity.api-key-created.v1',
  'The owner of an account has made an API key, by which a program acts for them.',
  z.object({ ...ofApiKey, scopes: z.array(z.string()), createdAt: Instant, expiresAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const apiKeyRevoked = defineEvent(
  'identity.api-key-revoked.v1',
  'An API key is refused from now on.',
  z.object({
    ...ofApiKey,
    because: z.string().describe('by-owner, address-change-stopped and the like; there may be more'),
    revokedAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const apiKeyExpiryDue = defineEvent(
  'identity.api-key-expiry-due.v1',
  'It is a week until an API key expires, unless it has been revoked meanwhile.',
  z.object({ userId: Id, keyId: Id }),
  { personal: { of: 'userId' } },
);

export const apiKeyExpiring = defineEvent(
  'identity.api-key-expiring.v1',
  'An API key that is in force expires in a week; its owner should replace it.',
  z.object({ ...ofApiKey, expiresAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'name'] } },
);

export const dataExportOverdue = defineEvent(
  'identity.data-export-overdue.v1',
  'Some services have not sent their parts of an export in time: they are asked again.',
  z.object({ userId: Id, exportId: Id }),
  { personal: { of: 'userId' } },
);

export const dataExportReady = defineEvent(
  'identity.data-export-ready.v1',
  'Somebody can fetch everything that the platform holds about them, for some days.',
  z.object({
    userId: Id,
    exportId: Id,
    readyAt: Instant,
    expiresAt: Instant,
    missing: z.array(z.string()).describe('services that have not answered'),
  }),
  { personal: { of: 'userId' } },
);

export const dataExportExpired = defineEvent(
  'identity.data-export-expired.v1',
  'An export has been there for long enough: its parts go.',
  z.object({ userId: Id, exportId: Id }),
  { personal: { of: 'userId' } },
);

const ofErasure = { userId: Id, erasureId: Id };

export const erasureScheduled = defineEvent(
  'identity.erasure-scheduled.v1',
  'An account will be erased, unless its owner cancels that in time; everybody is signed out of it.',
  z.object({
    ...ofErasure,
    email: z.email(),
    firstName: z.string(),
    by: z.enum(['owner', 'admin']),
    adminId: Id.optional(),
    scheduledAt: Instant,
    dueAt: Instant,
  }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName'] }, { of: 'adminId' }] },
);

export const erasureCancelled = defineEvent(
  'identity.erasure-cancelled.v1',
  'An account that was to be erased stays.',
  z.object({ ...ofErasure, email: z.email(), firstName: z.string(), cancelledAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const erasureDue = defineEvent(
  'identity.erasure-due.v1',
  'The days in which the erasure of an account could be cancelled are over.',
  z.object(ofErasure),
  { personal: { of: 'userId' } },
);

export const erasureUnanswered = defineEvent(
  'identity.erasure-unanswered.v1',
  'Some services have not sent their receipts for an erasure in time: they are asked again.',
  z.object(ofErasure),
  { personal: { of: 'userId' } },
);

export const Purpose = z.enum(['terms', 'privacy-policy', 'marketing-mail', 'product-analytics']);
export type Purpose = z.infer<typeof Purpose>;

export const consentChanged = defineEvent(
  'identity.consent-changed.v1',
  'Somebody has agreed to something, or has taken that back.',
  z.object({
    userId: Id,
    purpose: Purpose,
    version: z.string().describe('of the document that it was about'),
    given: z.boolean(),
    how: z.enum(['registration', 'settings']),
    changedAt: Instant,
  }),
  { listeners: 'none', personal: { of: 'userId' } },
);

const ofExternalIdentity = {
  userId: Id,
  email: z.email(),
  firstName: z.string(),
  identityId: Id,
  provider: z.string().describe('its name, as people see it'),
};

export const externalIdentityLinked = defineEvent(
  'identity.external-identity-linked.v1',
  'The owner of an account can sign in to it by an account at another provider.',
  z.object({ ...ofExternalIdentity, linkedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'provider'] } },
);

export const externalIdentityUnlinked = defineEvent(
  'identity.external-identity-unlinked.v1',
  'An account at another provider signs in to an account no more.',
  z.object({ ...ofExternalIdentity, unlinkedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'provider'] } },
);

// administration of accounts, and what the audit log wants to know
const byAdministrator = { adminId: Id, reason: z.string().describe('as the administrator gave it; not for mails') };
const network = z.string().optional().describe('keyed pseudonym of the caller’s network');

export const accountSuspended = defineEvent(
  'identity.account-suspended.v1',
  'An administrator has shut an account: nobody signs in, and all sessions end.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    ...byAdministrator,
    until: Instant.optional().describe('when it ends by itself; absent: when an administrator ends it'),
    suspendedAt: Instant,
  }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName', 'reason'] }, { of: 'adminId' }] },
);

export const suspensionOver = defineEvent(
  'identity.suspension-over.v1',
  'The time until which an account was suspended has come.',
  z.object({ userId: Id, suspendedAt: Instant, until: Instant }),
  { personal: { of: 'userId' } },
);

export const accountReinstated = defineEvent(
  'identity.account-reinstated.v1',
  'A suspended account may be used again.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    by: z.enum(['administrator', 'time']),
    adminId: Id.optional(),
    reason: z.string().optional(),
    reinstatedAt: Instant,
  }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName', 'reason'] }, { of: 'adminId' }] },
);

export const rolesChanged = defineEvent(
  'identity.roles-changed.v1',
  'An administrator has given or taken roles; all of them as they are now. All sessions that were open end.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(Role),
    granted: z.array(Role),
    revoked: z.array(Role),
    ...byAdministrator,
    changedAt: Instant,
  }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName', 'lastName', 'reason'] }, { of: 'adminId' }] },
);

export const signedOutByAdmin = defineEvent(
  'identity.signed-out-by-admin.v1',
  'An administrator has ended all sessions of an account.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), ...byAdministrator, signedOutAt: Instant }),
  { personal: [{ of: 'userId', fields: ['email', 'firstName', 'reason'] }, { of: 'adminId' }] },
);

export const sessionOpened = defineEvent(
  'identity.session-opened.v1',
  'Somebody has signed in.',
  z.object({
    userId: Id,
    sessionId: Id,
    methods: z.array(z.string()).describe('RFC 8176'),
    network,
    openedAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['network'] } },
);

export const sessionProvenAgain = defineEvent(
  'identity.session-proven-again.v1',
  'Somebody who was signed in has proven once more who they are.',
  z.object({ userId: Id, sessionId: Id, methods: z.array(z.string()).describe('RFC 8176'), provenAt: Instant }),
  { personal: { of: 'userId' } },
);

export const sessionEnded = defineEvent(
  'identity.session-ended.v1',
  'A session is over before its time.',
  z.object({ userId: Id, sessionId: Id, reason: z.string(), endedAt: Instant }),
  { personal: { of: 'userId' } },
);

export const signInSlowedDown = defineEvent(
  'identity.sign-in-slowed-down.v1',
  'So many attempts to prove who one is have failed at an account that the next must wait; told once until they are forgotten.',
  z.object({
    userId: Id.optional().describe('absent when nobody has the address that was tried'),
    what: z.enum(['password', 'code']),
    failures: z.int().positive(),
    network,
    slowedDownAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['network'] } },
);

export const signingKeysRotated = defineEvent(
  'identity.signing-keys-rotated.v1',
  'There is a new key that access tokens are, or will be, signed with.',
  z.object({
    kid: z.string().describe('of the new key'),
    activeFrom: Instant.describe('when it begins to sign'),
    withdrawnKids: z.array(z.string()).describe('keys whose tokens hold no longer, from now on'),
    cause: z.enum(['schedule', 'operator']),
    operatorId: Id.optional(),
    reason: z.string().optional(),
    rotatedAt: Instant,
  }),
  { personal: { of: 'operatorId', fields: ['reason'] } },
);

export const newDeviceSignedIn = defineEvent(
  'identity.new-device-signed-in.v1',
  'Somebody has signed in from a device or a network from which the account had not been seen.',
  z.object({
    userId: Id,
    email: z.email(),
    firstName: z.string(),
    sessionId: Id,
    browser: z.string().optional().describe('coarse: Firefox'),
    system: z.string().optional().describe('coarse: Linux'),
    signedInAt: Instant,
  }),
  { personal: { of: 'userId', fields: ['email', 'firstName', 'browser', 'system'] } },
);

export const userInactive = defineEvent(
  'identity.user-inactive.v1',
  'Somebody has not used the platform for a long time; told once until they come back.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), lastSeenAt: Instant, noticedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);

export const recoveryCodesRenewed = defineEvent(
  'identity.recovery-codes-renewed.v1',
  'The owner of an account has new recovery codes; those before work no longer.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), renewedAt: Instant }),
  { personal: { of: 'userId', fields: ['email', 'firstName'] } },
);
