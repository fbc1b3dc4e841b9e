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
    registeredAt: Instant,
  }),
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
);

export const registrationRepeated = defineEvent(
  'identity.registration-repeated.v1',
  'Somebody tried to register an address that already has an account; its owner is told, the stranger is not.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), attemptedAt: Instant }),
);

export const emailVerified = defineEvent(
  'identity.email-verified.v1',
  'The owner of the account has proven the e-mail address.',
  z.object({ userId: Id, email: z.email(), verifiedAt: Instant }),
);

export const sessionCompromised = defineEvent(
  'identity.session-compromised.v1',
  'A spent refresh token was presented again; the whole session has been ended.',
  z.object({ userId: Id, email: z.email(), firstName: z.string(), sessionId: Id, detectedAt: Instant }),
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
);
