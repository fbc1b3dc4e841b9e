import { eventually } from '@lyceum/testing';
import { Journal } from '../src/ledger/journal.store.js';
import { DAY, Shop, admin } from './shop.js';

jest.setTimeout(60_000);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());
afterEach(() => shop.simulator.setFaults({}));

const refund = (paymentId: string, as: Parameters<Shop['payment']>[0] | undefined, body: object = {}) =>
  shop.booted.call('POST', `/payments/${paymentId}/refund`, { as, body });

const intentOf = (paymentId: string) => {
  const intent = shop.simulator.payments().find((one) => one.metadata['paymentId'] === paymentId);
  if (!intent) throw new Error(`${paymentId} has no PaymentIntent`);
  return intent;
};

describe('a refund', () => {
  it('by the learner gives everything back, is told once, and the course can be bought again', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const paymentId = await shop.bought(as, courseId);
    expect(await refund(paymentId, as, { reason: 'not for me' })).toMatchObject({ status: 202 });
    const payment = await shop.becomes(as, paymentId, 'refunded');
    expect(payment).toMatchObject({
      refunded: { amount: 4900, currency: 'EUR' },
      receipt: { total: { amount: 4900 }, refunds: [{ amount: { amount: 4900 } }] },
    });
    await eventually(() =>
      expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-succeeded', 'payment-refunded']),
    );
    expect(shop.booted.bus.published.at(-1)?.data).toMatchObject({ full: true, refunded: { amount: 4900 } });
    expect((await shop.checkout(as, courseId)).status).toBe(201);
  });

  it('by an administrator may be a part; the parts add up and the last one is the full refund', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const paymentId = await shop.bought(as, courseId);
    await refund(paymentId, admin, { amount: 1_000 });
    await shop.becomes(as, paymentId, 'partly-refunded');
    expect(await shop.checkout(as, courseId)).toMatchObject({ body: { code: 'billing.already-entitled' } });
    expect(await refund(paymentId, admin, { amount: 4_000 })).toMatchObject({
      status: 422,
      body: { code: 'billing.refund-too-large', left: { amount: 3_900 } },
    });
    await refund(paymentId, admin);
    await shop.becomes(as, paymentId, 'refunded');
    await eventually(() => expect(shop.told(paymentId)).toHaveLength(4));
    const told = shop.booted.bus.published.filter((event) => event.subject === paymentId).slice(2);
    expect(told.map(({ data }) => data)).toMatchObject([
      { refunded: { amount: 1_000 }, full: false },
      { refunded: { amount: 4_900 }, full: true },
    ]);
  });

  it('pressed ten times at once moves the money once', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(paymentId, admin, { amount: 1_000 })));
    for (const { status } of answers) expect([202, 503]).toContain(status);
    expect(await shop.becomes(as, paymentId, 'partly-refunded')).toMatchObject({ refunded: { amount: 1_000 } });
    expect(shop.simulator.charges().find((one) => one.payment_intent === intentOf(paymentId).id)?.amount_refunded).toBe(
      1_000,
    );
  });

  it('whose answer is lost happens, and is not made a second time by the repetition', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    shop.simulator.setFaults({ apiLoseEvery: 1, dropEvery: 1 });
    expect(await refund(paymentId, admin, { amount: 1_000 })).toMatchObject({ status: 503 });
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'paid' });
    shop.simulator.setFaults({});
    await refund(paymentId, admin, { amount: 1_000 });
    expect(await shop.becomes(as, paymentId, 'partly-refunded')).toMatchObject({ refunded: { amount: 1_000 } });
  });

  it('made by hand at Stripe is noticed; also one that is seen before the completion', async () => {
    const as = shop.learner();
    const { paymentId, url } = await shop.pageFor(as, await shop.course());
    shop.simulator.setWebhookUrl(undefined); // everything is held back
    await shop.press(url);
    await shop.stripe.refunds.create({ payment_intent: intentOf(paymentId).id });
    const [sent] = shop.simulator
      .events()
      .filter(({ type }) => type === 'refund.created')
      .slice(-1);
    expect(await shop.webhook(sent ?? {})).toMatchObject({ status: 200 });
    await shop.becomes(as, paymentId, 'refunded');
    shop.simulator.setWebhookUrl(`${shop.booted.url}/webhooks/stripe`);
    await eventually(() => expect(shop.simulator.deliveries().every(({ state }) => state !== 'waiting')).toBe(true));
    await eventually(() =>
      expect(shop.told(paymentId)).toEqual(['checkout-started', 'payment-succeeded', 'payment-refunded']),
    );
  });

  it('is refused: to visitors and strangers, in part to learners, before payment, twice, and when it is too late', async () => {
    const as = shop.learner();
    const paymentId = await shop.bought(as, await shop.course());
    const open = await shop.pageFor(as, await shop.course());
    const cases: [number, string, string, Parameters<typeof refund>[1], object][] = [
      [401, 'http.not-signed-in', paymentId, undefined, {}],
      [404, 'billing.payment-not-found', paymentId, shop.learner(), {}],
      [404, 'billing.payment-not-found', 'nothing', as, {}],
      [403, 'billing.only-full-refund', paymentId, as, { amount: 1 }],
      [400, 'http.invalid-request', paymentId, as, { amount: -1 }],
      [400, 'http.invalid-request', paymentId, as, { amount: 0.5 }],
      [409, 'billing.not-refundable', open.paymentId, as, {}],
    ];
    for (const [status, code, id, who, body] of cases)
      expect(await refund(id, who, body)).toMatchObject({ status, body: { code } });
    shop.clock.advance(15 * DAY);
    expect(await refund(paymentId, as)).toMatchObject({ status: 409, body: { code: 'billing.refund-window-closed' } });
    expect(await refund(paymentId, admin)).toMatchObject({ status: 202 });
    await shop.becomes(as, paymentId, 'refunded');
    expect(await refund(paymentId, admin)).toMatchObject({ status: 409, body: { code: 'billing.not-refundable' } });
  });
});

describe('the history of payments', () => {
  it('shows the caller’s own, latest first, page by page, each with its receipt', async () => {
    const as = shop.learner();
    const bought = [await shop.bought(as, await shop.course(1_000)), await shop.bought(as, await shop.course(2_000))];
    const open = await shop.pageFor(as, await shop.course(3_000));
    const page = async (query: string) =>
      (await shop.booted.call('GET', `/payments?${query}`, { as })).body as { items: object[]; next?: string };
    const first = await page('limit=2');
    expect(first.items).toMatchObject([
      { paymentId: open.paymentId, status: 'open', checkout: { url: open.url } },
      { paymentId: bought[1], status: 'paid', receipt: { number: expect.stringMatching(/^LYC-\d{8}-[0-9A-F]{10}$/) } },
    ]);
    const second = await page(`limit=2&after=${first.next}`);
    expect(second.items).toMatchObject([{ paymentId: bought[0], price: { amount: 1_000, currency: 'EUR' } }]);
    expect(second.next).toBeUndefined();
    for (const query of ['limit=0', 'limit=x', 'after=forged'])
      expect((await shop.booted.call('GET', `/payments?${query}`, { as })).status).toBe(400);
  });

  it('shows nothing of others, except to administrators', async () => {
    const paymentId = await shop.bought(shop.learner(), await shop.course());
    const path = `/payments/${paymentId}`;
    expect(await shop.booted.call('GET', path, { as: shop.learner() })).toMatchObject({ status: 404 });
    expect(await shop.booted.call('GET', path)).toMatchObject({ status: 401 });
    expect(await shop.booted.call('GET', '/payments')).toMatchObject({ status: 401 });
    expect(await shop.booted.call('GET', path, { as: admin })).toMatchObject({ status: 200, body: { paymentId } });
  });
});

describe('the ledger', () => {
  it('balances after all of this, and holds to the cent what lies with Stripe', async () => {
    const journal = shop.booted.service.app.get(Journal);
    const charged = shop.simulator.charges().filter(({ status }) => status === 'succeeded');
    const atStripe = charged.reduce((sum, charge) => sum + charge.amount - charge.amount_refunded, 0);
    await eventually(async () => {
      const balances = await journal.balances();
      const debits = balances.reduce((sum, { debit }) => sum + debit, 0);
      const credits = balances.reduce((sum, { credit }) => sum + credit, 0);
      const stripe = balances.find(({ account }) => account === 'stripe');
      expect(debits).toBe(credits);
      expect((stripe?.debit ?? 0) - (stripe?.credit ?? 0)).toBe(atStripe);
    });
    expect(charged.length).toBeGreaterThan(5);
  });
});
