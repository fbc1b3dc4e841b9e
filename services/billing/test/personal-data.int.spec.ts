import { enrollmentActivated, enrollmentEnded, paymentDeclined, paymentSucceeded } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { type As, collected, dataOf, eraseFrom, eventually, tracesOf } from '@lyceum/testing';
import { Journal } from '../src/ledger/journal.store.js';
import { Payments } from '../src/payments/payments.store.js';
import { refusals } from '../src/refusals.js';
import { StripeGateway } from '../src/stripe/stripe.gateway.js';
import { DAY, MINUTE, Shop } from './shop.js';

jest.setTimeout(60_000);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());
afterEach(() => {
  shop.simulator.setFaults({});
  shop.simulator.setWebhookUrl(`${shop.booted.url}/webhooks/stripe`);
});

const enrol = async (as: As, courseId: string, enrollmentId = newId()): Promise<string> => {
  await shop.booted.deliver(
    enrollmentActivated,
    dataOf(enrollmentActivated, { enrollmentId, learnerId: as.id, courseId }),
  );
  return enrollmentId;
};
/** Buys a course and gets it. */
const delivered = async (as: As): Promise<{ paymentId: string; courseId: string }> => {
  const courseId = await shop.course();
  const paymentId = await shop.bought(as, courseId);
  await enrol(as, courseId);
  return { paymentId, courseId };
};
const erase = (as: As) => eraseFrom(shop.booted, as.id, shop.clock.now());
const payments = () => shop.booted.service.app.get(Payments);
const traces = async (text: string) =>
  (await tracesOf(shop.booted.service, text)).filter((place) => !place.startsWith('event_log/'));
const sessionOf = async (paymentId: string): Promise<string> => {
  const payment = await payments().get(paymentId);
  if (payment?.status !== 'open') throw new Error(`${paymentId} has no open page`);
  return payment.sessionId;
};
const quiet = () =>
  eventually(async () => {
    expect(shop.simulator.deliveries().every(({ state }) => state !== 'waiting')).toBe(true);
    expect(await traces('"dueAt"')).toEqual([]);
    expect(await traces('pendingSince')).toEqual([]);
  });

/** Debits are credits, and what the ledger says lies with Stripe lies there. */
async function ledgerHolds(): Promise<void> {
  const charged = shop.simulator.charges().filter(({ status }) => status === 'succeeded');
  const atStripe = charged.reduce((sum, charge) => sum + charge.amount - charge.amount_refunded, 0);
  await eventually(async () => {
    const balances = await shop.booted.service.app.get(Journal).balances();
    const stripe = balances.find(({ account }) => account === 'stripe');
    expect(balances.reduce((sum, { debit, credit }) => sum + debit - credit, 0)).toBe(0);
    expect((stripe?.debit ?? 0) - (stripe?.credit ?? 0)).toBe(atStripe);
  });
}

describe('what billing holds about somebody', () => {
  it('is exported whole: payments, their ledger, what Stripe told, courses; nothing of anybody else', async () => {
    const [as, other] = [shop.learner(), shop.learner()];
    const { paymentId, courseId } = await delivered(as);
    const theirs = await delivered(other);
    await shop.booted.call('POST', `/payments/${paymentId}/refund`, { as, body: { reason: 'I have moved to Rome' } });
    const declined = await shop.pageFor(as, await shop.course());
    await shop.press(declined.url, 'decline');
    await quiet();
    const data = await collected(shop.booted.service, as.id);
    expect(data['payments']).toMatchObject([
      { paymentId: declined.paymentId, status: 'open', declines: [expect.stringMatching(/^ch_/)] },
      {
        paymentId,
        courseId,
        status: 'refunded',
        refundReasons: [{ text: 'I have moved to Rome' }],
        stripe: [expect.any(String), expect.stringMatching(/^pi_/)],
      },
    ]);
    expect(data['ledger']?.map(({ entryId }) => entryId).sort()).toEqual([
      expect.stringMatching(/^refund:/),
      `sale:${paymentId}`,
    ]);
    expect(data['told-by-stripe']?.length).toBeGreaterThan(0);
    expect(data['courses-you-have']).toEqual([{ courseId }]);
    expect(JSON.stringify(data)).not.toContain(theirs.paymentId);
    expect(JSON.stringify(data)).not.toContain(declined.url);
    const taught = await collected(shop.booted.service, 'grace');
    expect(taught['offers']).toContainEqual(
      expect.objectContaining({ courseId, price: { amount: 4900, currency: 'EUR' } }),
    );
    // nothing of a person lies with Stripe through us
    const session = await shop.stripe.checkout.sessions.retrieve(await sessionOf(declined.paymentId));
    expect([session.customer, session.customer_email]).toEqual([null, null]);
    expect((await shop.stripe.customers.list()).data).toEqual([]);
    await erase(as);
    expect(await tracesOf(shop.booted.service, 'moved to Rome')).toEqual([]);
  });

  it('is erased but for the accounts, which stay under the id for as long as the law asks; others lose nothing', async () => {
    const [as, other] = [shop.learner(), shop.learner()];
    const { paymentId } = await delivered(as);
    const theirs = await delivered(other);
    const open = await shop.pageFor(as, await shop.course());
    await shop.press(open.url, 'decline');
    await quiet();
    const sessionId = await sessionOf(open.paymentId);
    const before = await collected(shop.booted.service, other.id);
    const receipt = await erase(as);
    expect(receipt).toMatchObject({
      status: 'erased',
      found: expect.arrayContaining([
        { what: 'checkouts that came to nothing', count: 1 },
        { what: 'notes of who has which course', count: 1 },
      ]),
    });
    const year = shop.clock.now().getUTCFullYear();
    expect(receipt.kept).toMatchObject([
      { why: expect.stringContaining('law on accounting'), until: `${year + 11}-01-01T00:00:00.000Z` },
      { what: 'what you have told Stripe on its pay pages' },
    ]);
    expect((await shop.stripe.checkout.sessions.retrieve(sessionId)).status).toBe('expired');
    await quiet();
    expect(await traces(as.id)).toEqual([`erased_people/${as.id}`, `payments/${paymentId}`]);
    expect(await traces(open.paymentId)).toEqual([]);
    const declines = shop.booted.bus.ofType('billing.payment-declined.v1');
    const [told] = declines
      .filter(({ subject }) => subject === open.paymentId)
      .map((event) => paymentDeclined.parse(event));
    if (!told) throw new Error('Nothing was told of the declined card');
    const log = await tracesOf(shop.booted.service, told.data.reason);
    expect(log.filter((place) => place.endsWith(told.id))).toEqual([]);
    // what was delivered is not given back, and nobody is alarmed, also when Stripe tells again of the page that was closed
    const late = shop.completed(sessionId, { type: 'checkout.session.expired' });
    expect(await shop.webhook(late)).toMatchObject({ status: 200 });
    await quiet();
    shop.clock.advance(2 * MINUTE);
    await shop.reconcile();
    expect(await shop.metric('lyceum_billing_paid_not_entitled')).toBe(0);
    expect(await payments().get(paymentId)).toMatchObject({ status: 'paid', buyerErased: { owed: false } });
    expect(await shop.metric('lyceum_billing_payment_mismatched_total')).toBe(0);
    expect(await collected(shop.booted.service, other.id)).toEqual(before);
    expect(await shop.payment(other, theirs.paymentId)).toMatchObject({ status: 'paid' });
    await ledgerHolds();
  });

  it('erased twice, interrupted half-way, and told late events, it is the same', async () => {
    const as = shop.learner();
    const { paymentId, courseId } = await delivered(as);
    const open = await shop.pageFor(as, await shop.course());
    await quiet();
    const failing = jest.spyOn(payments(), 'remove').mockRejectedValueOnce(new Error('The database is away'));
    await expect(erase(as)).rejects.toThrow('The database is away');
    failing.mockRestore();
    const receipt = await erase(as);
    expect(await payments().get(open.paymentId)).toBeUndefined();
    const late = await enrol(as, courseId);
    await enrol(as, courseId, late);
    await shop.booted.deliver(
      enrollmentEnded,
      dataOf(enrollmentEnded, { enrollmentId: late, learnerId: as.id, courseId }),
      { version: 2 },
    );
    for (const event of shop.booted.bus
      .ofType('billing.payment-succeeded.v1')
      .filter(({ subject }) => subject === paymentId))
      await shop.booted.bus.publish([event]);
    expect(await erase(as)).toMatchObject({ found: receipt.found, kept: receipt.kept });
    expect(await collected(shop.booted.service, as.id)).not.toHaveProperty('courses-you-have');
    expect(await traces(as.id)).toEqual([`erased_people/${as.id}`, `payments/${paymentId}`]);
    expect(await payments().get(paymentId)).toMatchObject({ status: 'paid' });
    await ledgerHolds();
  });
});

describe('money of somebody who is erased', () => {
  it('that has arrived while the course had not goes back at once; the ledger knows both ways', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    const receipt = await erase(as);
    expect(receipt.kept).toMatchObject([{ until: expect.any(String) }, {}]);
    await eventually(async () =>
      expect(await payments().get(paymentId)).toMatchObject({
        status: 'refunded',
        buyerErased: { owed: false, keepUntil: expect.any(Date) },
      }),
    );
    await eventually(() => expect(shop.told(paymentId)).toContain('payment-refunded'));
    await ledgerHolds();
  });

  it('that was paid at Stripe without our knowing goes back when the pay page is closed', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    shop.simulator.setWebhookUrl(undefined);
    await shop.press(url);
    expect(await erase(as)).toMatchObject({ status: 'erased' });
    await eventually(async () => expect(await payments().get(paymentId)).toMatchObject({ status: 'refunded' }));
    await eventually(() =>
      expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-succeeded', 'payment-refunded']),
    );
    shop.simulator.setWebhookUrl(`${shop.booted.url}/webhooks/stripe`);
    await quiet(); // the webhooks come late, and change nothing
    expect(await payments().get(paymentId)).toMatchObject({ status: 'refunded' });
    await ledgerHolds();
  });

  it('that comes while Stripe cannot be asked goes back later: the erasure waits, and nothing is lost or given up', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    const gateway = shop.booted.service.app.get(StripeGateway);
    const away = jest.spyOn(gateway, 'closeSession').mockRejectedValue(refusals.stripeUnavailable());
    expect(await erase(as)).toMatchObject({ status: 'erasing', passes: 0, nextPassAt: expect.any(Date) });
    expect(await payments().get(paymentId)).toMatchObject({ status: 'open', buyerErased: { owed: true } });
    away.mockRestore();
    await shop.press(url); // the page is still open
    await eventually(async () =>
      expect(await payments().get(paymentId)).toMatchObject({ status: 'refunded', buyerErased: { owed: false } }),
    );
    expect(await erase(as)).toMatchObject({ status: 'erased' });
    await ledgerHolds();
  });

  it('that Stripe does not give back at once is given back by the reconciler, once', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    shop.simulator.setFaults({ apiDelayMs: 2_500 });
    expect(await erase(as)).toMatchObject({ status: 'erasing' });
    shop.simulator.setFaults({});
    await Promise.all([shop.reconcile(), shop.reconcile()]);
    await shop.reconcile();
    expect(await payments().get(paymentId)).toMatchObject({ status: 'refunded', buyerErased: { owed: false } });
    expect(await shop.metric('lyceum_billing_paid_not_entitled')).toBe(0);
    await ledgerHolds();
  });

  it('of a checkout that was begun with a token that still worked goes back too', async () => {
    const as = shop.learner();
    await erase(as);
    const courseId = await shop.course();
    const { paymentId, url } = await shop.pageFor(as, courseId);
    await shop.press(url);
    await eventually(async () => expect(await payments().get(paymentId)).toMatchObject({ status: 'refunded' }));
    const purchase = { paymentId, learnerId: as.id, courseId };
    await shop.booted.deliver(paymentSucceeded, dataOf(paymentSucceeded, purchase));
    expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-succeeded', 'payment-refunded']);
    await ledgerHolds();
  });
});

it('accounts of somebody who was erased go when they have been kept for long enough; the ledger stays and balances', async () => {
  const as = shop.learner();
  const { paymentId } = await delivered(as);
  await quiet();
  await erase(as);
  shop.clock.advance(9 * 365 * DAY);
  await shop.reconcile();
  expect(await payments().get(paymentId)).toMatchObject({ id: paymentId });
  shop.clock.advance(3 * 366 * DAY);
  await shop.reconcile();
  expect(await payments().get(paymentId)).toBeUndefined();
  expect(await traces(as.id)).toEqual([`erased_people/${as.id}`]);
  expect(await traces(`sale:${paymentId}`)).toEqual([`journal/sale:${paymentId}`]);
  await ledgerHolds();
});
