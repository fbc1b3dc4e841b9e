import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  Stripe,
  bench,
  clientOf,
  course,
  eventually,
  press,
  receiver,
  scratch,
  webhookSecret,
} from './stripe-bench.js';

const purchase = [
  'payment_intent.created',
  'charge.succeeded',
  'payment_intent.succeeded',
  'checkout.session.completed',
];

let merchant: Awaited<ReturnType<typeof receiver>>;
beforeEach(async () => {
  merchant = await receiver();
});
afterEach(() => merchant.close());

async function buy(stripe: Stripe): Promise<Stripe.Checkout.Session> {
  const session = await stripe.checkout.sessions.create(course());
  await press(session);
  return session;
}

test('a purchase is announced with a signature that the official library accepts', async () => {
  const { simulator, stripe } = await bench({ webhookUrl: merchant.url });
  try {
    const session = await buy(stripe);
    await eventually(() => expect(merchant.types().toSorted()).toEqual(purchase.toSorted()));

    const completed = merchant.received.find((one) => one.event.type === 'checkout.session.completed');
    expect(completed?.event).toMatchObject({
      object: 'event',
      livemode: false,
      api_version: Stripe.API_VERSION,
      data: { object: { id: session.id, payment_status: 'paid' } },
    });
    expect(completed?.headers['content-type']).toBe('application/json; charset=utf-8');
    const forged = () =>
      stripe.webhooks.constructEvent(
        completed?.body.replace('4900', '4901') ?? '',
        completed?.headers['stripe-signature'] ?? '',
        webhookSecret,
      );
    expect(forged).toThrow(Stripe.errors.StripeSignatureVerificationError);

    const listed = await stripe.events.list({ type: 'checkout.session.completed' });
    expect(listed.data.map((event) => event.id)).toEqual([completed?.event.id]);
    await eventually(async () =>
      expect((await stripe.events.retrieve(completed?.event.id ?? '')).pending_webhooks).toBe(0),
    );
  } finally {
    await simulator.close();
  }
});

test('an event is sent until somebody says 2xx, signed anew, and then never again', async () => {
  merchant.answerWith((_event, nth) => [500, 302, 404, 204][nth - 1] ?? 200);
  const { simulator, stripe } = await bench({ webhookUrl: merchant.url });
  try {
    await stripe.customers.create({});
    await eventually(() => expect(simulator.deliveries()).toMatchObject([{ state: 'delivered', attempts: 4 }]));
    expect(merchant.received.map((one) => one.status)).toEqual([500, 302, 404, 204]);
    expect(new Set(merchant.received.map((one) => one.event.id)).size).toBe(1);
  } finally {
    await simulator.close();
  }
});

test('a receiver that hangs is given up on and tried again', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { simulator, stripe } = await bench({ webhookUrl: `http://127.0.0.1:${port}`, webhookTimeoutMs: 30 });
  try {
    await stripe.customers.create({});
    await eventually(() => expect(simulator.deliveries()[0]?.attempts).toBeGreaterThan(1));
    expect(simulator.deliveries()[0]).toMatchObject({ state: 'waiting', outcome: expect.stringContaining('timeout') });
  } finally {
    await simulator.close();
    silent.close();
    silent.closeAllConnections();
  }
});

test('a receiver that comes back gets everything that it missed', async () => {
  const { port } = new URL(merchant.url);
  await merchant.close();
  const { simulator, stripe } = await bench({ webhookUrl: merchant.url, retryDelaysMs: [20] });
  try {
    await buy(stripe);
    await eventually(() => expect(simulator.deliveries().every((delivery) => delivery.attempts > 0)).toBe(true));
    merchant = await receiver(Number(port));
    await eventually(() => expect(merchant.types().toSorted()).toEqual(purchase.toSorted()));
  } finally {
    await simulator.close();
  }
});

test('events wait for the first address', async () => {
  const { simulator, stripe } = await bench();
  try {
    await stripe.customers.create({});
    simulator.setWebhookUrl(merchant.url);
    await eventually(() => expect(merchant.types()).toEqual(['customer.created']));
  } finally {
    await simulator.close();
  }
});

describe('on demand', () => {
  test('every event comes several times', async () => {
    const { simulator, stripe } = await bench({ webhookUrl: merchant.url, faults: { duplicates: 2 } });
    try {
      await buy(stripe);
      await eventually(() => expect(merchant.received).toHaveLength(12));
      expect(new Set(merchant.received.map((one) => one.event.id)).size).toBe(4);
    } finally {
      await simulator.close();
    }
  });

  test('events come in disorder', async () => {
    const { simulator, stripe } = await bench({ webhookUrl: merchant.url, faults: { shuffle: true } });
    try {
      for (let i = 0; i < 8; i += 1) await stripe.customers.create({ name: String(i) });
      await eventually(() => expect(merchant.received).toHaveLength(8));
      const made = simulator.events().map((event) => event.id);
      expect(merchant.received.map((one) => one.event.id)).not.toEqual(made);
    } finally {
      await simulator.close();
    }
  });

  test('events come late', async () => {
    const { simulator, stripe } = await bench({ webhookUrl: merchant.url, faults: { delayMs: 150 } });
    try {
      const begun = Date.now();
      await stripe.customers.create({});
      await eventually(() => expect(merchant.received).toHaveLength(1));
      expect(Date.now() - begun).toBeGreaterThanOrEqual(145);
    } finally {
      await simulator.close();
    }
  });

  test('every second event is lost until it is sent again by hand', async () => {
    const { simulator, stripe } = await bench({ webhookUrl: merchant.url, faults: { dropEvery: 2 } });
    try {
      await buy(stripe);
      await eventually(() => expect(merchant.received).toHaveLength(2));
      const lost = simulator.deliveries().filter((delivery) => delivery.state === 'dropped');
      expect(lost).toHaveLength(2);
      for (const delivery of lost) simulator.redeliver(delivery.eventId);
      await eventually(() => expect(merchant.types().toSorted()).toEqual(purchase.toSorted()));
      expect(() => simulator.redeliver('evt_0')).toThrow('no event evt_0');
    } finally {
      await simulator.close();
    }
  });
});

describe('a restart', () => {
  test('keeps everything, and delivers what was not delivered', async () => {
    const dataDir = scratch();
    const first = await bench({ dataDir, webhookUrl: 'http://127.0.0.1:9/away', retryDelaysMs: [3_600_000] });
    const session = await buy(first.stripe);
    await eventually(() =>
      expect(first.simulator.deliveries().every((delivery) => delivery.attempts === 1)).toBe(true),
    );
    await first.simulator.close();
    // a torn line: the machine stopped in the middle of a write that nobody was told of
    appendFileSync(join(dataDir, 'journal.jsonl'), '[["session","cs_test_torn",{"id":"cs_te');

    const second = await bench({ dataDir, webhookUrl: merchant.url });
    try {
      expect(await second.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'complete' });
      await eventually(() => expect(merchant.types().toSorted()).toEqual(purchase.toSorted()));
      await buy(second.stripe);
      await eventually(() => expect(merchant.received).toHaveLength(8));
      // received is one thing, the simulator having noted it another
      await eventually(() =>
        expect(second.simulator.deliveries().map((one) => one.state)).toEqual(Array(8).fill('delivered')),
      );
    } finally {
      await second.simulator.close();
    }
    const third = await bench({ dataDir, webhookUrl: merchant.url });
    try {
      expect(third.simulator.sessions().map((one) => one.status)).toEqual(['complete', 'complete']);
      expect(third.simulator.deliveries().map((one) => one.state)).toEqual(Array(8).fill('delivered'));
    } finally {
      await third.simulator.close();
    }
  });

  test('is survived by an open session, whose page has the new address', async () => {
    const dataDir = scratch();
    const first = await bench({ dataDir });
    const session = await first.stripe.checkout.sessions.create(course());
    await first.simulator.close();
    const second = await bench({ dataDir });
    try {
      const found = await clientOf(second.simulator).checkout.sessions.retrieve(session.id);
      expect((await press({ url: `${second.simulator.url}/pay/${found.id}` })).status).toBe(303);
    } finally {
      await second.simulator.close();
    }
  });
});
