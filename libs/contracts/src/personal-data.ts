import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant } from './values.js';

/** So many things of one kind are gone. */
export const ErasedThings = z.object({ what: z.string().min(1).max(200), count: z.int().nonnegative() });
export type ErasedThings = z.infer<typeof ErasedThings>;

/** What stays, under an id that leads to nobody any more. */
export const KeptThings = z.object({
  what: z.string().min(1).max(200),
  why: z.string().min(1).max(500),
  until: Instant.optional(),
});
export type KeptThings = z.infer<typeof KeptThings>;

/**
 * The receipt of each service that keeps anything: what it has erased of a person, and what it has kept. It is the host that
 * makes it, the same in all of them, so they stand here side by side. It may come again when more was found later.
 */
const receiptOf = <const Service extends string>(service: Service) =>
  defineEvent(
    `${service}.personal-data-erased.v1`,
    `What ${service} held about somebody is erased; what it keeps, and why.`,
    z.object({
      userId: Id,
      erasureId: Id,
      erased: z.array(ErasedThings).max(100),
      kept: z.array(KeptThings).max(100),
      erasedAt: Instant,
    }),
    { personal: { of: 'userId' } },
  );

export const identityErased = receiptOf('identity');
export const catalogErased = receiptOf('catalog');
export const billingErased = receiptOf('billing');
export const enrollmentErased = receiptOf('enrollment');
export const progressErased = receiptOf('progress');
export const mediaErased = receiptOf('media');
export const notifyErased = receiptOf('notify');

/** Whoever keeps something answers with one of these. */
export const erasureReceipts = [
  identityErased,
  catalogErased,
  billingErased,
  enrollmentErased,
  progressErased,
  mediaErased,
  notifyErased,
] as const;
