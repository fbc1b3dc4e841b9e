import type { Kind } from './message.js';

/** The words of one message in one language, as Liquid templates of plain text; the layout escapes what comes out. */
export interface MailCopy {
  readonly subject: string;
  readonly heading: string;
  readonly lines: readonly string[];
  /** Label and value. */
  readonly facts?: readonly (readonly [string, string])[];
  readonly action?: { readonly label: string; readonly url: string };
  /** What to do when it was not you, how long the link works: smaller, at the end. */
  readonly note?: string;
}

export interface InAppCopy {
  readonly title: string;
  readonly body: string;
  readonly link?: string;
}

export type MailKind = Exclude<Kind, 'course-completed' | 'course-published' | 'learner-enrolled' | 'media-rejected'>;
/** About the account and its safety: only by mail, and there is no way out of it. */
export type SafetyKind =
  | 'verify-address'
  | 'registration-repeated'
  | 'session-compromised'
  | 'confirm-new-address'
  | 'address-change-announced'
  | 'address-changed'
  | 'reset-password'
  | 'password-changed'
  | 'two-factor-on'
  | 'two-factor-off'
  | 'two-factor-reset'
  | 'account-suspended'
  | 'account-reinstated'
  | 'roles-changed'
  | 'signed-out-by-admin'
  | 'passkey-added'
  | 'passkey-removed'
  | 'passkey-suspected'
  | 'external-identity-linked'
  | 'external-identity-unlinked'
  | 'recovery-code-used'
  | 'api-key-created'
  | 'api-key-expiring'
  | 'data-export-ready'
  | 'erasure-scheduled'
  | 'erasure-cancelled'
  | 'account-erased'
  | 'recovery-codes-renewed'
  | 'new-device';
/** For who is not here to read anything else. */
export type AwayKind = 'long-away';
export type InAppKind = Exclude<Kind, SafetyKind | AwayKind>;

/** Everything that we say in one language. */
export interface Copy {
  readonly greeting: string;
  /** For somebody whose name is empty. */
  readonly greetingNameless: string;
  readonly footer: string;
  readonly linkHint: string;
  readonly mails: Readonly<Record<MailKind, MailCopy>>;
  readonly inApp: Readonly<Record<InAppKind, InAppCopy>>;
}
