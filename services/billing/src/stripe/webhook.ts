import { z } from 'zod';

/** As much of a webhook as we read: what it is about. How things are is asked of Stripe. */
export const WebhookBody = z.object({
  id: z.string().regex(/^evt_\w{1,200}$/),
  object: z.literal('event'),
  type: z.string().max(100),
  livemode: z.boolean(),
  account: z.string().max(200).optional(),
  data: z.object({
    object: z.object({
      id: z.string().max(200).optional(),
      payment_intent: z.union([z.string().max(200), z.object({ id: z.string().max(200) })]).nullish(),
    }),
  }),
});
export type WebhookBody = z.infer<typeof WebhookBody>;

export interface Subject {
  readonly about: 'session' | 'intent';
  readonly objectId: string;
}

const aboutSession = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
]);
const aboutIntent = new Set(['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled']);
const aboutCharge = new Set([
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
]);

/** Every type of webhook that means something to us: to be chosen when the endpoint is set up at Stripe. */
export const webhookTypes: readonly string[] = [...aboutSession, ...aboutIntent, ...aboutCharge];

/** What a webhook is about, or undefined when it does not concern us. */
export function subjectOf({ type, data: { object } }: WebhookBody): Subject | undefined {
  if (aboutSession.has(type) && object.id) return { about: 'session', objectId: object.id };
  if (aboutIntent.has(type) && object.id) return { about: 'intent', objectId: object.id };
  if (!aboutCharge.has(type) || !object.payment_intent) return undefined;
  const intent = object.payment_intent;
  return { about: 'intent', objectId: typeof intent === 'string' ? intent : intent.id };
}
