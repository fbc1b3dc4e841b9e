import type { Money } from '@lyceum/kernel';

interface OfCourse {
  readonly courseId: string;
  readonly courseTitle: string;
}

/** What we have to say, as facts; words and formats come when it is rendered in the reader's language. Times are ISO 8601. */
export type Message =
  | { readonly kind: 'verify-address'; readonly expiresAt: string }
  | { readonly kind: 'registration-repeated'; readonly at: string }
  | { readonly kind: 'session-compromised'; readonly at: string }
  | { readonly kind: 'two-factor-on'; readonly at: string }
  | { readonly kind: 'two-factor-off'; readonly at: string }
  | { readonly kind: 'two-factor-reset'; readonly at: string }
  | { readonly kind: 'account-suspended'; readonly at: string; readonly until?: string }
  | { readonly kind: 'account-reinstated'; readonly at: string }
  | { readonly kind: 'roles-changed'; readonly roles: string; readonly at: string }
  | { readonly kind: 'signed-out-by-admin'; readonly at: string }
  | { readonly kind: 'passkey-added'; readonly name: string; readonly at: string }
  | { readonly kind: 'passkey-removed'; readonly name: string; readonly at: string }
  | { readonly kind: 'passkey-suspected'; readonly name: string; readonly at: string }
  | {
      readonly kind: 'api-key-created';
      readonly name: string;
      readonly scopes: string;
      readonly at: string;
      readonly expiresAt: string;
    }
  | { readonly kind: 'api-key-expiring'; readonly name: string; readonly expiresAt: string }
  | { readonly kind: 'external-identity-linked'; readonly provider: string; readonly at: string }
  | { readonly kind: 'external-identity-unlinked'; readonly provider: string; readonly at: string }
  | { readonly kind: 'recovery-code-used'; readonly codesLeft: number; readonly at: string }
  | { readonly kind: 'data-export-ready'; readonly missing: readonly string[]; readonly expiresAt: string }
  | { readonly kind: 'erasure-scheduled'; readonly by: 'owner' | 'admin'; readonly at: string; readonly dueAt: string }
  | { readonly kind: 'erasure-cancelled'; readonly at: string }
  | { readonly kind: 'account-erased'; readonly at: string }
  | { readonly kind: 'new-device'; readonly browser?: string; readonly system?: string; readonly at: string }
  | { readonly kind: 'recovery-codes-renewed'; readonly at: string }
  | { readonly kind: 'long-away'; readonly at: string }
  | { readonly kind: 'confirm-new-address'; readonly expiresAt: string }
  | {
      readonly kind: 'address-change-announced';
      readonly newEmail: string;
      readonly at: string;
      readonly expiresAt: string;
    }
  | { readonly kind: 'address-changed'; readonly newEmail: string; readonly at: string }
  | { readonly kind: 'reset-password'; readonly expiresAt: string }
  | { readonly kind: 'password-changed'; readonly how: 'reset' | 'changed'; readonly at: string }
  | ({
      readonly kind: 'payment-received';
      readonly paymentId: string;
      readonly amount: Money;
      readonly at: string;
    } & OfCourse)
  | ({ readonly kind: 'payment-declined'; readonly reason: string; readonly at: string } & Untitled)
  | ({
      readonly kind: 'payment-refunded';
      readonly paymentId: string;
      readonly amount: Money;
      readonly full: boolean;
      readonly at: string;
    } & OfCourse)
  | ({ readonly kind: 'enrolment-active'; readonly at: string } & OfCourse)
  | ({ readonly kind: 'enrolment-ended'; readonly reason: EndReason; readonly at: string } & OfCourse)
  | ({ readonly kind: 'learning-not-begun'; readonly at: string } & OfCourse)
  | ({ readonly kind: 'course-completed'; readonly at: string } & OfCourse)
  | ({ readonly kind: 'certificate-issued'; readonly code: string; readonly at: string } & OfCourse)
  | ({ readonly kind: 'course-published'; readonly edition: number } & OfCourse)
  | ({ readonly kind: 'learner-enrolled'; readonly at: string } & OfCourse)
  | { readonly kind: 'media-rejected'; readonly fileName: string; readonly reason: string };

/** The event does not say what the course is called; our own copy of the catalog does. */
interface Untitled {
  readonly courseId: string;
  readonly courseTitle?: string;
}

export type EndReason = 'refunded' | 'expired' | 'cancelled' | 'revoked';
export type Kind = Message['kind'];
export type MessageOf<K extends Kind> = Extract<Message, { kind: K }>;

/** Whom a message is for. */
export type Addressee =
  | { readonly kind: 'user'; readonly userId: string }
  /** At the address that the event itself names: mail about an account and its safety. */
  | { readonly kind: 'address'; readonly userId: string; readonly email: string; readonly firstName: string }
  | { readonly kind: 'instructor'; readonly courseId: string };

export const channels = ['email', 'in-app'] as const;
export type Channel = (typeof channels)[number];
