import type { Change } from '@lyceum/kernel';
import { type Enrollment, endPurchase, enrollFree, grantPurchase, release, reserve } from './enrollment.js';

const at = new Date('2026-11-20T09:00:00Z');
const later = new Date('2026-11-21T09:00:00Z');
const seat = { learnerId: 'ada', courseId: 'ts', courseTitle: 'Practical TypeScript' };
const free = { title: 'Practical TypeScript', price: { amount: 0, currency: 'EUR' }, instructorId: 'grace' };

type Step = (current: Enrollment | undefined) => Change<Enrollment>;
const buyBegins: Step = (current) => reserve(current, seat, { paymentId: 'p1', expiresAt: later }, at, at);
const paid: Step = (current) => grantPurchase(current, seat, 'p1', at);
const expired: Step = (current) => release(current, seat, 'p1', at);
const refunded: Step = (current) => endPurchase(current, seat, 'p1', later);
const takenFree: Step = (current) => enrollFree(current, free, seat, at);

/** Applies steps one after the other: the last state and the types of all events. */
function after(...steps: Step[]): { enrollment: Enrollment | undefined; told: string[] } {
  let enrollment: Enrollment | undefined;
  const told: string[] = [];
  for (const step of steps) {
    const change = step(enrollment);
    if (change.changed) enrollment = change.state;
    told.push(...change.events.map((event) => event.type));
  }
  return { enrollment, told };
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

describe('an enrolment', () => {
  it('is pending while the pay page is open', () => {
    expect(after(buyBegins)).toMatchObject({
      enrollment: { standing: { status: 'pending', expiresAt: later } },
      told: [],
    });
  });
  it('sets a timer of a day when the pay page opens, and whatever ends the reservation cancels it', () => {
    const { timers } = buyBegins(undefined);
    expect(timers?.set).toMatchObject([
      { key: 'lapse:p1', at: later, event: { type: 'enrollment.pending-lapsed.v1', data: { paymentId: 'p1' } } },
    ]);
    const { enrollment } = after(buyBegins);
    for (const end of [paid, expired, refunded])
      expect(end(enrollment).timers).toEqual({ set: [], cancel: ['lapse:p1'] });
    expect(takenFree(enrollment).timers).toEqual({ set: [], cancel: [] });
  });
  it('becomes active when it is paid, and the world is told once', () => {
    const { enrollment, told } = after(buyBegins, paid, paid);
    expect(enrollment).toMatchObject({ standing: { status: 'active' }, reservations: [] });
    expect(told).toEqual(['enrollment.activated.v1']);
  });
  it('a second payment for an active enrolment changes nothing that the world sees', () => {
    const again: Step = (current) => grantPurchase(current, seat, 'p2', later);
    const { enrollment, told } = after(paid, again);
    expect(enrollment?.standing).toEqual({ status: 'active', since: at });
    expect(told).toEqual(['enrollment.activated.v1']);
  });
  it('ends when its only grant is refunded', () => {
    expect(after(paid, refunded)).toMatchObject({
      enrollment: { standing: { status: 'ended', at: later, reason: 'refunded' } },
      told: ['enrollment.activated.v1', 'enrollment.ended.v1'],
    });
  });
  it('stays active when one of two grants ends', () => {
    expect(after(takenFree, paid, refunded)).toMatchObject({
      enrollment: { standing: { status: 'active' }, grants: [{ kind: 'free' }] },
      told: ['enrollment.activated.v1'],
    });
  });
  it('is not begun by a pay page that was heard to have closed before it was heard to have opened', () => {
    const untitled: Step = (current) => release(current, { ...seat, courseTitle: '' }, 'p1', at);
    const { enrollment } = after(untitled, buyBegins);
    expect(enrollment).toEqual(after(buyBegins, untitled).enrollment);
    expect(enrollment).toMatchObject({
      standing: { status: 'ended' },
      courseTitle: 'Practical TypeScript',
      reservations: [],
    });
    expect(after(untitled, buyBegins, paid)).toMatchObject({
      enrollment: { standing: { status: 'active' } },
      told: ['enrollment.activated.v1'],
    });
  });
  it('is the same in the end in whatever order it is heard of', () => {
    for (const steps of [
      [buyBegins, expired],
      [buyBegins, expired, paid],
      [buyBegins, expired, paid, refunded],
    ]) {
      const inOrder = after(...steps).enrollment;
      for (const order of permutations(steps))
        expect(after(...order).enrollment).toMatchObject({
          ...inOrder,
          standing: { status: inOrder?.standing.status },
        });
    }
  });
  it('is not brought back by a payment whose refund was heard of first', () => {
    expect(after(refunded, paid)).toMatchObject({ enrollment: { standing: { status: 'ended' } }, told: [] });
  });
  it('still counts a payment that arrives after the pay page closed', () => {
    expect(after(buyBegins, expired, paid).enrollment?.standing.status).toBe('active');
  });
  it('can be bought again after a refund', () => {
    const again: Step = (current) => grantPurchase(current, seat, 'p2', later);
    expect(after(paid, refunded, again)).toMatchObject({
      enrollment: { standing: { status: 'active', since: later } },
    });
  });
  it.each(
    permutations([buyBegins, paid, refunded, expired]).map(
      (order) => [order.map((step) => step.name || 'step').join(), order] as const,
    ),
  )('ends the same in whatever order its events arrive, repeated or not: %s', (_, order) => {
    for (const steps of [order, [...order, ...order], order.flatMap((step) => [step, step])])
      expect(after(...steps).enrollment?.standing.status).toBe('ended');
  });
});

describe('a free course', () => {
  it('is enrolled in directly', () => {
    expect(after(takenFree, takenFree)).toMatchObject({
      enrollment: { standing: { status: 'active' } },
      told: ['enrollment.activated.v1'],
    });
  });
  it('refuses one that is not offered, that costs something, or that the caller teaches', () => {
    expect(() => enrollFree(undefined, undefined, seat, at)).toThrow(
      expect.objectContaining({ code: 'enrollment.course-not-offered' }),
    );
    const priced = { ...free, price: { amount: 4900, currency: 'EUR' } };
    expect(() => enrollFree(undefined, priced, seat, at)).toThrow(
      expect.objectContaining({ code: 'enrollment.payment-required', status: 402 }),
    );
    const own = { ...seat, learnerId: 'grace' };
    expect(() => enrollFree(undefined, free, own, at)).toThrow(
      expect.objectContaining({ code: 'enrollment.own-course' }),
    );
  });
});
