import { enrollmentActivated, enrollmentEnded, paymentRefunded, paymentSucceeded } from '@lyceum/contracts';
import { reactionsOf } from '@lyceum/bus';
import { changed } from '@lyceum/kernel';
import { eventually, goldenSamples, ownPaths } from '@lyceum/testing';
import { Journal } from '../src/ledger/journal.store.js';
import { vanished } from '../src/payments/payment.js';
import { Payments } from '../src/payments/payments.store.js';
import { Reconciler } from '../src/payments/reconciler.js';
import { Reactions } from '../src/reactions.js';
import { DAY, MINUTE, Shop } from './shop.js';

jest.setTimeout(60_000);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());
afterEach(() => shop.simulator.setFaults({}));

describe('the reconciler', () => {
  it('heals within one round what lost webhooks have left behind: payments, expiries and refunds', async () => {
    shop.simulator.setFaults({ dropEvery: 1 });
    const courseId = await shop.course();
    const begun = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const as = shop.learner();
        return { as, ...(await shop.pageFor(as, courseId)) };
      }),
    );
    const [abandoned, returned, ...paid] = begun;
    if (!abandoned || !returned) throw new Error('nothing was begun');
    for (const { url } of [returned, ...paid]) await shop.press(url);
    const intent = shop.simulator.payments().find((one) => one.metadata['paymentId'] === returned.paymentId);
    await shop.stripe.refunds.create({ payment_intent: intent?.id ?? '', amount: 900 });
    shop.clock.advance(61 * MINUTE);
    shop.simulator.expireOverdue();

    expect(await shop.reconcile()).toBe(true);

    expect(await shop.payment(abandoned.as, abandoned.paymentId)).toMatchObject({ status: 'expired' });
    expect(await shop.payment(returned.as, returned.paymentId)).toMatchObject({
      status: 'partly-refunded',
      refunded: { amount: 900 },
    });
    for (const { as, paymentId } of paid) expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'paid' });
    expect(await shop.metric('lyceum_billing_reconciled_total', { what: 'paid' })).toBe(23);
    await eventually(() => {
      for (const { paymentId } of paid) expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-succeeded']);
    });
    // a second round finds nothing more to do
    await shop.reconcile();
    expect(await shop.metric('lyceum_billing_reconciled_total')).toBe(25);
    for (const { paymentId } of paid) expect(shop.told(paymentId)).toHaveLength(2);
  });

  it('notices a refund of a payment that was settled long ago', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    shop.clock.advance(100 * DAY);
    shop.simulator.setFaults({ dropEvery: 1 });
    const intent = shop.simulator.payments().find((one) => one.metadata['paymentId'] === paymentId);
    await shop.stripe.refunds.create({ payment_intent: intent?.id ?? '' });
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'refunded' });
  });

  it('leaves young payments to those who began them, and works in one instance at a time', async () => {
    const other = (await shop.instance()).app.get(Reconciler);
    shop.simulator.setFaults({ dropEvery: 1 });
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    await shop.press(url);
    shop.simulator.setFaults({ dropEvery: 1, apiDelayMs: 100 });
    const rounds = await Promise.all([shop.reconcile(), other.reconcile()]);
    expect(rounds.filter(Boolean)).toHaveLength(1);
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open' });
    shop.clock.advance(MINUTE);
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'paid' });
  });

  it('ends what our account at Stripe does not know, once its time is over, so that the learner can begin anew', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const { paymentId } = await shop.pageFor(as, courseId);
    const payments = shop.booted.service.app.get(Payments);
    await payments.change(paymentId, (current) => {
      if (current?.status !== 'open') throw new Error('not open');
      return changed({ ...current, sessionId: 'cs_test_of_an_account_that_is_gone' });
    });
    shop.clock.advance(2 * MINUTE);
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open' });
    shop.clock.advance(60 * MINUTE);
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'failed' });
    expect((await shop.pageFor(as, courseId)).paymentId).not.toBe(paymentId);
  });

  it('keeps quiet and comes back when Stripe is away', async () => {
    const as = shop.learner();
    shop.simulator.setFaults({ dropEvery: 1 });
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    await shop.press(url);
    shop.clock.advance(2 * MINUTE);
    shop.simulator.setFaults({ dropEvery: 1, apiDelayMs: 2_000 }); // longer than our patience
    await expect(shop.reconcile()).rejects.toMatchObject({ code: 'billing.stripe-unavailable' });
    shop.simulator.setFaults({ dropEvery: 1 });
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'paid' });
  });
});

describe('paid and not entitled', () => {
  const waiting = () => shop.metric('lyceum_billing_paid_not_entitled');

  it('is counted until enrollment has told of the enrolment, and not for those who lost it later', async () => {
    await shop.reconcile();
    const courseId = await shop.course();
    const [first, second] = [shop.learner(), shop.learner()];
    shop.clock.advance(2 * MINUTE);
    await shop.reconcile();
    const before = await waiting(); // nobody enrols the learners of the other tests
    await shop.bought(first, courseId);
    await shop.bought(second, courseId);
    await shop.reconcile();
    expect(await waiting()).toBe(before); // young ones are on their way
    shop.clock.advance(2 * MINUTE);
    await shop.reconcile();
    expect(await waiting()).toBe(before + 2);
    const at = shop.clock.now().toISOString();
    const enrolled = (learnerId: string) => ({ enrollmentId: `e-${learnerId}`, learnerId, courseId, courseTitle: '' });
    for (const { id } of [first, second])
      await shop.booted.deliver(enrollmentActivated, {
        ...enrolled(id),
        grant: { kind: 'purchase', id: 'p' },
        activatedAt: at,
      });
    const ended = { ...enrolled(second.id), reason: 'refunded' as const, endedAt: at };
    await shop.booted.deliver(enrollmentEnded, ended, { version: 2 });
    await shop.reconcile();
    expect(await waiting()).toBe(before);
  });

  it('stays counted for longer than a look goes back', async () => {
    await shop.bought(shop.learner(), await shop.course());
    shop.clock.advance(2 * MINUTE);
    await shop.reconcile();
    const before = await waiting();
    shop.clock.advance(5 * DAY);
    await shop.reconcile();
    expect(await waiting()).toBe(before);
  });
});

describe('a payment', () => {
  it('that arrives late counts, and closes the pay page that the learner has opened since', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const first = await shop.pageFor(as, courseId);
    await shop.booted.service.app.get(Payments).change(first.paymentId, (current) => {
      if (!current) throw new Error('vanished');
      return vanished(current, new Date(shop.clock.now().getTime() + DAY)); // we believe that it is over
    });
    const second = await shop.pageFor(as, courseId);
    expect(second.paymentId).not.toBe(first.paymentId);
    await shop.press(first.url);
    expect(await shop.becomes(as, first.paymentId, 'paid')).toMatchObject({ receipt: { total: { amount: 4900 } } });
    await shop.becomes(as, second.paymentId, 'expired');
    expect(await shop.press(second.url)).toBe(410);
  });

  it('that we have not heard of yet is noticed before another pay page is opened', async () => {
    const as = shop.learner();
    const courseId = await shop.course(4900);
    const old = await shop.pageFor(as, courseId);
    shop.simulator.setFaults({ dropEvery: 1 });
    await shop.press(old.url);
    shop.simulator.setFaults({});
    // its success is not known yet, and the page looks too dear: the next checkout asks Stripe before it opens another
    await shop.course(1900, { id: courseId, edition: 2 });
    expect(await shop.checkout(as, courseId)).toMatchObject({
      status: 409,
      body: { code: 'billing.already-entitled' },
    });
    expect(await shop.payment(as, old.paymentId)).toMatchObject({ status: 'paid' });
  });
});

describe('reactions', () => {
  it('read every recorded sample of what they listen to', () => {
    for (const definition of reactionsOf(Reactions))
      for (const sample of goldenSamples(definition.type)) expect(definition.parse(sample).type).toBe(definition.type);
    expect(reactionsOf(Reactions)).toHaveLength(6);
  });

  it('change nothing when an offer comes again or late', async () => {
    const id = await shop.course(4900, { id: 'twice', edition: 2 });
    await shop.course(100, { id, edition: 1 });
    await shop.course(4900, { id, edition: 2 });
    expect(await shop.pageFor(shop.learner(), id)).toMatchObject({ price: { amount: 4900 } });
  });

  it('enter a payment into the ledger once, however often its events come', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const paymentId = await shop.bought(as, courseId);
    const journal = shop.booted.service.app.get(Journal);
    await eventually(async () => expect(await journal.ofPayment(paymentId)).toHaveLength(1));
    const price = { amount: 4900, currency: 'EUR' };
    const at = new Date().toISOString();
    const purchase = { paymentId, learnerId: as.id, courseId, courseTitle: '' };
    for (let time = 1; time <= 3; time += 1) {
      await shop.booted.deliver(paymentRefunded, { ...purchase, refunded: price, full: true, refundedAt: at });
      await shop.booted.deliver(paymentSucceeded, { ...purchase, price, paidAt: at });
    }
    expect(await journal.ofPayment(paymentId)).toHaveLength(1);
  });
});

describe('the pages after the pay page', () => {
  it.each([
    ['done', 'Thank you!'],
    ['cancelled', 'Nothing was charged'],
  ])('/checkout/%s is a page that runs nothing', async (name, title) => {
    const payment = '019aa0c2-7100-7b55-9d33-2f4e6a8b0c04';
    const answer = await shop.booted.call('GET', `/checkout/${name}?payment=${payment}`);
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining(title) });
    expect(answer.body).toContain(payment);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const forged = await shop.booted.call('GET', `/checkout/${name}?payment=<script>alert(1)</script>`);
    expect(forged.body).not.toContain('script');
  });
});

describe('the service', () => {
  it('documents every route, with access and refusals', () => {
    const { paths } = shop.booted.service.openApi();
    expect(
      Object.entries(ownPaths(paths))
        .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
        .sort(),
    ).toEqual([
      'GET /checkout/cancelled',
      'GET /checkout/done',
      'GET /payments',
      'GET /payments/{paymentId}',
      'POST /checkout',
      'POST /payments/{paymentId}/refund',
      'POST /webhooks/stripe',
    ]);
    expect(JSON.stringify(paths['/checkout']?.post?.responses)).toContain('billing.already-entitled');
  });
});
