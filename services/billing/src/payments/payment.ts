import {
  checkoutExpired,
  checkoutStarted,
  paymentDeclined,
  paymentRefunded,
  paymentSucceeded,
} from '@lyceum/contracts';
import { type Change, type DomainEvent, type Money, changed, unchanged } from '@lyceum/kernel';

/** Money that has gone back, as Stripe reports it. */
export interface Refund {
  readonly refundId: string;
  /** In minor units of the payment's currency. */
  readonly amount: number;
  readonly at: Date;
}

/** What was agreed when the checkout began; nothing of it changes later, whatever happens to the course. */
export interface Agreement {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly courseTitle: string;
  readonly price: Money;
  readonly createdAt: Date;
  /** When the pay page closes. */
  readonly expiresAt: Date;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** Its learner was erased: it is kept for the accounts alone. */
export interface BuyerErased {
  readonly at: Date;
  /** True while money may come, or lies here, that must go back because nobody is left to get the course. */
  readonly owed: boolean;
  /** Until when the accounts must be kept; absent while it is open whether there is anything to keep. */
  readonly keepUntil?: Date | undefined;
}

/** Why money was asked back, in the words of whoever asked. */
export interface RefundReason {
  readonly at: Date;
  readonly text: string;
}

interface Begun extends Agreement {
  readonly buyerErased?: BuyerErased | undefined;
  readonly refundReasons?: readonly RefundReason[] | undefined;
  /** Charges that the bank declined, each told to the world once. */
  readonly declines: readonly string[];
}

/** Written down; Stripe is being asked, or was and nobody heard the answer. */
export interface Opening extends Begun {
  readonly status: 'opening';
  /** Learner and course: a unique index allows one payment under way for each. */
  readonly slot: string;
  /** Who asks Stripe at the moment, and until when the others leave it to them. */
  readonly calledBy: string;
  readonly callUntil: Date;
}

export interface Open extends Begun {
  readonly status: 'open';
  readonly slot: string;
  readonly sessionId: string;
  readonly url: string;
}

export interface Expired extends Begun {
  readonly status: 'expired';
  readonly sessionId: string;
  readonly expiredAt: Date;
}

export interface Failed extends Begun {
  readonly status: 'failed';
  readonly reason: string;
  readonly failedAt: Date;
  readonly sessionId?: string;
}

/** The money has arrived; some or all of it may have gone back since. */
export interface Received extends Begun {
  readonly status: 'paid' | 'partly-refunded' | 'refunded';
  readonly sessionId: string;
  readonly paymentIntentId: string;
  readonly paidAt: Date;
  readonly refunds: readonly Refund[];
}

export type Payment = Opening | Open | Expired | Failed | Received;

/** What Stripe shows of a payment at one moment. It may be older than what we know already. */
export interface Sighting {
  readonly livemode: boolean;
  readonly mode: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sessionId: string;
  readonly session: 'open' | 'complete' | 'expired';
  /** Only while the session is open. */
  readonly url?: string;
  /** In minor units. */
  readonly amount?: number;
  /** ISO 4217, upper case. */
  readonly currency?: string;
  readonly paid?: { readonly paymentIntentId: string; readonly amount: number; readonly at: Date };
  /** The latest charge, when the bank declined it. */
  readonly decline?: { readonly chargeId: string; readonly reason: string; readonly at: Date };
  /** True when the session is complete but its money will never come. */
  readonly fellThrough: boolean;
  readonly refunds: readonly Refund[];
}

export const slotOf = (learnerId: string, courseId: string): string => `${learnerId} ${courseId}`;

export const isReceived = (payment: Payment): payment is Received =>
  payment.status === 'paid' || payment.status === 'partly-refunded' || payment.status === 'refunded';

/** A checkout begins; `call` is whoever asks Stripe for the pay page. */
export function begin(agreement: Agreement, call: { by: string; until: Date }): Change<Payment> {
  return changed({
    ...agreement,
    status: 'opening',
    slot: slotOf(agreement.learnerId, agreement.courseId),
    declines: [],
    calledBy: call.by,
    callUntil: call.until,
  });
}

/** Takes over asking Stripe, if nobody is at it. */
export function takeOver(payment: Payment, call: { by: string; until: Date }, now: Date): Change<Payment> {
  if (payment.status !== 'opening' || payment.callUntil > now) return unchanged(payment);
  return changed({ ...payment, calledBy: call.by, callUntil: call.until });
}

/** Stripe did not answer: the next one may ask at once, with the same key. */
export function letGo(payment: Payment, by: string, now: Date): Change<Payment> {
  if (payment.status !== 'opening' || payment.calledBy !== by) return unchanged(payment);
  return changed({ ...payment, callUntil: now });
}

/** Stripe has given us a pay page. */
export function opened(payment: Payment, session: { sessionId: string; url: string }): Change<Payment> {
  if (payment.status !== 'opening') return unchanged(payment);
  const { status: _, calledBy: _by, callUntil: _until, ...kept } = payment;
  return changed({ ...kept, status: 'open', ...session }, [
    checkoutStarted({
      ...purchaseOf(payment),
      courseTitle: payment.courseTitle,
      price: payment.price,
      expiresAt: payment.expiresAt.toISOString(),
    }),
  ]);
}

/** Stripe will never give us a pay page for this one: the learner may begin anew. */
export function giveUp(payment: Payment, reason: string, now: Date): Change<Payment> {
  if (payment.status !== 'opening') return unchanged(payment);
  return changed({ ...begunOf(payment), status: 'failed', reason, failedAt: now });
}

/** Stripe does not know the pay page, and its time is over: nothing will come of it. Should money come all the same, it counts. */
export function vanished(payment: Payment, now: Date): Change<Payment> {
  if (payment.status !== 'open' || payment.expiresAt > now) return unchanged(payment);
  const { sessionId } = payment;
  const event = checkoutExpired({ ...purchaseOf(payment), expiredAt: payment.expiresAt.toISOString() });
  return changed({ ...begunOf(payment), status: 'failed', sessionId, reason: 'unknown at Stripe', failedAt: now }, [
    event,
  ]);
}

/** How an erasure looks at a payment: whether its learner has got the course for it, and until when its accounts must be kept. */
export interface Disowning {
  readonly at: Date;
  readonly gotCourse: (payment: Received) => boolean;
  readonly keepUntil: (payment: Received) => Date;
}

/** Its learner is no more. What was bought and delivered stays bought; other money, and what still comes, must go back. */
export function disown(payment: Payment, { at, gotCourse, keepUntil }: Disowning): Change<Payment> {
  if (payment.buyerErased) return unchanged(payment);
  const delivered = isReceived(payment) && (payment.status === 'refunded' || gotCourse(payment));
  const buyerErased = delivered ? { at, owed: false, keepUntil: keepUntil(payment) } : { at, owed: true };
  return changed({ ...payment, buyerErased, refundReasons: undefined });
}

/** Notes why money is asked back; said again, it is noted once. Of somebody who was erased nothing is noted. */
export function noteReason(payment: Payment, text: string, at: Date): Change<Payment> {
  const { refundReasons = [], buyerErased } = payment;
  if (buyerErased || refundReasons.some((each) => each.text === text)) return unchanged(payment);
  return changed({ ...payment, refundReasons: [...refundReasons, { at, text }] });
}

/** Once everything has gone back there is nothing more to do for somebody who was erased. */
export function release(payment: Payment, keepUntil: (payment: Received) => Date): Change<Payment> {
  if (!payment.buyerErased?.owed || !isReceived(payment) || payment.status !== 'refunded') return unchanged(payment);
  const { at } = payment.buyerErased;
  return changed({ ...payment, buyerErased: { at, owed: false, keepUntil: keepUntil(payment) } });
}

/** No money has come of it, and none will. */
export const cameToNothing = (payment: Payment): payment is Expired | Failed =>
  payment.status === 'expired' || payment.status === 'failed';

/** In what a session at Stripe differs from what was agreed, or undefined when it is the one. */
export function mismatchOf(payment: Payment, sighting: Sighting, livemode: boolean): string | undefined {
  const { metadata } = sighting;
  if (sighting.livemode !== livemode) return 'mode';
  if (sighting.mode !== 'payment') return 'kind';
  if (metadata['paymentId'] !== payment.id) return 'payment';
  if (metadata['courseId'] !== payment.courseId) return 'course';
  if (metadata['learnerId'] !== payment.learnerId) return 'learner';
  if ('sessionId' in payment && payment.sessionId !== sighting.sessionId) return 'session';
  if (sighting.currency !== payment.price.currency) return 'currency';
  if (sighting.amount !== payment.price.amount) return 'amount';
  if (sighting.paid && sighting.paid.amount !== payment.price.amount) return 'amount';
  return undefined;
}

/**
 * Takes over what Stripe shows. Only ever moves forward, so sightings may come late, twice and in any order:
 * money that has arrived counts even after we thought that the pay page had closed, and what went back stays back.
 */
export function observe(payment: Payment, sighting: Sighting, now: Date): Change<Payment> {
  const declined = noteDecline(payment, sighting);
  const moved = move(declined.state, sighting, now);
  const events = [...declined.events, ...moved.events];
  return declined.changed || moved.changed ? changed(moved.state, events) : unchanged(payment);
}

function move(payment: Payment, sighting: Sighting, now: Date): Change<Payment> {
  if (sighting.paid || isReceived(payment)) return receive(payment, sighting);
  if (payment.status !== 'opening' && payment.status !== 'open') return unchanged(payment);
  const { sessionId } = sighting;
  if (sighting.session === 'expired') {
    const expiredAt = payment.expiresAt < now ? payment.expiresAt : now;
    const event = checkoutExpired({ ...purchaseOf(payment), expiredAt: expiredAt.toISOString() });
    return changed({ ...begunOf(payment), status: 'expired', sessionId, expiredAt }, [event]);
  }
  if (sighting.fellThrough) {
    const event = checkoutExpired({ ...purchaseOf(payment), expiredAt: now.toISOString() });
    const reason = sighting.decline?.reason ?? 'the payment fell through';
    return changed({ ...begunOf(payment), status: 'failed', sessionId, reason, failedAt: now }, [event]);
  }
  return sighting.url === undefined ? unchanged(payment) : opened(payment, { sessionId, url: sighting.url });
}

function receive(payment: Payment, sighting: Sighting): Change<Payment> {
  const before = isReceived(payment) ? payment : undefined;
  const at = before ?? sighting.paid;
  if (!at) return unchanged(payment);
  const refunds = mergedRefunds(before?.refunds ?? [], sighting.refunds);
  const total = sumOf(refunds);
  const next: Received = {
    ...begunOf(payment),
    status: total === 0 ? 'paid' : total < payment.price.amount ? 'partly-refunded' : 'refunded',
    sessionId: sighting.sessionId,
    paymentIntentId: at.paymentIntentId,
    paidAt: 'paidAt' in at ? at.paidAt : at.at,
    refunds,
  };
  const events: DomainEvent[] = [];
  if (!before) events.push(succeeded(next));
  if (total > sumOf(before?.refunds ?? [])) events.push(refunded(next));
  return events.length > 0 ? changed(next, events) : unchanged(payment);
}

const succeeded = (payment: Received): DomainEvent =>
  paymentSucceeded({
    ...purchaseOf(payment),
    courseTitle: payment.courseTitle,
    price: payment.price,
    paidAt: payment.paidAt.toISOString(),
  });

const refunded = (payment: Received): DomainEvent =>
  paymentRefunded({
    ...purchaseOf(payment),
    courseTitle: payment.courseTitle,
    refunded: refundedOf(payment),
    full: payment.status === 'refunded',
    refundedAt: (payment.refunds.at(-1)?.at ?? payment.paidAt).toISOString(),
  });

function noteDecline(payment: Payment, { decline }: Sighting): Change<Payment> {
  if (!decline || payment.declines.includes(decline.chargeId)) return unchanged(payment);
  const next = { ...payment, declines: [...payment.declines, decline.chargeId].sort() };
  if (payment.status !== 'opening' && payment.status !== 'open') return changed(next);
  const { reason, at } = decline;
  const { courseTitle } = payment;
  const declinedAt = at.toISOString();
  return changed(next, [paymentDeclined({ ...purchaseOf(payment), courseTitle, reason, declinedAt })]);
}

function mergedRefunds(known: readonly Refund[], seen: readonly Refund[]): Refund[] {
  const all = new Map([...seen, ...known].map((refund) => [refund.refundId, refund]));
  return [...all.values()].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || (a.refundId < b.refundId ? -1 : Number(a.refundId > b.refundId)),
  );
}

const sumOf = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amount }) => sum + amount, 0);

/** What has gone back so far. */
export const refundedOf = (payment: Payment): Money => ({
  amount: isReceived(payment) ? sumOf(payment.refunds) : 0,
  currency: payment.price.currency,
});

const purchaseOf = ({ id, learnerId, courseId }: Payment) => ({ paymentId: id, learnerId, courseId });

function begunOf(payment: Payment): Begun {
  const { id, learnerId, courseId, courseTitle, price, createdAt, expiresAt, successUrl, cancelUrl, declines } =
    payment;
  const agreed = { id, learnerId, courseId, courseTitle, price, createdAt, expiresAt, successUrl, cancelUrl };
  const { buyerErased, refundReasons } = payment;
  return { ...agreed, declines, ...(buyerErased ? { buyerErased } : {}), ...(refundReasons ? { refundReasons } : {}) };
}
