import type {
  EventOf,
  apiKeyCreated,
  apiKeyExpiring,
  accountReinstated,
  accountSuspended,
  certificateIssued,
  courseCompleted,
  coursePublished,
  dataExportReady,
  emailChangeAnnounced,
  emailChangeRequested,
  emailChanged,
  enrollmentActivated,
  enrollmentEnded,
  erasureCancelled,
  erasureScheduled,
  externalIdentityLinked,
  externalIdentityUnlinked,
  learningNotBegun,
  mediaRejected,
  passkeyAdded,
  passkeyRemoved,
  passkeySuspected,
  passwordChanged,
  passwordResetRequested,
  paymentDeclined,
  paymentRefunded,
  paymentSucceeded,
  recoveryCodeUsed,
  registrationRepeated,
  rolesChanged,
  sessionCompromised,
  signedOutByAdmin,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
  verificationRequested,
  newDeviceSignedIn,
  recoveryCodesRenewed,
  userInactive,
} from '@lyceum/contracts';
import type { Addressee, Channel, Message } from './message.js';

/** Somebody is to be told something over one channel. */
export interface Occasion {
  readonly channel: Channel;
  readonly to: Addressee;
  readonly message: Message;
  /** A one-time token that only this service can open, for the mail that carries its link. */
  readonly sealedToken?: string;
}

type DataOf<Definition> = EventOf<Definition> extends { data: infer Data } ? Data : never;

const user = (userId: string): Addressee => ({ kind: 'user', userId });
const accountOf = ({ userId, email, firstName }: { userId: string; email: string; firstName: string }): Addressee => ({
  kind: 'address',
  userId,
  email,
  firstName,
});
const byMail = (to: Addressee, message: Message): Occasion[] => [{ channel: 'email', to, message }];
const inApp = (to: Addressee, message: Message): Occasion[] => [{ channel: 'in-app', to, message }];
const both = (to: Addressee, message: Message): Occasion[] => [...byMail(to, message), ...inApp(to, message)];

export function toVerify(data: DataOf<typeof verificationRequested>): Occasion[] {
  const { sealedToken, expiresAt } = data;
  return [{ channel: 'email', to: accountOf(data), message: { kind: 'verify-address', expiresAt }, sealedToken }];
}

export const registeredAgain = (data: DataOf<typeof registrationRepeated>): Occasion[] =>
  byMail(accountOf(data), { kind: 'registration-repeated', at: data.attemptedAt });

export const compromised = (data: DataOf<typeof sessionCompromised>): Occasion[] =>
  byMail(accountOf(data), { kind: 'session-compromised', at: data.detectedAt });

export function toReset(data: DataOf<typeof passwordResetRequested>): Occasion[] {
  const { sealedToken, expiresAt } = data;
  return [{ channel: 'email', to: accountOf(data), message: { kind: 'reset-password', expiresAt }, sealedToken }];
}

export function toConfirmAddress(data: DataOf<typeof emailChangeRequested>): Occasion[] {
  const { sealedToken, expiresAt } = data;
  return [{ channel: 'email', to: accountOf(data), message: { kind: 'confirm-new-address', expiresAt }, sealedToken }];
}

export function addressToChange(data: DataOf<typeof emailChangeAnnounced>): Occasion[] {
  const { newEmail, sealedToken, requestedAt: at, expiresAt } = data;
  const message = { kind: 'address-change-announced', newEmail, at, expiresAt } as const;
  return [{ channel: 'email', to: accountOf(data), message, sealedToken }];
}

/** To the address that it was: whoever reads the new one knows. */
export const addressIsNew = ({ email: newEmail, oldEmail, ...data }: DataOf<typeof emailChanged>): Occasion[] =>
  byMail(accountOf({ ...data, email: oldEmail }), { kind: 'address-changed', newEmail, at: data.changedAt });

export const passwordIsNew = (data: DataOf<typeof passwordChanged>): Occasion[] =>
  byMail(accountOf(data), { kind: 'password-changed', how: data.how, at: data.changedAt });

export const twoFactorOn = (data: DataOf<typeof twoFactorEnabled>): Occasion[] =>
  byMail(accountOf(data), { kind: 'two-factor-on', at: data.enabledAt });

export const twoFactorOff = (data: DataOf<typeof twoFactorDisabled>): Occasion[] =>
  byMail(accountOf(data), { kind: 'two-factor-off', at: data.disabledAt });

/** The reason is the administrators' affair. */
export const twoFactorTakenAway = (data: DataOf<typeof twoFactorReset>): Occasion[] =>
  byMail(accountOf(data), { kind: 'two-factor-reset', at: data.resetAt });

export const suspended = ({ until, ...data }: DataOf<typeof accountSuspended>): Occasion[] =>
  byMail(accountOf(data), { kind: 'account-suspended', ...(until ? { until } : {}), at: data.suspendedAt });

export const reinstated = (data: DataOf<typeof accountReinstated>): Occasion[] =>
  byMail(accountOf(data), { kind: 'account-reinstated', at: data.reinstatedAt });

export const rolesAreNew = (data: DataOf<typeof rolesChanged>): Occasion[] =>
  byMail(accountOf(data), { kind: 'roles-changed', roles: data.roles.join(', '), at: data.changedAt });

export const signedOut = (data: DataOf<typeof signedOutByAdmin>): Occasion[] =>
  byMail(accountOf(data), { kind: 'signed-out-by-admin', at: data.signedOutAt });

export const recoveredByCode = (data: DataOf<typeof recoveryCodeUsed>): Occasion[] =>
  byMail(accountOf(data), { kind: 'recovery-code-used', codesLeft: data.codesLeft, at: data.usedAt });

export const passkeyIsNew = (data: DataOf<typeof passkeyAdded>): Occasion[] =>
  byMail(accountOf(data), { kind: 'passkey-added', name: data.name, at: data.addedAt });

export const passkeyIsGone = (data: DataOf<typeof passkeyRemoved>): Occasion[] =>
  byMail(accountOf(data), { kind: 'passkey-removed', name: data.name, at: data.removedAt });

export const passkeyMayBeCopied = (data: DataOf<typeof passkeySuspected>): Occasion[] =>
  byMail(accountOf(data), { kind: 'passkey-suspected', name: data.name, at: data.detectedAt });

export const apiKeyIsNew = ({
  name,
  scopes,
  createdAt,
  expiresAt,
  ...data
}: DataOf<typeof apiKeyCreated>): Occasion[] =>
  byMail(accountOf(data), { kind: 'api-key-created', name, scopes: scopes.join(', '), at: createdAt, expiresAt });

export const apiKeyExpires = ({ name, expiresAt, ...data }: DataOf<typeof apiKeyExpiring>): Occasion[] =>
  byMail(accountOf(data), { kind: 'api-key-expiring', name, expiresAt });

export const dataAreReady = ({ userId, missing, expiresAt }: DataOf<typeof dataExportReady>): Occasion[] =>
  byMail(user(userId), { kind: 'data-export-ready', missing, expiresAt });

export const accountToBeErased = ({ by, scheduledAt, dueAt, ...data }: DataOf<typeof erasureScheduled>): Occasion[] =>
  byMail(accountOf(data), { kind: 'erasure-scheduled', by, at: scheduledAt, dueAt });

export const accountStays = (data: DataOf<typeof erasureCancelled>): Occasion[] =>
  byMail(accountOf(data), { kind: 'erasure-cancelled', at: data.cancelledAt });

export const providerLinked = (data: DataOf<typeof externalIdentityLinked>): Occasion[] =>
  byMail(accountOf(data), { kind: 'external-identity-linked', provider: data.provider, at: data.linkedAt });

export const providerUnlinked = (data: DataOf<typeof externalIdentityUnlinked>): Occasion[] =>
  byMail(accountOf(data), { kind: 'external-identity-unlinked', provider: data.provider, at: data.unlinkedAt });

export function deviceIsNew({
  browser,
  system,
  signedInAt: at,
  ...data
}: DataOf<typeof newDeviceSignedIn>): Occasion[] {
  const device = { ...(browser === undefined ? {} : { browser }), ...(system === undefined ? {} : { system }) };
  return byMail(accountOf(data), { kind: 'new-device', ...device, at });
}

export const codesAreNew = (data: DataOf<typeof recoveryCodesRenewed>): Occasion[] =>
  byMail(accountOf(data), { kind: 'recovery-codes-renewed', at: data.renewedAt });

export const longAway = (data: DataOf<typeof userInactive>): Occasion[] =>
  byMail(accountOf(data), { kind: 'long-away', at: data.lastSeenAt });

export const paid = ({ learnerId, price, paidAt, ...rest }: DataOf<typeof paymentSucceeded>): Occasion[] =>
  both(user(learnerId), { kind: 'payment-received', ...rest, amount: price, at: paidAt });

export function declined(data: DataOf<typeof paymentDeclined>): Occasion[] {
  const { learnerId, courseId, courseTitle, reason, declinedAt } = data;
  const title = courseTitle === undefined ? {} : { courseTitle };
  return both(user(learnerId), { kind: 'payment-declined', courseId, ...title, reason, at: declinedAt });
}

export const refunded = ({ learnerId, refunded: amount, refundedAt, ...rest }: DataOf<typeof paymentRefunded>) =>
  both(user(learnerId), { kind: 'payment-refunded', ...rest, amount, at: refundedAt });

export function enrolled({ learnerId, courseId, courseTitle, activatedAt }: DataOf<typeof enrollmentActivated>) {
  const facts = { courseId, courseTitle, at: activatedAt };
  return [
    ...both(user(learnerId), { kind: 'enrolment-active', ...facts }),
    ...inApp({ kind: 'instructor', courseId }, { kind: 'learner-enrolled', ...facts }),
  ];
}

export const ended = ({ learnerId, courseId, courseTitle, reason, endedAt }: DataOf<typeof enrollmentEnded>) =>
  both(user(learnerId), { kind: 'enrolment-ended', courseId, courseTitle, reason, at: endedAt });

export const notBegun = ({ learnerId, courseId, courseTitle, enrolledAt }: DataOf<typeof learningNotBegun>) =>
  both(user(learnerId), { kind: 'learning-not-begun', courseId, courseTitle, at: enrolledAt });

/** The mail comes with the certificate. */
export const completed = ({ learnerId, courseId, courseTitle, completedAt }: DataOf<typeof courseCompleted>) =>
  inApp(user(learnerId), { kind: 'course-completed', courseId, courseTitle, at: completedAt });

export const certified = ({ learnerId, courseId, courseTitle, code, issuedAt }: DataOf<typeof certificateIssued>) =>
  both(user(learnerId), { kind: 'certificate-issued', courseId, courseTitle, code, at: issuedAt });

export const published = ({ instructorId, courseId, title, edition }: DataOf<typeof coursePublished>) =>
  inApp(user(instructorId), { kind: 'course-published', courseId, courseTitle: title, edition });

export const rejected = ({ ownerId, fileName, reason }: DataOf<typeof mediaRejected>): Occasion[] =>
  inApp(user(ownerId), { kind: 'media-rejected', fileName, reason });
