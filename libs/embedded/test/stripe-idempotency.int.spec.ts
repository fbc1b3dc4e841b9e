import { connect } from 'node:net';
import { bench, course, eventually, press, refusalOf, scratch, secretKey } from './stripe-bench.js';

test('the same key and parameters give the first answer again and do nothing twice', async () => {
  const { simulator, stripe } = await bench();
  try {
    const first = await stripe.checkout.sessions.create(course(), { idempotencyKey: 'order-1' });
    await press(first);
    const again = await stripe.checkout.sessions.create(course(), { idempotencyKey: 'order-1' });
    expect(again).toEqual(first);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(again.lastResponse.idempotencyKey).toBe('order-1');
    expect(simulator.sessions()).toHaveLength(1);
  } finally {
    await simulator.close();
  }
});

test('the same key with other parameters, or for another call, is refused', async () => {
  const { simulator, stripe } = await bench();
  try {
    await stripe.checkout.sessions.create(course(), { idempotencyKey: 'order-1' });
    const other = await refusalOf(
      stripe.checkout.sessions.create(course({ client_reference_id: 'x' }), { idempotencyKey: 'order-1' }),
    );
    expect(other).toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' });
    const elsewhere = await refusalOf(stripe.customers.create({}, { idempotencyKey: 'order-1' }));
    expect(elsewhere).toMatchObject({ type: 'StripeIdempotencyError' });
    expect(elsewhere.message).toContain("('/v1/checkout/sessions')");
    expect(simulator.sessions()).toHaveLength(1);
  } finally {
    await simulator.close();
  }
});

test('a refusal on the merits is kept for its key, a badly formed call is not', async () => {
  const { simulator, stripe } = await bench();
  try {
    const wrong = course({ success_url: 'nowhere' });
    await refusalOf(stripe.checkout.sessions.create(wrong, { idempotencyKey: 'k' }));
    const opened = await stripe.checkout.sessions.create(course(), { idempotencyKey: 'k' });

    const missing = { payment_intent: 'pi_0' };
    await refusalOf(stripe.refunds.create(missing, { idempotencyKey: 'r' }));
    const replayed = await refusalOf(stripe.refunds.create(missing, { idempotencyKey: 'r' }));
    expect(replayed).toMatchObject({ code: 'resource_missing' });
    expect(replayed.headers?.['idempotent-replayed']).toBe('true');
    expect(opened.status).toBe('open');
  } finally {
    await simulator.close();
  }
});

test('of simultaneous calls with one key, one works and the others meet a 409', async () => {
  const { simulator, stripe } = await bench({ faults: { apiDelayMs: 100 } });
  try {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => stripe.checkout.sessions.create(course(), { idempotencyKey: 'order-1' })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(4);
    for (const refusal of refused) expect(refusal).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect(simulator.sessions()).toHaveLength(1);
  } finally {
    await simulator.close();
  }
});

test('a key whose first request broke off is free again', async () => {
  const { simulator, stripe } = await bench();
  try {
    const socket = connect(simulator.port, '127.0.0.1');
    socket.write(
      `POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secretKey}\r\nIdempotency-Key: k\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nname=`,
    );
    await eventually(async () => {
      expect(await refusalOf(stripe.customers.create({}, { idempotencyKey: 'k' }))).toMatchObject({ statusCode: 409 });
    }).finally(() => socket.destroy());
    await eventually(async () => {
      expect((await stripe.customers.create({}, { idempotencyKey: 'k' })).object).toBe('customer');
    });
  } finally {
    await simulator.close();
  }
});

test('an answer that got lost is found again by the key, also after a restart', async () => {
  const dataDir = scratch();
  const first = await bench({ dataDir, faults: { apiLoseEvery: 1 } });
  try {
    await expect(first.stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' })).rejects.toThrow('connection');
    expect((await first.stripe.customers.list()).data).toHaveLength(1);
  } finally {
    await first.simulator.close();
  }

  const second = await bench({ dataDir });
  try {
    const found = await second.stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' });
    expect(found.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect((await second.stripe.customers.list()).data.map((one) => one.id)).toEqual([found.id]);
  } finally {
    await second.simulator.close();
  }
});
