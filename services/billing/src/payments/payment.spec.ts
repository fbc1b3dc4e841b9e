import type { Change, DomainEvent } from '@lyceum/kernel';
import {
  type Agreement,
  type Payment,
  type Sighting,
  begin,
  cameToNothing,
  disown,
  giveUp,
  isReceived,
  letGo,
  mismatchOf,
  noteReason,
  observe,
  opened,
  release,
  takeOver,
  vanished,
} from './payment.js';
import { orderRefund } from './refunding.js';

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 9, minutes));
const agreement: Agreement = {
  id: 'p1',
  learnerId: 'l1',
  courseId: 'c1',
  courseTitle: 'Practical TypeScript',
  price: { amount: 4900, currency: 'EUR' },
  createdAt: at(0),
  expiresAt: at(60),
  successUrl: 'https://lyceum.example/checkout/done?payment=p1',
  cancelUrl: 'https://lyceum.example/checkout/cancelled?payment=p1',
};
const opening = begin(agreement, { by: 'a', until: at(1) }).state;
const session = { sessionId: 'cs_1', url: 'https://stripe.example/pay/cs_1' };
const open = opened(opening, session).state;

const unpaid: Sighting = {
  ...session,
  livemode: false,
  mode: 'payment',
  metadata: { paymentId: 'p1', courseId: 'c1', learnerId: 'l1' },
  session: 'open',
  amount: 4900,
  currency: 'EUR',
  fellThrough: false,
  refunds: [],
};
const closed = (sighting: Sighting): Sighting => {
  const { url: _, ...rest } = sighting;
  return rest;
};
const declined: Sighting = { ...unpaid, decline: { chargeId: 'ch_0', reason: 'Your card was declined.', at: at(5) } };
const paid: Sighting = {
  ...closed(unpaid),
  session: 'complete',
  paid: { paymentIntentId: 'pi_1', amount: 4900, at: at(10) },
};
const partly: Sighting = { ...paid, refunds: [{ refundId: 're_1', amount: 1000, at: at(20) }] };
const wholly: Sighting = { ...paid, refunds: [...partly.refunds, { refundId: 're_2', amount: 3900, at: at(30) }] };
const expired: Sighting = { ...closed(unpaid), session: 'expired' };

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
      );

function walk(from: Payment, sightings: readonly Sighting[]): { state: Payment; events: DomainEvent[] } {
  let state = from;
  const events: DomainEvent[] = [];
  for (const sighting of sightings) {
    const change: Change<Payment> = observe(state, sighting, at(59));
    state = change.state;
    events.push(...change.events);
  }
  return { state, events };
}

const typesOf = (events: readonly DomainEvent[]) => events.map(({ type }) => type.split('.')[1]);

describe('a payment', () => {
  it('is announced when its pay page is there, once', () => {
    const change = opened(opening, session);
    expect(change.state).toMatchObject({ status: 'open', ...session, slot: 'l1 c1' });
    expect(typesOf(change.events)).toEqual(['checkout-started']);
    expect(opened(change.state, session).changed).toBe(false);
  });

  it('is asked for by one caller at a time, and by another one when that caller is gone', () => {
    expect(takeOver(opening, { by: 'b', until: at(2) }, at(0)).changed).toBe(false);
    expect(takeOver(opening, { by: 'b', until: at(2) }, at(1)).state).toMatchObject({ calledBy: 'b' });
    expect(letGo(opening, 'b', at(0)).changed).toBe(false);
    expect(letGo(opening, 'a', at(0)).state).toMatchObject({ callUntil: at(0) });
  });

  it('frees its slot when it ends without money', () => {
    expect(giveUp(opening, 'amount_too_small', at(1)).state).not.toHaveProperty('slot');
    const end = observe(open, expired, at(59));
    expect(end.state).toMatchObject({ status: 'expired', expiredAt: at(59) });
    expect(end.state).not.toHaveProperty('slot');
    expect(typesOf(end.events)).toEqual(['checkout-expired']);
    const fell = observe(open, { ...closed(unpaid), session: 'complete', fellThrough: true }, at(59));
    expect(fell.state).toMatchObject({ status: 'failed' });
  });

  it('succeeds once, however often Stripe shows it', () => {
    const { state, events } = walk(open, [paid, paid, unpaid, paid]);
    expect(state).toMatchObject({ status: 'paid', paymentIntentId: 'pi_1', paidAt: at(10) });
    expect(typesOf(events)).toEqual(['payment-succeeded']);
    expect(events[0]?.data).toMatchObject({
      price: { amount: 4900, currency: 'EUR' },
      courseTitle: 'Practical TypeScript',
    });
  });

  it.each([
    ['opening', opening],
    ['expired', observe(open, expired, at(59)).state],
    ['failed', giveUp(opening, 'unknown', at(1)).state],
  ])('counts money that arrives while we think it is %s', (_, thought) => {
    const { state, events } = walk(thought, [paid]);
    expect(state.status).toBe('paid');
    expect(typesOf(events)).toEqual(['payment-succeeded']);
  });

  it('tells of a decline once for each try and stays open', () => {
    const again = { ...declined, decline: { chargeId: 'ch_9', reason: 'Insufficient funds.', at: at(6) } };
    const { state, events } = walk(open, [declined, again, declined, again]);
    expect(state.status).toBe('open');
    expect(typesOf(events)).toEqual(['payment-declined', 'payment-declined']);
  });

  it('tells of refunds with what has gone back in total, and whether anything is left', () => {
    const { state, events } = walk(open, [paid, partly, wholly]);
    expect(state.status).toBe('refunded');
    expect(events.slice(1).map(({ data }) => data)).toMatchObject([
      { refunded: { amount: 1000 }, full: false },
      { refunded: { amount: 4900 }, full: true, refundedAt: at(30).toISOString() },
    ]);
  });

  it('succeeds and is refunded at once when the refund is seen before the completion', () => {
    const { state, events } = walk(open, [wholly, paid]);
    expect(state.status).toBe('refunded');
    expect(typesOf(events)).toEqual(['payment-succeeded', 'payment-refunded']);
  });

  it('adds up refunds that were seen apart', () => {
    const second: Sighting = { ...paid, refunds: wholly.refunds.slice(1) };
    expect(walk(open, [partly, second]).state).toEqual(walk(open, [wholly]).state);
    expect(walk(open, [second, partly]).state).toEqual(walk(open, [wholly]).state);
  });

  it('ends when Stripe does not know its page and its time is over, and not before', () => {
    expect(vanished(open, at(59)).changed).toBe(false);
    expect(vanished(open, at(60)).state).toMatchObject({ status: 'failed' });
    expect(vanished(walk(open, [paid]).state, at(60)).changed).toBe(false);
  });

  it('never takes back what it knows: an older sighting lowers no refund', () => {
    const { state } = walk(open, [wholly, partly, paid, unpaid, expired]);
    expect(state).toMatchObject({ status: 'refunded', refunds: [{ amount: 1000 }, { amount: 3900 }] });
  });
});

describe('five events', () => {
  const five = [unpaid, declined, paid, partly, wholly];
  const { state: expected } = walk(open, five);

  it('end in the same state in each of their 120 orders, though each shows Stripe as it was then', () => {
    const orders = permutations(five);
    expect(orders).toHaveLength(120);
    for (const order of orders) {
      const { state, events } = walk(open, order);
      expect(state).toEqual(expected);
      const told = typesOf(events);
      expect(told.filter((type) => type === 'payment-succeeded')).toHaveLength(1);
      expect(told.indexOf('payment-succeeded')).toBeLessThan(told.indexOf('payment-refunded'));
      expect(events.at(-1)?.data).toMatchObject({ refunded: { amount: 4900 }, full: true });
    }
  });

  it('do so when every one comes twice, in any order', () => {
    for (const order of permutations(five)) {
      const twice = order.flatMap((sighting, index) => [sighting, order[(index + 2) % 5] ?? sighting]);
      const { state, events } = walk(open, twice);
      expect(state).toEqual(expected);
      expect(typesOf(events).filter((type) => type === 'payment-succeeded')).toHaveLength(1);
    }
  });

  it('do so when one of them is that the page has expired', () => {
    for (const order of permutations([expired, declined, paid, partly, wholly]))
      expect(walk(open, order).state).toEqual(expected);
  });

  it('do so when we had not noted the pay page yet', () => {
    for (const order of permutations(five)) expect(walk(opening, order).state).toEqual(expected);
  });
});

describe('what is not what was agreed', () => {
  it.each<[string, Partial<Sighting>]>([
    ['mode', { livemode: true }],
    ['kind', { mode: 'subscription' }],
    ['payment', { metadata: { ...paid.metadata, paymentId: 'p2' } }],
    ['course', { metadata: { ...paid.metadata, courseId: 'c2' } }],
    ['learner', { metadata: { ...paid.metadata, learnerId: 'l2' } }],
    ['session', { sessionId: 'cs_2' }],
    ['currency', { currency: 'USD' }],
    ['amount', { amount: 100 }],
    ['amount', { paid: { paymentIntentId: 'pi_1', amount: 100, at: at(10) } }],
  ])('is noticed: %s', (what, difference) => {
    expect(mismatchOf(open, { ...paid, ...difference }, false)).toBe(what);
  });

  it('is not complained of when everything is right', () => {
    expect(mismatchOf(open, paid, false)).toBeUndefined();
    expect(mismatchOf(opening, paid, false)).toBeUndefined();
  });
});

describe('a refund', () => {
  const received = walk(open, [paid]).state;
  const mine = { callerId: 'l1', admin: false };
  const admin = { callerId: 'boss', admin: true };

  it('is for the learner: all of it, within the window', () => {
    expect(orderRefund(received, mine, at(15), 14)).toMatchObject({ amount: 4900, paymentIntentId: 'pi_1' });
    expect(() => orderRefund(received, mine, new Date(at(10).getTime() + 14 * 86_400_000 + 1), 14)).toThrow(
      expect.objectContaining({ code: 'billing.refund-window-closed' }),
    );
    expect(() => orderRefund(received, { ...mine, amount: 100 }, at(15), 14)).toThrow(
      expect.objectContaining({ code: 'billing.only-full-refund' }),
    );
  });

  it('is for administrators: any amount that is left, at any time', () => {
    const late = new Date(at(10).getTime() + 400 * 86_400_000);
    const half = walk(open, [partly]).state;
    expect(orderRefund(half, admin, late, 14).amount).toBe(3900);
    expect(orderRefund(half, { ...admin, amount: 1 }, late, 14).amount).toBe(1);
    expect(() => orderRefund(half, { ...admin, amount: 3901 }, late, 14)).toThrow(
      expect.objectContaining({ code: 'billing.refund-too-large' }),
    );
  });

  it('is nothing for others, who do not learn that there is a payment', () => {
    expect(() => orderRefund(received, { callerId: 'l2', admin: false }, at(15), 14)).toThrow(
      expect.objectContaining({ code: 'billing.payment-not-found' }),
    );
  });

  it('needs money that is still here', () => {
    for (const payment of [open, walk(open, [wholly]).state])
      expect(() => orderRefund(payment, admin, at(40), 14)).toThrow(
        expect.objectContaining({ code: 'billing.not-refundable' }),
      );
  });

  it('has one key until it has happened, and another one afterwards', () => {
    const once = orderRefund(received, { ...admin, amount: 1000 }, at(15), 14);
    expect(orderRefund(received, { ...admin, amount: 1000 }, at(16), 14).key).toBe(once.key);
    expect(orderRefund(walk(received, [partly]).state, { ...admin, amount: 1000 }, at(25), 14).key).not.toBe(once.key);
  });

  it('is only known of payments that were received', () => {
    expect([opening, open].some(isReceived)).toBe(false);
  });
});

describe('a payment whose learner was erased', () => {
  const until = at(999);
  const disowning = (got: boolean) => ({ at: at(40), gotCourse: () => got, keepUntil: () => until });
  const received = observe(open, paid, at(11)).state;

  it('is kept for the accounts when the course was delivered, and everything else is owed back', () => {
    expect(disown(received, disowning(true)).state.buyerErased).toEqual({ at: at(40), owed: false, keepUntil: until });
    expect(disown(received, disowning(false)).state.buyerErased).toEqual({ at: at(40), owed: true });
    for (const underWay of [opening, open])
      expect(disown(underWay, disowning(true)).state.buyerErased).toEqual({ at: at(40), owed: true });
    const back = observe(open, wholly, at(31)).state;
    expect(disown(back, disowning(false)).state.buyerErased).toMatchObject({ owed: false });
  });

  it('loses what was said about giving money back, and takes in no more of that', () => {
    const said = noteReason(received, 'I have moved', at(30)).state;
    expect(said.refundReasons).toEqual([{ at: at(30), text: 'I have moved' }]);
    expect(noteReason(said, 'I have moved', at(31)).changed).toBe(false);
    expect(observe(said, partly, at(32)).state.refundReasons).toEqual(said.refundReasons);
    const owed = disown(said, disowning(true)).state;
    expect(owed.refundReasons).toBeUndefined();
    expect(noteReason(owed, 'again', at(41)).changed).toBe(false);
  });

  it('is judged once: what is known later of the course changes nothing', () => {
    const owed = disown(received, disowning(false)).state;
    expect(disown(owed, disowning(true))).toMatchObject({ changed: false, state: { buyerErased: { owed: true } } });
  });

  it('keeps that through everything that Stripe shows afterwards, and is done when all money has gone back', () => {
    const owed = disown(open, disowning(false)).state;
    const arrived = observe(owed, paid, at(50)).state;
    expect(arrived).toMatchObject({ status: 'paid', buyerErased: { owed: true } });
    expect(release(arrived, () => until).changed).toBe(false);
    expect(release(observe(arrived, partly, at(51)).state, () => until).changed).toBe(false);
    const back = release(observe(arrived, wholly, at(52)).state, () => until);
    expect(back.state).toMatchObject({
      status: 'refunded',
      buyerErased: { at: at(40), owed: false, keepUntil: until },
    });
    expect(release(back.state, () => until).changed).toBe(false);
  });

  it('comes to nothing when its page closes without money', () => {
    const owed = disown(open, disowning(false)).state;
    const over = observe(owed, expired, at(61)).state;
    expect([cameToNothing(over), cameToNothing(owed), cameToNothing(received)]).toEqual([true, false, false]);
    expect(over.buyerErased).toEqual({ at: at(40), owed: true });
  });
});
