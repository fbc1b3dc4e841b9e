import type Stripe from 'stripe';
import type { StripeSimulator } from '../src/stripe/index.js';
import { bench, course, idOf, press, refusalOf } from './stripe-bench.js';

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await bench());
});
afterAll(() => simulator.close());

/** A paid 49.00 EUR. */
async function payment(): Promise<string> {
  const opened = await stripe.checkout.sessions.create(course());
  await press(opened);
  const session = await stripe.checkout.sessions.retrieve(opened.id);
  return idOf(session.payment_intent);
}
async function chargeOf(intent: string): Promise<Stripe.Charge> {
  const [charge] = (await stripe.charges.list({ payment_intent: intent })).data;
  if (!charge) throw new Error('no charge');
  return charge;
}

test('a full refund returns everything and marks the charge', async () => {
  const intent = await payment();
  const before = simulator.events().length;
  const refund = await stripe.refunds.create({
    payment_intent: intent,
    reason: 'requested_by_customer',
    metadata: { refundId: 'r-1' },
  });
  expect(refund).toMatchObject({
    object: 'refund',
    amount: 4900,
    currency: 'eur',
    status: 'succeeded',
    reason: 'requested_by_customer',
    payment_intent: intent,
    metadata: { refundId: 'r-1' },
  });
  expect(await chargeOf(intent)).toMatchObject({ refunded: true, amount_refunded: 4900, status: 'succeeded' });
  const events = simulator.events().slice(before);
  expect(events.map((event) => event.type)).toEqual(['refund.created', 'charge.refunded', 'refund.updated']);
  expect(events[1]?.data).toMatchObject({
    object: { object: 'charge', amount_refunded: 4900, refunded: true },
    previous_attributes: { amount_refunded: 0, refunded: false },
  });
});

test('partial refunds add up, never beyond what was paid', async () => {
  const intent = await payment();
  await stripe.refunds.create({ payment_intent: intent, amount: 1900 });
  expect(await chargeOf(intent)).toMatchObject({ refunded: false, amount_refunded: 1900 });

  expect(await refusalOf(stripe.refunds.create({ payment_intent: intent, amount: 3001 }))).toMatchObject({
    statusCode: 400,
    param: 'amount',
    message: 'Refund amount (€30.01) is greater than unrefunded amount on charge (€30.00)',
  });
  const charge = await chargeOf(intent);
  await stripe.refunds.create({ charge: charge.id });
  expect(await chargeOf(intent)).toMatchObject({ refunded: true, amount_refunded: 4900 });
  expect(await refusalOf(stripe.refunds.create({ charge: charge.id }))).toMatchObject({
    code: 'charge_already_refunded',
    message: `Charge ${charge.id} has already been refunded.`,
  });
  const refunds = await stripe.refunds.list({ payment_intent: intent });
  expect(refunds.data.map((refund) => refund.amount)).toEqual([3000, 1900]);
});

test('twenty refunds of 1000 at once on 4900 succeed four times', async () => {
  const intent = await payment();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => stripe.refunds.create({ payment_intent: intent, amount: 1000 })),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(4);
  expect((await chargeOf(intent)).amount_refunded).toBe(4000);
});

test('an unpaid or failed payment cannot be refunded', async () => {
  const opened = await stripe.checkout.sessions.create(course());
  await press(opened, { outcome: 'decline' });
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(opened.id);
  expect(await refusalOf(stripe.refunds.create({ payment_intent: idOf(intent) }))).toMatchObject({ statusCode: 400 });
  const charge = await chargeOf(idOf(intent));
  expect(await refusalOf(stripe.refunds.create({ charge: charge.id }))).toMatchObject({ statusCode: 400 });
});

test.each<[Stripe.RefundCreateParams, object]>([
  [{}, { code: 'parameter_missing' }],
  [{ charge: 'ch_0', payment_intent: 'pi_0' }, {}],
  [{ payment_intent: 'pi_0' }, { code: 'resource_missing', param: 'payment_intent' }],
  [{ payment_intent: 'pi_0', amount: 0 }, { param: 'amount' }],
  [
    { payment_intent: 'pi_0', amount: 1.5 },
    { code: 'parameter_invalid_integer', param: 'amount' },
  ],
  [{ payment_intent: 'pi_0', reason: 'expired_uncaptured_charge' }, { param: 'reason' }],
])('a refund of %j is refused', async (wish, expected) => {
  expect(await refusalOf(stripe.refunds.create(wish))).toMatchObject({ statusCode: 400, ...expected });
});

test('the balance is what was charged less fees and refunds, to the cent', async () => {
  const own = await bench();
  try {
    const opened = await own.stripe.checkout.sessions.create(course());
    await press(opened);
    const session = await own.stripe.checkout.sessions.retrieve(opened.id);
    const refund = await own.stripe.refunds.create({
      payment_intent: idOf(session.payment_intent),
      amount: 1000,
      expand: ['balance_transaction', 'charge.balance_transaction'],
    });
    expect(refund.balance_transaction).toMatchObject({ type: 'refund', amount: -1000, fee: 0, net: -1000 });
    expect(refund.charge).toMatchObject({ balance_transaction: { type: 'charge', amount: 4900, fee: 99, net: 4801 } });
    const balance = await own.stripe.balance.retrieve();
    expect(balance.available).toMatchObject([{ currency: 'eur', amount: 3801 }]);
    const booked = await own.stripe.balanceTransactions.list();
    expect(booked.data.reduce((sum, one) => sum + one.net, 0)).toBe(3801);
  } finally {
    await own.simulator.close();
  }
});
