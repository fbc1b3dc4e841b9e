import type Stripe from 'stripe';
import type { StripeSimulator } from '../src/stripe/index.js';
import { bench, course, press } from './stripe-bench.js';

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await bench({ merchant: 'Sail & Co' }));
});
afterAll(() => simulator.close());

const open = (path: string, form?: Record<string, string>) =>
  fetch(`${simulator.url}${path}`, {
    redirect: 'manual',
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });

test('the pay page shows who, what and how much, and runs no script', async () => {
  const session = await stripe.checkout.sessions.create(
    course({
      line_items: [
        {
          quantity: 2,
          price_data: { currency: 'eur', unit_amount: 1250, product_data: { name: '<b>Knots</b> & more' } },
        },
      ],
      customer_email: 'ada@example.com',
    }),
  );
  const answer = await fetch(session.url ?? '');
  const page = await answer.text();
  for (const text of [
    'Sail &#38; Co',
    '&#60;b&#62;Knots&#60;/b&#62; &#38; more',
    'Qty 2, €12.50 each',
    'Pay €25.00',
    'ada@example.com',
  ])
    expect(page).toContain(text);
  const policy = answer.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self' http://shop.test;");
  expect(page).not.toContain('<script');
});

test('a page of a session that is over, or never was, says so', async () => {
  const session = await stripe.checkout.sessions.create(course());
  await press(session);
  const done = await open(`/pay/${session.id}`);
  expect(done.status).toBe(200);
  expect(await done.text()).toContain(`http://shop.test/thanks?session=${session.id}`);
  expect((await open('/pay/cs_test_0')).status).toBe(404);
  expect((await open('/pay/cs_test_0', { outcome: 'pay' })).status).toBe(404);
});

test('an outcome that is none does nothing', async () => {
  const session = await stripe.checkout.sessions.create(course());
  expect((await press(session, { outcome: 'steal' })).status).toBe(400);
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
});

test('the home page lists what happened and switches faults', async () => {
  const session = await stripe.checkout.sessions.create(course());
  await press(session, { outcome: 'decline' });
  await open('/faults', { duplicates: '1', shuffle: 'true', delayMs: '-5', dropEvery: 'x' });
  const page = await (await open('/')).text();
  expect(page).toContain(`/pay/${session.id}`);
  expect(page).toContain('card_declined');
  expect(page).toMatch(/name="shuffle" value="true" +checked/);
  expect(page).toContain('name="delayMs" value="0"');
  await stripe.customers.create({});
  const [event] = (await stripe.events.list({ limit: 1 })).data;
  expect(simulator.deliveries().filter((delivery) => delivery.eventId === event?.id)).toHaveLength(2);
  expect((await open('/redeliver', { event: event?.id ?? '' })).status).toBe(303);
  expect((await open('/redeliver', { event: 'evt_0' })).status).toBe(404);
});
