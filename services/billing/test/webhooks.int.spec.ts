import { newId } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import type Stripe from 'stripe';
import { StripeEvents } from '../src/stripe/stripe-events.store.js';
import { Shop } from './shop.js';

jest.setTimeout(60_000);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());
afterEach(() => shop.simulator.setFaults({}));

const eventsOf = (paymentId: string) => {
  const session = shop.simulator.sessions().find((one) => one.metadata?.['paymentId'] === paymentId);
  const intent = session?.payment_intent;
  return shop.simulator.events().filter(({ data }) => {
    const text = JSON.stringify(data.object);
    return (session && text.includes(session.id)) || (typeof intent === 'string' && text.includes(intent));
  });
};

describe('webhooks', () => {
  it('make a payment succeed once, though each comes four times, shuffled, and again later', async () => {
    shop.simulator.setFaults({ duplicates: 3, shuffle: true });
    const as = shop.learner();
    const courseId = await shop.course();
    const { paymentId, url } = await shop.pageFor(as, courseId);
    await shop.press(url, 'decline');
    await shop.press(url);
    await shop.becomes(as, paymentId, 'paid');
    for (const event of eventsOf(paymentId)) shop.simulator.redeliver(event.id);
    await eventually(() => expect(shop.simulator.deliveries().every(({ state }) => state !== 'waiting')).toBe(true));
    await eventually(async () => {
      const events = shop.booted.service.app.get(StripeEvents);
      expect(await events.due(new Date(8_640_000_000_000_000), 10)).toEqual([]);
    });
    expect(shop.told(paymentId).filter((type) => type === 'payment-succeeded')).toHaveLength(1);
    expect(shop.told(paymentId).filter((type) => type === 'payment-declined').length).toBeLessThanOrEqual(1);
  });

  it('tell of a decline while the page stays open', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    await shop.press(url, 'decline');
    await eventually(() => expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-declined']));
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open' });
  });

  it('tell of a page that has expired; then a new one can be had', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const { paymentId } = await shop.pageFor(as, courseId);
    shop.clock.advance(61 * 60_000);
    shop.simulator.expireOverdue();
    await shop.becomes(as, paymentId, 'expired');
    expect(shop.told(paymentId)).toEqual(['checkout-started', 'checkout-expired']);
    expect((await shop.pageFor(as, courseId)).paymentId).not.toBe(paymentId);
  });

  it('that were stored by a process which died are handled by whoever comes by', async () => {
    const as = shop.learner();
    shop.simulator.setFaults({ dropEvery: 1 });
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    await shop.press(url);
    const session = shop.simulator.sessions().find((one) => one.metadata?.['paymentId'] === paymentId);
    const now = shop.clock.now();
    // claimed, and its handler died: it comes due again
    await shop.booted.service.app.get(StripeEvents).insertOnce({
      id: `evt_${newId().replaceAll('-', '')}`,
      type: 'checkout.session.completed',
      about: 'session',
      objectId: session?.id ?? '',
      livemode: false,
      receivedAt: now,
      attempts: 1,
      dueAt: new Date(now.getTime() + 100_000),
    });
    shop.clock.advance(101_000);
    expect(await shop.becomes(as, paymentId, 'paid')).toMatchObject({ paymentId });
  });

  it('are answered at once, though Stripe does not answer us; and handled when it does again', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    await shop.press(url);
    await shop.becomes(as, paymentId, 'paid');
    shop.simulator.setFaults({ apiDelayMs: 1_500 });
    const session = shop.simulator.sessions().find((one) => one.metadata?.['paymentId'] === paymentId);
    const begun = performance.now();
    expect((await shop.webhook(shop.completed(session?.id ?? ''))).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

describe('what Stripe did not send, or not about an agreement of ours, grants nothing', () => {
  it('a forged, old, future or malformed signature is refused with 400', async () => {
    const event = shop.completed('cs_test_1');
    const answers = [
      await shop.webhook(event, { secret: 'whsec_forged_secret' }),
      await shop.webhook(event, { ageSeconds: 302 }),
      await shop.webhook(event, { ageSeconds: -302 }),
      ...(await Promise.all(
        ['x', 't=1', 'v1=', `t=1,v1=${'é'.repeat(8)}`.replaceAll('é', '%'), ',,,'].map((header) =>
          shop.webhook(event, { header }),
        ),
      )),
      await shop.webhook({ hello: 'world' }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 400, body: { code: 'billing.webhook-refused' } });
    const unsigned = await fetch(`${shop.booted.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(unsigned.status).toBe(400);
  });

  it('the older secret still holds while secrets are rotated', async () => {
    expect(await shop.webhook(shop.completed('cs_test_1'), { secret: 'whsec_older_secret' })).toMatchObject({
      status: 200,
    });
  });

  async function flagged(what: string, cause: () => Promise<unknown>): Promise<void> {
    const name = 'lyceum_billing_payment_mismatched_total';
    const before = await shop.metric(name, { what });
    await cause();
    await eventually(async () => expect(await shop.metric(name, { what })).toBeGreaterThan(before));
  }

  const forge = (difference: Partial<Stripe.Checkout.SessionCreateParams>, amount = 4900, currency = 'eur') =>
    shop.stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://localhost:4000',
      line_items: [{ quantity: 1, price_data: { currency, unit_amount: amount, product_data: { name: 'A course' } } }],
      ...difference,
    });

  it.each(['session', 'course', 'learner'])('a paid session of another %s', async (what) => {
    const as = shop.learner();
    const courseId = await shop.course();
    const { paymentId } = await shop.pageFor(as, courseId);
    const metadata = {
      paymentId,
      courseId: what === 'course' ? 'another' : courseId,
      learnerId: what === 'learner' ? 'another' : as.id,
    };
    const session = await forge({ metadata });
    await flagged(what, () => shop.press(session.url ?? ''));
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open' });
    expect(shop.told(paymentId)).not.toContain('payment-succeeded');
  });

  it.each([
    ['amount', 100, 'eur'],
    ['currency', 4900, 'usd'],
  ])('a session of another %s, though we have none of our own yet', async (what, amount, currency) => {
    const as = shop.learner();
    const courseId = await shop.course();
    shop.simulator.setFaults({ apiLoseEvery: 1 });
    await shop.checkout(as, courseId); // leaves the payment without its session
    shop.simulator.setFaults({});
    const { items } = (await shop.booted.call('GET', '/payments', { as })).body as { items: { paymentId: string }[] };
    const paymentId = items[0]?.paymentId ?? '';
    const session = await forge({ metadata: { paymentId, courseId, learnerId: as.id } }, amount, currency);
    await flagged(what, () => shop.press(session.url ?? ''));
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'opening' });
  });

  it('an event of another account, of another mode, about nothing that our account has', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    shop.simulator.setFaults({ dropEvery: 1 });
    await shop.press(url);
    const sessionId = shop.simulator.sessions().find((one) => one.metadata?.['paymentId'] === paymentId)?.id ?? '';
    await flagged('account', () => shop.webhook(shop.completed(sessionId, { account: 'acct_somebody' })));
    await flagged('mode', () => shop.webhook(shop.completed(sessionId, { livemode: true })));
    await flagged('account', () => shop.webhook(shop.completed('cs_test_of_somebody_else')));
    expect(shop.told(paymentId)).not.toContain('payment-succeeded');
  });

  it('a session that names no payment, or one that we do not know', async () => {
    const foreign = await forge({});
    await shop.press(foreign.url ?? '');
    await eventually(async () =>
      expect(await shop.metric('lyceum_billing_webhooks_total', { outcome: 'foreign' })).toBeGreaterThan(0),
    );
    const unknown = await forge({ metadata: { paymentId: newId() } });
    await flagged('payment', () => shop.press(unknown.url ?? ''));
  });
});
