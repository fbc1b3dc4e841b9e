import { courseArchived, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { type Call, eventually } from '@lyceum/testing';
import { begin } from '../src/payments/payment.js';
import { Payments } from '../src/payments/payments.store.js';
import { StripeGateway } from '../src/stripe/stripe.gateway.js';
import { DAY, MINUTE, Shop } from './shop.js';

jest.setTimeout(60_000);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());
afterEach(() => shop.simulator.setFaults({}));

const sessionsOf = (learnerId: string) =>
  shop.simulator.sessions().filter((session) => session.metadata?.['learnerId'] === learnerId);

describe('a checkout', () => {
  it('leads to Stripe’s pay page at catalog’s price, and is told to the world', async () => {
    const as = shop.learner();
    const courseId = await shop.course(4900);
    const { paymentId, url, price } = await shop.pageFor(as, courseId);
    expect(price).toEqual({ amount: 4900, currency: 'EUR' });
    const [session] = sessionsOf(as.id);
    expect(session).toMatchObject({
      url,
      amount_total: 4900,
      currency: 'eur',
      mode: 'payment',
      metadata: { paymentId, courseId, learnerId: as.id },
      success_url: `http://localhost:4000/checkout/done?payment=${paymentId}`,
    });
    const left = (session?.expires_at ?? 0) * 1_000 - shop.clock.now().getTime();
    expect(Math.abs(left - 60 * MINUTE)).toBeLessThan(10_000);
    await eventually(() => expect(shop.told(paymentId)).toEqual(['checkout-started']));
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open', checkout: { url } });
  });

  it('twenty at once on three instances are one session and one payment', async () => {
    const instances = [shop.booted.url, (await shop.instance()).url, (await shop.instance()).url];
    const as = shop.learner();
    const courseId = await shop.course();
    const token = await shop.booted.issuer.token({ sub: as.id });
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const answer = await fetch(`${instances[index % 3]}/checkout`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ courseId }),
        });
        return { status: answer.status, body: JSON.stringify(await answer.json()) };
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(sessionsOf(as.id)).toHaveLength(1);
    const history = await shop.booted.call('GET', '/payments', { as });
    expect(history.body).toMatchObject({ items: [{ status: 'open' }] });
    expect(JSON.stringify(history.body).match(/paymentId/g)).toHaveLength(1);
  });

  it('is refused to visitors, unverified accounts, with a bad body, for what is not on offer, free, one’s own', async () => {
    const paid = await shop.course();
    const free = await shop.course(0);
    const gone = await shop.course();
    await shop.booted.deliver(
      courseArchived,
      { courseId: gone, instructorId: 'grace', archivedAt: new Date().toISOString() },
      { version: 2 },
    );
    const as = shop.learner();
    const refused: [number, string, Call][] = [
      [401, 'http.not-signed-in', { body: { courseId: paid } }],
      [401, 'http.token-refused', { headers: { authorization: 'Bearer x.y.z' }, body: { courseId: paid } }],
      [403, 'http.email-not-verified', { as: { ...as, verified: false }, body: { courseId: paid } }],
      [400, 'http.invalid-request', { as, body: { courseId: { $ne: '' } } }],
      [400, 'http.invalid-request', { as, body: { courseId: paid, price: 1 } }],
      [404, 'billing.course-not-offered', { as, body: { courseId: 'nothing' } }],
      [404, 'billing.course-not-offered', { as, body: { courseId: gone } }],
      [422, 'billing.course-is-free', { as, body: { courseId: free } }],
      [422, 'billing.own-course', { as: { id: 'grace', roles: ['INSTRUCTOR'] }, body: { courseId: paid } }],
    ];
    for (const [status, code, call] of refused)
      expect(await shop.booted.call('POST', '/checkout', call)).toMatchObject({ status, body: { code } });
    expect(sessionsOf(as.id)).toHaveLength(0);
  });

  it('is refused to who has the course: by payment, or by enrolment until that has ended', async () => {
    const courseId = await shop.course();
    const buyer = shop.learner();
    await shop.bought(buyer, courseId);
    expect(await shop.checkout(buyer, courseId)).toMatchObject({
      status: 409,
      body: { code: 'billing.already-entitled' },
    });

    const enrolled = shop.learner();
    const enrolment = { enrollmentId: `${enrolled.id}:${courseId}`, learnerId: enrolled.id, courseId, courseTitle: '' };
    const at = new Date().toISOString();
    const activate = { ...enrolment, grant: { kind: 'free' as const, id: 'g1' }, activatedAt: at };
    await shop.booted.deliver(enrollmentEnded, { ...enrolment, reason: 'revoked', endedAt: at }, { version: 3 });
    await shop.booted.deliver(enrollmentActivated, activate, { version: 2 }); // late: the end is newer
    expect((await shop.checkout(enrolled, courseId)).status).toBe(201);
    await shop.booted.deliver(enrollmentActivated, activate, { version: 4 });
    expect(await shop.checkout(enrolled, courseId)).toMatchObject({ status: 409 });
  });

  it('may be begun again once access that was paid for has ended', async () => {
    const courseId = await shop.course();
    const as = shop.learner();
    await shop.bought(as, courseId);
    const endedAt = new Date(shop.clock.now().getTime() + 5_000).toISOString();
    const enrolment = { enrollmentId: `${as.id}:${courseId}`, learnerId: as.id, courseId, courseTitle: '' };
    await shop.booted.deliver(enrollmentEnded, { ...enrolment, reason: 'expired', endedAt }, { version: 2 });
    expect((await shop.checkout(as, courseId)).status).toBe(201);
  });

  it('repeated with its Idempotency-Key gets the first answer', async () => {
    const call = {
      as: shop.learner(),
      body: { courseId: await shop.course() },
      headers: { 'idempotency-key': newId() },
    };
    const first = await shop.booted.call('POST', '/checkout', call);
    const second = await shop.booted.call('POST', '/checkout', call);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body).toEqual(first.body);
  });
});

describe('the price', () => {
  it('is the one of the checkout, though it rises before the learner pays', async () => {
    const as = shop.learner();
    const courseId = await shop.course(4900);
    const { paymentId, url } = await shop.pageFor(as, courseId);
    await shop.course(9900, { id: courseId, edition: 2 });
    expect(await shop.pageFor(as, courseId)).toMatchObject({ paymentId, price: { amount: 4900 } });
    await shop.press(url);
    expect(await shop.becomes(as, paymentId, 'paid')).toMatchObject({ receipt: { total: { amount: 4900 } } });
  });

  it('is the lower one when it has fallen and the learner checks out again; the dearer page can no longer be paid', async () => {
    const as = shop.learner();
    const courseId = await shop.course(4900);
    const dear = await shop.pageFor(as, courseId);
    await shop.course(1900, { id: courseId, edition: 2 });
    const cheap = await shop.pageFor(as, courseId);
    expect(cheap).toMatchObject({ price: { amount: 1900 } });
    expect(cheap.paymentId).not.toBe(dear.paymentId);
    expect(await shop.press(dear.url)).toBe(410);
    expect(await shop.payment(as, dear.paymentId)).toMatchObject({ status: 'expired' });
  });
});

describe('when Stripe or we fail in the middle', () => {
  it('an answer that is lost costs the learner a repetition, and there is still one session', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    shop.simulator.setFaults({ apiLoseEvery: 1 });
    expect(await shop.checkout(as, courseId)).toMatchObject({
      status: 503,
      body: { code: 'billing.stripe-unavailable' },
    });
    shop.simulator.setFaults({});
    await shop.pageFor(as, courseId);
    expect(sessionsOf(as.id)).toHaveLength(1);
  });

  async function crashed(learnerId: string, courseId: string, reachedStripe = true): Promise<string> {
    const { app } = shop.booted.service;
    const now = shop.clock.now();
    const agreement = {
      id: newId(),
      learnerId,
      courseId,
      courseTitle: 'A course',
      price: { amount: 4900, currency: 'EUR' },
      createdAt: now,
      expiresAt: new Date(now.getTime() + 60 * MINUTE),
      successUrl: 'http://localhost:4000/done',
      cancelUrl: 'http://localhost:4000/cancelled',
    };
    const call = { by: 'a process that dies', until: new Date(now.getTime() + 30_000) };
    await app.get(Payments).change(agreement.id, () => begin(agreement, call));
    if (reachedStripe) await app.get(StripeGateway).openSession(agreement);
    return agreement.id;
  }

  it('a crash between Stripe’s answer and our write is healed by the next checkout, with the same session', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const paymentId = await crashed(as.id, courseId);
    shop.clock.advance(MINUTE);
    expect(await shop.pageFor(as, courseId)).toMatchObject({ paymentId });
    expect(sessionsOf(as.id)).toHaveLength(1);
  });

  it('such a crash is healed by the reconciler too, when the learner does not come back', async () => {
    const as = shop.learner();
    const paymentId = await crashed(as.id, await shop.course());
    shop.clock.advance(2 * MINUTE);
    expect(await shop.reconcile()).toBe(true);
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'open' });
    await eventually(() => expect(shop.told(paymentId)).toEqual(['checkout-started']));
    expect(sessionsOf(as.id)).toHaveLength(1);
  });

  it('and by the webhook, when it was even paid', async () => {
    const as = shop.learner();
    const paymentId = await crashed(as.id, await shop.course());
    await shop.press(sessionsOf(as.id)[0]?.url ?? '');
    expect(await shop.becomes(as, paymentId, 'paid')).toMatchObject({ paymentId });
  });

  it('a payment that never reached Stripe ends, and a new one can begin', async () => {
    const as = shop.learner();
    const courseId = await shop.course();
    const paymentId = await crashed(as.id, courseId, false);
    shop.clock.advance(DAY);
    await shop.reconcile();
    expect(await shop.payment(as, paymentId)).toMatchObject({ status: 'failed' });
    expect((await shop.pageFor(as, courseId)).paymentId).not.toBe(paymentId);
  });

  it('what Stripe does not accept is refused and leaves nothing under way', async () => {
    const as = shop.learner();
    const courseId = await shop.course(1);
    for (let time = 1; time <= 2; time += 1)
      expect(await shop.checkout(as, courseId)).toMatchObject({
        status: 422,
        body: { code: 'billing.purchase-refused' },
      });
  });
});
