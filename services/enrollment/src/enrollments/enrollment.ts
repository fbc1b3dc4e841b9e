import { type GrantKind, enrollmentActivated, enrollmentEnded, pendingLapsed } from '@lyceum/contracts';
import { type Change, type DomainEvent, type Money, type Timer, type Timers, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** One reason for access. Access is the union of the grants: ending one never ends another. */
export interface Grant {
  readonly kind: GrantKind;
  /** The payment, or for a free course the enrolment itself. */
  readonly id: string;
  readonly since: Date;
}

export type EndReason = 'refunded' | 'expired';

/** A grant that is over, or that was over before it was heard of: it can never come back. */
export interface EndedGrant {
  readonly id: string;
  readonly reason: EndReason;
  readonly endedAt: Date;
}

/** A pay page is open: the learner has begun to buy. */
export interface Reservation {
  readonly paymentId: string;
  readonly expiresAt: Date;
}

export type Standing =
  | { readonly status: 'pending'; readonly expiresAt: Date }
  | { readonly status: 'active'; readonly since: Date }
  | { readonly status: 'ended'; readonly at: Date; readonly reason: EndReason };

/** What a learner has of a course, and why. */
export interface Enrollment {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly courseTitle: string;
  readonly standing: Standing;
  readonly grants: readonly Grant[];
  readonly ended: readonly EndedGrant[];
  readonly reservations: readonly Reservation[];
  /** Payments whose pay page has closed, perhaps before it was heard that it had opened. Absent for none. */
  readonly lapsed?: readonly string[] | undefined;
}

export interface Seat {
  readonly learnerId: string;
  readonly courseId: string;
  readonly courseTitle: string;
}

export interface Offer {
  readonly title: string;
  readonly price: Money;
  readonly instructorId: string;
}

type Current = Enrollment | undefined;

const pendingForMs = 24 * 3_600_000;

export const enrollmentId = ({ learnerId, courseId }: { learnerId: string; courseId: string }): string =>
  `${learnerId}:${courseId}`;

export const isActive = (enrollment: Current): boolean => enrollment?.standing.status === 'active';

/**
 * A learner was sent to the pay page at `begunAt`. When after a day nothing has been heard of the purchase, it lapses.
 */
export function reserve(
  current: Current,
  seat: Seat,
  reservation: Reservation,
  begunAt: Date,
  at: Date,
): Change<Enrollment> {
  const enrollment = current ?? begin(seat, at);
  const { paymentId } = reservation;
  if (knows(enrollment, paymentId)) return titled(enrollment, seat);
  const next = { ...enrollment, reservations: [...enrollment.reservations, reservation] };
  return settle(current, next, at, 'expired', [lapseOf(enrollment, paymentId, begunAt)]);
}

/**
 * The pay page closed without a payment, or a day has gone by; a payment that comes all the same still counts. When it is heard of
 * before the beginning, that beginning comes to nothing.
 */
export function release(current: Current, seat: Seat, paymentId: string, at: Date): Change<Enrollment> {
  const enrollment = current ?? begin(seat, at);
  if (isOver(enrollment, paymentId)) return unchanged(enrollment);
  const lapsed = [...(enrollment.lapsed ?? []), paymentId];
  return settle(current, { ...without(enrollment, paymentId), lapsed }, at, 'expired');
}

/** The course was paid for. */
export function grantPurchase(current: Current, seat: Seat, paymentId: string, at: Date): Change<Enrollment> {
  return grant(current ?? begin(seat, at), current, { kind: 'purchase', id: paymentId, since: at }, seat.courseTitle);
}

/** A learner takes a free course. Refuses one that costs something, and the instructor's own. */
export function enrollFree(
  current: Current,
  offer: Offer | undefined,
  seat: Omit<Seat, 'courseTitle'>,
  at: Date,
): Change<Enrollment> {
  if (!offer) throw refusals.courseNotOffered();
  if (offer.price.amount > 0) throw refusals.paymentRequired(undefined, { price: offer.price });
  if (offer.instructorId === seat.learnerId) throw refusals.ownCourse();
  const whole = { ...seat, courseTitle: offer.title };
  return grant(current ?? begin(whole, at), current, { kind: 'free', id: enrollmentId(seat), since: at }, offer.title);
}

/** The money went back. A refund that is heard of before its payment keeps that payment from granting anything. */
export function endPurchase(current: Current, seat: Seat, paymentId: string, at: Date): Change<Enrollment> {
  const enrollment = current ?? begin(seat, at);
  if (hasEnded(enrollment, paymentId)) return unchanged(enrollment);
  const next: Enrollment = {
    ...without(enrollment, paymentId),
    grants: enrollment.grants.filter((each) => each.id !== paymentId),
    ended: [...enrollment.ended, { id: paymentId, reason: 'refunded', endedAt: at }],
  };
  return settle(current, next, at, 'refunded');
}

function grant(enrollment: Enrollment, before: Current, fresh: Grant, courseTitle: string): Change<Enrollment> {
  if (hasGrant(enrollment, fresh.id) || hasEnded(enrollment, fresh.id)) return unchanged(enrollment);
  const next: Enrollment = {
    ...without(enrollment, fresh.id),
    courseTitle,
    grants: [...enrollment.grants, fresh],
  };
  return settle(before, next, fresh.since, 'expired');
}

/** Works the standing out of grants and reservations, and says what that changed for the world. */
function settle(
  before: Current,
  next: Enrollment,
  at: Date,
  reason: EndReason,
  set: readonly Timer[] = [],
): Change<Enrollment> {
  const settled: Enrollment = { ...next, standing: standingOf(next, before, at, reason) };
  const open = new Set(settled.reservations.map(({ paymentId }) => paymentId));
  const over = (before?.reservations ?? []).filter(({ paymentId }) => !open.has(paymentId));
  const timers: Timers = { set, cancel: over.map(({ paymentId }) => lapseKey(paymentId)) };
  return changed(settled, whatChanged(before, settled), timers);
}

const lapseKey = (paymentId: string): string => `lapse:${paymentId}`;

function lapseOf({ id, learnerId, courseId }: Enrollment, paymentId: string, begunAt: Date): Timer {
  const at = new Date(begunAt.getTime() + pendingForMs);
  const event = pendingLapsed({ enrollmentId: id, learnerId, courseId, paymentId, lapsedAt: at.toISOString() });
  return { key: lapseKey(paymentId), at, event };
}

function standingOf({ grants, reservations }: Enrollment, before: Current, at: Date, reason: EndReason): Standing {
  const [first] = grants;
  if (first) return before?.standing.status === 'active' ? before.standing : { status: 'active', since: at };
  const [last] = reservations.toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime());
  if (last) return { status: 'pending', expiresAt: last.expiresAt };
  return before?.standing.status === 'ended' ? before.standing : { status: 'ended', at, reason };
}

function whatChanged(before: Current, after: Enrollment): DomainEvent[] {
  const { id, learnerId, courseId, courseTitle, standing } = after;
  const about = { enrollmentId: id, learnerId, courseId, courseTitle };
  if (standing.status === 'active' && !isActive(before)) {
    const granted = after.grants.map(({ kind, id: grantId }) => ({ kind, id: grantId })).at(-1);
    return granted
      ? [enrollmentActivated({ ...about, grant: granted, activatedAt: standing.since.toISOString() })]
      : [];
  }
  if (isActive(before) && standing.status === 'ended')
    return [enrollmentEnded({ ...about, reason: standing.reason, endedAt: standing.at.toISOString() })];
  if (isActive(before) && standing.status === 'pending') {
    const last = after.ended.at(-1);
    return last ? [enrollmentEnded({ ...about, reason: last.reason, endedAt: last.endedAt.toISOString() })] : [];
  }
  return [];
}

const begin = (seat: Seat, at: Date): Enrollment => ({
  ...seat,
  id: enrollmentId(seat),
  standing: { status: 'ended', at, reason: 'expired' },
  grants: [],
  ended: [],
  reservations: [],
});

const hasGrant = ({ grants }: Enrollment, id: string): boolean => grants.some((each) => each.id === id);
const hasEnded = ({ ended }: Enrollment, id: string): boolean => ended.some((each) => each.id === id);
const isOver = (enrollment: Enrollment, paymentId: string): boolean =>
  hasGrant(enrollment, paymentId) || hasEnded(enrollment, paymentId) || (enrollment.lapsed ?? []).includes(paymentId);
const knows = (enrollment: Enrollment, paymentId: string): boolean =>
  isOver(enrollment, paymentId) || enrollment.reservations.some((each) => each.paymentId === paymentId);

/** The enrolment as if nothing had been heard of a pay page. */
function without(enrollment: Enrollment, paymentId: string): Enrollment {
  const lapsed = enrollment.lapsed?.filter((each) => each !== paymentId) ?? [];
  return {
    ...enrollment,
    reservations: enrollment.reservations.filter((each) => each.paymentId !== paymentId),
    lapsed: lapsed.length > 0 ? lapsed : undefined,
  };
}

/** What closed before it was heard that it had opened did not tell what the course is called. */
const titled = (enrollment: Enrollment, { courseTitle }: Seat): Change<Enrollment> =>
  enrollment.courseTitle === '' && courseTitle !== '' ? changed({ ...enrollment, courseTitle }) : unchanged(enrollment);
