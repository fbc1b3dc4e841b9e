import type { StripeSimulator } from '../src/stripe/index.js';
import type Stripe from 'stripe';
import { bench, clientOf, course, idOf, press, refusalOf, secretKey } from './stripe-bench.js';

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await bench());
});
afterAll(() => simulator.close());

const types = (from = 0) =>
  simulator
    .events()
    .slice(from)
    .map((event) => event.type);

describe('a checkout session', () => {
  test('is opened with its total, unpaid, with a page to pay it on', async () => {
    const session = await stripe.checkout.sessions.create(
      course({ client_reference_id: 'order-1', metadata: { orderId: 'order-1' }, expand: ['line_items'] }),
    );

    expect(session).toMatchObject({
      object: 'checkout.session',
      livemode: false,
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 4900,
      currency: 'eur',
      client_reference_id: 'order-1',
      metadata: { orderId: 'order-1' },
      payment_intent: null,
      url: `${simulator.url}/pay/${session.id}`,
    });
    expect(session.id).toMatch(/^cs_test_\w{58}$/);
    expect(Math.abs(session.created - Date.now() / 1000)).toBeLessThan(5);
    expect(session.expires_at).toBe(session.created + 24 * 3600);
    expect(session.line_items?.data).toMatchObject([
      { description: 'Sailing for beginners', quantity: 1, amount_total: 4900 },
    ]);
    expect(session.lastResponse.requestId).toMatch(/^req_/);
  });

  test('paid on its page sends the payer back and leaves a succeeded payment with its charge', async () => {
    const before = simulator.events().length;
    const opened = await stripe.checkout.sessions.create(
      course({ payment_intent_data: { metadata: { orderId: 'o-7' }, description: 'Order o-7' } }),
    );

    const answer = await press(opened, { outcome: 'pay', email: 'ada@example.com', name: 'Ada' });

    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`http://shop.test/thanks?session=${opened.id}`);
    const session = await stripe.checkout.sessions.retrieve(opened.id, { expand: ['payment_intent.latest_charge'] });
    expect(session).toMatchObject({ status: 'complete', payment_status: 'paid', url: null });
    expect(session.customer_details).toMatchObject({ email: 'ada@example.com', name: 'Ada' });
    expect(session.payment_intent).toMatchObject({
      status: 'succeeded',
      amount: 4900,
      amount_received: 4900,
      metadata: { orderId: 'o-7' },
      latest_charge: {
        paid: true,
        status: 'succeeded',
        amount: 4900,
        description: 'Order o-7',
        payment_method_details: { card: { last4: '4242' } },
      },
    });
    expect(types(before)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
  });

  test('pressed twenty times at once is paid once', async () => {
    const session = await stripe.checkout.sessions.create(course());
    const before = simulator.charges().length;

    const answers = await Promise.all(Array.from({ length: 20 }, () => press(session)));

    expect(new Set(answers.map((answer) => answer.headers.get('location')))).toEqual(
      new Set([`http://shop.test/thanks?session=${session.id}`]),
    );
    expect(simulator.charges().length - before).toBe(1);
  });

  test('declined stays open, tells why, and the same payment succeeds with another card', async () => {
    const before = simulator.events().length;
    const session = await stripe.checkout.sessions.create(course());
    const form = { outcome: 'pay', card_expiry: '12/34', card_cvc: '123' };

    const declined = await press(session, { ...form, card_number: '4000 0000 0000 9995' });
    expect(declined.headers.get('location')).toBe(`/pay/${session.id}`);
    expect(await (await fetch(session.url ?? '')).text()).toContain('Your card has insufficient funds.');
    const failed = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(failed).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      payment_intent: {
        status: 'requires_payment_method',
        last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds' },
      },
    });

    await press(session, { ...form, card_number: '5555 5555 5555 4444' });
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(paid.payment_status).toBe('paid');
    expect(idOf(paid.payment_intent)).toBe(idOf(failed.payment_intent));
    expect(types(before)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    const charges = await stripe.charges.list({ payment_intent: idOf(paid.payment_intent) });
    expect(charges.data.map((charge) => charge.status)).toEqual(['succeeded', 'failed']);
  });

  test('abandoned stays open and sends the payer to the cancel address', async () => {
    const session = await stripe.checkout.sessions.create(course());
    const answer = await press(session, { outcome: 'abandon' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'http://shop.test/basket']);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test.each([
    ['card_number', '4242 4242 4242 4241', 'Your card number is invalid.'],
    ['card_number', '4242', 'Your card number is incomplete.'],
    ['card_expiry', '01/20', 'Your card&#39;s expiration date is in the past.'],
    ['card_cvc', '12', 'Your card&#39;s security code is incomplete.'],
    ['email', 'nobody', 'Enter a valid email address.'],
  ])('mistyped in %s (%s) charges nothing and keeps the other fields', async (field, value, message) => {
    const before = simulator.charges().length;
    const session = await stripe.checkout.sessions.create(course());
    const answer = await press(session, {
      outcome: 'pay',
      email: 'ada@example.com',
      name: 'Ada "<script>" L',
      card_number: '4242424242424242',
      card_expiry: '12/34',
      card_cvc: '123',
      [field]: value,
    });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain(message);
    expect(page).toContain('Ada &#34;&#60;script&#62;&#34; L');
    expect(simulator.charges().length).toBe(before);
  });

  test('of nothing to pay completes without a payment', async () => {
    const session = await stripe.checkout.sessions.create(
      course({
        line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 0, product_data: { name: 'Gift' } } }],
      }),
    );
    await press(session);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      payment_intent: null,
    });
  });

  test('can be expired by hand once, and then not be paid', async () => {
    const session = await stripe.checkout.sessions.create(course());
    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: 'expired', url: null });
    const again = await refusalOf(stripe.checkout.sessions.expire(session.id));
    expect(again).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect((await press(session)).status).toBe(410);
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBeNull();
  });

  test('expires by itself when its time is up', async () => {
    let time = Date.now();
    const own = await bench({ clock: { now: () => new Date(time) } });
    try {
      const session = await own.stripe.checkout.sessions.create(course({ expires_at: Math.floor(time / 1000) + 1800 }));
      time += 1799_000;
      own.simulator.expireOverdue();
      expect((await own.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
      time += 2000;
      expect((await press(session)).status).toBe(410);
      expect((await own.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
      expect(own.simulator.events().map((event) => event.type)).toEqual(['checkout.session.expired']);
    } finally {
      await own.simulator.close();
    }
  });

  test('shows yen without decimals and charges them whole', async () => {
    const session = await stripe.checkout.sessions.create(
      course({
        line_items: [
          { quantity: 3, price_data: { currency: 'jpy', unit_amount: 1000, product_data: { name: 'Kurs' } } },
        ],
      }),
    );
    expect(session.amount_total).toBe(3000);
    expect(await (await fetch(session.url ?? '')).text()).toContain('¥3,000');
  });

  test('sells a stored price and names its product', async () => {
    const product = await stripe.products.create({ name: 'Knots', metadata: { courseId: 'c-1' } });
    const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1500 });
    const session = await stripe.checkout.sessions.create(course({ line_items: [{ price: price.id, quantity: 2 }] }));
    const sold = await stripe.checkout.sessions.listLineItems(session.id);
    expect(sold.data).toMatchObject([
      { description: 'Knots', amount_total: 3000, price: { id: price.id, product: product.id } },
    ]);
    expect(String((await stripe.prices.retrieve(price.id)).unit_amount_decimal)).toBe('1500');
  });

  test('makes a customer only when told to', async () => {
    const session = await stripe.checkout.sessions.create(
      course({ customer_creation: 'always', customer_email: 'g@example.com' }),
    );
    await press(session);
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(paid.customer).toMatchObject({ object: 'customer', email: 'g@example.com' });
  });
});

describe('a call that Stripe would refuse is refused in the same shape', () => {
  test.each<[string, Record<string, unknown>, object]>([
    [
      'an unknown parameter',
      { foo: 1 },
      { code: 'parameter_unknown', param: 'foo', message: 'Received unknown parameter: foo' },
    ],
    [
      'an unknown parameter inside',
      { line_items: [{ quantity: 1, nope: 1 }] },
      { code: 'parameter_unknown', param: 'line_items[0][nope]' },
    ],
    ['no mode', { mode: undefined }, { code: 'parameter_missing', param: 'mode' }],
    ['no success_url', { success_url: undefined }, { code: 'parameter_missing', param: 'success_url' }],
    ['a success_url that is none', { success_url: 'thanks' }, { code: 'url_invalid', param: 'success_url' }],
    ['a script as address', { cancel_url: 'javascript:alert(1)' }, { code: 'url_invalid', param: 'cancel_url' }],
    ['an emptied parameter', { success_url: '' }, { code: 'parameter_invalid_empty', param: 'success_url' }],
    [
      'a half quantity',
      lines({ quantity: 1.5 }),
      { code: 'parameter_invalid_integer', param: 'line_items[0][quantity]' },
    ],
    ['no quantity', lines({ quantity: undefined }), { param: 'line_items[0]' }],
    ['49 cents', priced({ unit_amount: 49 }), { code: 'amount_too_small' }],
    ['a hundred million', priced({ unit_amount: 100_000_000 }), { param: 'line_items[0][price_data][unit_amount]' }],
    ['an unknown currency', priced({ currency: 'xyz' }), { param: 'line_items[0][price_data][currency]' }],
    [
      'a price that is not there',
      lines({ price_data: undefined, price: 'price_0' }),
      { code: 'resource_missing', param: 'line_items[0][price]' },
    ],
    ['too short a life', { expires_at: Math.floor(Date.now() / 1000) + 60 }, { param: 'expires_at' }],
    ['too long a life', { expires_at: Math.floor(Date.now() / 1000) + 90_000 }, { param: 'expires_at' }],
    ['an e-mail that is none', { customer_email: 'x' }, { code: 'email_invalid', param: 'customer_email' }],
    ['what is real but not simulated', { discounts: [{ coupon: 'x' }] }, { code: 'not_simulated', param: 'discounts' }],
    ['another mode', { mode: 'setup' }, { code: 'not_simulated', param: 'mode' }],
  ])('%s', async (_case, change, expected) => {
    const before = [simulator.sessions().length, simulator.events().length];
    const refusal = await refusalOf(stripe.checkout.sessions.create({ ...course(), ...change }));
    expect(refusal).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', ...expected });
    expect([simulator.sessions().length, simulator.events().length]).toEqual(before);
  });

  test('a wrong key, or none', async () => {
    const refusal = await refusalOf(clientOf(simulator, 'sk_test_wrong').checkout.sessions.create(course()));
    expect(refusal).toMatchObject({ statusCode: 401, type: 'StripeAuthenticationError' });
    expect(refusal.message).not.toContain(secretKey);
    expect((await fetch(`${simulator.url}/v1/charges`)).status).toBe(401);
  });

  test('an id that is not there, and a path that is none', async () => {
    expect(await refusalOf(stripe.checkout.sessions.retrieve('cs_test_0'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such checkout.session: 'cs_test_0'",
      param: 'id',
    });
    expect(await refusalOf(stripe.rawRequest('GET', '/v1/nothing'))).toMatchObject({ statusCode: 404 });
  });

  test('an expansion that is none', async () => {
    const session = await stripe.checkout.sessions.create(course());
    expect(await refusalOf(stripe.checkout.sessions.retrieve(session.id, { expand: ['foo'] }))).toMatchObject({
      message: 'This property cannot be expanded (foo).',
    });
  });
});

test('lists are newest first, in pages, and can be walked by the client', async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i += 1) made.push((await stripe.customers.create({ email: `c${i}@example.com` })).id);
  const first = await stripe.customers.list({ limit: 2 });
  expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
  const walked: string[] = [];
  for await (const customer of stripe.customers.list({ limit: 2 })) walked.push(customer.id);
  expect(walked.slice(0, 5)).toEqual(made.toReversed());
  expect(await refusalOf(stripe.customers.list({ starting_after: 'cus_0' }))).toMatchObject({
    code: 'resource_missing',
  });
});

test('metadata is merged, emptied keys go', async () => {
  const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
  const updated = await stripe.customers.update(id, { metadata: { a: '', c: '3' }, name: 'Grace' });
  expect(updated).toMatchObject({ name: 'Grace', metadata: { b: '2', c: '3' } });
  expect(updated.metadata).not.toHaveProperty('a');
});

function lines(change: object) {
  return {
    line_items: [
      { quantity: 1, price_data: { currency: 'eur', unit_amount: 4900, product_data: { name: 'A' } }, ...change },
    ],
  };
}
function priced(change: object) {
  return lines({ price_data: { currency: 'eur', unit_amount: 4900, product_data: { name: 'A' }, ...change } });
}
