import { reactionsOf } from '@lyceum/bus';
import {
  Envelope,
  checkoutExpired,
  checkoutStarted,
  courseArchived,
  coursePublished,
  enrollmentActivated,
  pendingLapsed,
  paymentRefunded,
  paymentSucceeded,
} from '@lyceum/contracts';
import {
  type BootedService,
  FakeClock,
  bootService,
  dataOf,
  eventually,
  goldenSamples,
  ownPaths,
} from '@lyceum/testing';
import { Reactions } from '../src/reactions.js';
import { enrollment } from '../src/service.js';

const at = '2026-11-20T09:00:00.000Z';
const course = (courseId: string, amount: number) =>
  dataOf(coursePublished, {
    courseId,
    title: `About ${courseId}`,
    instructorId: 'grace',
    price: { amount, currency: 'EUR' },
  });

describe('enrollment', () => {
  let booted: BootedService;
  let learners = 0;
  beforeAll(async () => {
    booted = await bootService(enrollment);
    await booted.deliver(coursePublished, course('free', 0));
    await booted.deliver(coursePublished, course('paid', 4900));
  });
  afterAll(() => booted.close());

  const learner = () => ({ id: `learner-${(learners += 1)}` });
  const purchase = (learnerId: string, paymentId: string) => ({ paymentId, learnerId, courseId: 'paid' });
  const paid = (learnerId: string, paymentId = 'p1') =>
    booted.deliver(
      paymentSucceeded,
      dataOf(paymentSucceeded, { ...purchase(learnerId, paymentId), courseTitle: 'About paid' }),
    );
  const refunded = (learnerId: string, paymentId = 'p1', full = true) =>
    booted.deliver(paymentRefunded, dataOf(paymentRefunded, { ...purchase(learnerId, paymentId), full }));
  const told = (type: string, learnerId: string) =>
    booted.bus.ofType(type).filter(({ data }) => (data as { learnerId: string }).learnerId === learnerId);

  describe('POST /enrollments', () => {
    it('enrols in a free course and tells the world once, however often it is asked', async () => {
      const as = learner();
      for (let i = 0; i < 3; i += 1) {
        const answer = await booted.call('POST', '/enrollments', { as, body: { courseId: 'free' } });
        expect(answer).toMatchObject({ status: 201, body: { status: 'active', courseTitle: 'About free' } });
      }
      await eventually(() => expect(told('enrollment.activated.v1', as.id)).toHaveLength(1));
      expect(enrollmentActivated.parse(told('enrollment.activated.v1', as.id)[0]).data.grant.kind).toBe('free');
    });
    it('refuses a visitor, an unverified account, a bad body, a course that costs, one that is not there, one’s own', async () => {
      const refusals: [number, string, Parameters<BootedService['call']>[2]][] = [
        [401, 'http.not-signed-in', { body: { courseId: 'free' } }],
        [403, 'http.email-not-verified', { as: { id: 'x', verified: false }, body: { courseId: 'free' } }],
        [400, 'http.invalid-request', { as: { id: 'x' }, body: { courseId: { $ne: '' } } }],
        [400, 'http.invalid-request', { as: { id: 'x' }, body: { courseId: 'free', learnerId: 'somebody else' } }],
        [402, 'enrollment.payment-required', { as: { id: 'x' }, body: { courseId: 'paid' } }],
        [404, 'enrollment.course-not-offered', { as: { id: 'x' }, body: { courseId: 'none' } }],
        [409, 'enrollment.own-course', { as: { id: 'grace', roles: ['INSTRUCTOR'] }, body: { courseId: 'free' } }],
      ];
      for (const [status, code, call] of refusals) {
        const answer = await booted.call('POST', '/enrollments', call);
        expect(answer).toMatchObject({ status, body: { code, status } });
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
      }
    });
    it('answers a repeated request with the first answer, and refuses the key for another one', async () => {
      const as = learner();
      const headers = { 'idempotency-key': 'key-000001' };
      const first = await booted.call('POST', '/enrollments', { as, headers, body: { courseId: 'free' } });
      const again = await booted.call('POST', '/enrollments', { as, headers, body: { courseId: 'free' } });
      expect(again).toMatchObject({ status: 201, body: first.body });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      const other = await booted.call('POST', '/enrollments', { as, headers, body: { courseId: 'paid' } });
      expect(other).toMatchObject({ status: 422, body: { code: 'http.idempotency-key-reused' } });
      const refused = { 'idempotency-key': 'key-000002' };
      for (let i = 0; i < 2; i += 1)
        expect(
          await booted.call('POST', '/enrollments', { as, headers: refused, body: { courseId: 'paid' } }),
        ).toMatchObject({ status: 402 });
    });
  });

  describe('a purchase', () => {
    it('is pending, then active, then ended by its refund', async () => {
      const as = learner();
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      await booted.deliver(checkoutStarted, dataOf(checkoutStarted, { ...purchase(as.id, 'p1'), expiresAt }));
      const status = async () => (await booted.call('GET', `/enrollments/${as.id}:paid`, { as })).body;
      expect(await status()).toMatchObject({ status: 'pending', expiresAt, courseTitle: 'About paid' });
      await paid(as.id);
      expect(await status()).toMatchObject({ status: 'active' });
      expect(await booted.call('GET', '/access/paid', { as })).toMatchObject({ body: { access: true } });
      await refunded(as.id, 'p1', false);
      expect(await status()).toMatchObject({ status: 'active' });
      await refunded(as.id);
      expect(await status()).toMatchObject({ status: 'ended', reason: 'refunded' });
      expect(await booted.call('GET', '/access/paid', { as })).toMatchObject({ body: { access: false } });
    });
    it('is shown as ended when its pay page has closed, heard of or not', async () => {
      const as = learner();
      await booted.deliver(checkoutStarted, dataOf(checkoutStarted, { ...purchase(as.id, 'p1'), expiresAt: at }));
      expect(await booted.call('GET', `/enrollments/${as.id}:paid`, { as })).toMatchObject({
        body: { status: 'ended', reason: 'expired' },
      });
      await booted.deliver(checkoutExpired, { ...purchase(as.id, 'p1'), expiredAt: at });
      expect(await booted.call('GET', `/enrollments/${as.id}:paid`, { as })).toMatchObject({
        body: { status: 'ended', reason: 'expired' },
      });
    });
    it('counts once when its events come several times and in the wrong order', async () => {
      const as = learner();
      await Promise.all(Array.from({ length: 20 }, () => paid(as.id)));
      await eventually(() => expect(told('enrollment.activated.v1', as.id)).toHaveLength(1));
      const late = learner();
      await refunded(late.id);
      await paid(late.id);
      await paid(late.id);
      expect(await booted.call('GET', '/access/paid', { as: late })).toMatchObject({ body: { access: false } });
      expect(told('enrollment.activated.v1', late.id)).toEqual([]);
    });
    it('ends without touching what the learner has besides', async () => {
      const as = learner();
      await booted.call('POST', '/enrollments', { as, body: { courseId: 'free' } });
      await paid(as.id);
      await refunded(as.id);
      expect(await booted.call('GET', '/access/free', { as })).toMatchObject({ body: { access: true } });
      expect(await booted.call('GET', '/access/explain?courseId=paid', { as })).toMatchObject({
        body: { access: false, because: [], ended: [{ id: 'p1', reason: 'refunded' }] },
      });
    });
  });

  describe('reading', () => {
    it('lists the caller’s own enrolments in pages', async () => {
      const as = learner();
      await booted.call('POST', '/enrollments', { as, body: { courseId: 'free' } });
      await paid(as.id);
      const first = await booted.call('GET', '/enrollments?limit=1', { as });
      const { items, next } = first.body as { items: { courseId: string }[]; next: string };
      const second = await booted.call('GET', `/enrollments?limit=1&after=${next}`, { as });
      expect(
        [...items, ...(second.body as { items: { courseId: string }[] }).items].map((each) => each.courseId),
      ).toEqual(['free', 'paid']);
      expect(second.body).not.toHaveProperty('next');
      expect(await booted.call('GET', '/enrollments?after=forged', { as })).toMatchObject({
        status: 400,
        body: { code: 'http.invalid-cursor' },
      });
      expect(await booted.call('GET', '/enrollments?limit=0', { as })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'limit' }] },
      });
    });
    it('shows nobody another’s enrolment, and visitors none', async () => {
      const as = learner();
      await paid(as.id);
      expect(await booted.call('GET', `/enrollments/${as.id}:paid`, { as: learner() })).toMatchObject({
        status: 404,
        body: { code: 'enrollment.not-found' },
      });
      for (const path of [
        '/enrollments',
        `/enrollments/${as.id}:paid`,
        '/access/paid',
        '/access/explain?courseId=paid',
      ])
        expect(await booted.call('GET', path)).toMatchObject({ status: 401, body: { code: 'http.not-signed-in' } });
    });
  });

  describe('a purchase of which nothing more is heard', () => {
    const hour = 3_600_000;
    let clock: FakeClock;
    let later: BootedService;
    beforeAll(async () => {
      clock = new FakeClock(new Date());
      later = await bootService(enrollment, { clock });
    });
    afterAll(() => later.close());

    const began = async (learnerId: string, paymentId = 'p1') => {
      const expiresAt = new Date(clock.now().getTime() + 48 * hour).toISOString();
      const data = dataOf(checkoutStarted, { ...purchase(learnerId, paymentId), expiresAt });
      await later.bus.publishTo('enrollment', [
        Envelope.parse({
          ...(goldenSamples('billing.checkout-started.v1')[0] as object),
          id: `${learnerId}-${paymentId}`,
          time: clock.now().toISOString(),
          data,
        }),
      ]);
    };
    const paidLater = (learnerId: string, paymentId = 'p1') =>
      later.deliver(
        paymentSucceeded,
        dataOf(paymentSucceeded, { ...purchase(learnerId, paymentId), courseTitle: 'About paid' }),
      );
    const statusOf = async (id: string) =>
      (await later.call('GET', `/enrollments/${id}:paid`, { as: { id } })).body as { status: string };
    const lapsed = (learnerId: string) =>
      later.bus
        .ofType('enrollment.pending-lapsed.v1')
        .filter(({ data }) => (data as { learnerId: string }).learnerId === learnerId);

    it('lapses a day after it began, and a payment that comes still later counts', async () => {
      const { id } = learner();
      const { id: other } = learner();
      await began(id);
      clock.advance(23 * hour);
      await began(other);
      expect(await statusOf(id)).toMatchObject({ status: 'pending' });
      clock.advance(1 * hour);
      await eventually(async () => expect(await statusOf(id)).toMatchObject({ status: 'ended', reason: 'expired' }));
      expect(lapsed(id)).toHaveLength(1);
      expect(await statusOf(other)).toMatchObject({ status: 'pending' });

      // the same word again, and the beginning again, change nothing
      await later.deliver(pendingLapsed, pendingLapsed.parse(lapsed(id)[0]).data);
      await paidLater(id);
      expect(await statusOf(id)).toMatchObject({ status: 'active' });
      await later.deliver(pendingLapsed, pendingLapsed.parse(lapsed(id)[0]).data);
      expect(await statusOf(id)).toMatchObject({ status: 'active' });
    });

    it('does not lapse when it was paid, given up or refunded in time', async () => {
      const [paying, leaving, refunding, waiting] = [learner().id, learner().id, learner().id, learner().id];
      for (const id of [paying, leaving, refunding, waiting]) await began(id);
      await paidLater(paying);
      await later.deliver(checkoutExpired, { ...purchase(leaving, 'p1'), expiredAt: clock.now().toISOString() });
      await later.deliver(paymentRefunded, dataOf(paymentRefunded, { ...purchase(refunding, 'p1'), full: true }));
      clock.advance(30 * 24 * hour);
      await eventually(() => expect(lapsed(waiting)).toHaveLength(1));
      for (const id of [paying, leaving, refunding]) expect(lapsed(id)).toEqual([]);
      expect(await statusOf(paying)).toMatchObject({ status: 'active' });
    });
  });

  it('offers a course no longer once it is archived, also when that is heard of first', async () => {
    await booted.deliver(courseArchived, { courseId: 'gone', instructorId: 'grace', archivedAt: at }, { version: 2 });
    await booted.deliver(coursePublished, course('gone', 0), { version: 1 });
    expect(await booted.call('POST', '/enrollments', { as: learner(), body: { courseId: 'gone' } })).toMatchObject({
      status: 404,
    });
  });

  it('understands every recorded event that it listens to', async () => {
    for (const { type } of reactionsOf(Reactions))
      for (const sample of goldenSamples(type))
        await expect(booted.bus.publishTo('enrollment', [Envelope.parse(sample)])).resolves.toBeUndefined();
  });

  it('documents every route', async () => {
    const document = (await booted.call('GET', '/openapi.json')).body as { paths: Record<string, object> };
    expect(Object.keys(ownPaths(document.paths)).sort()).toEqual([
      '/access/explain',
      '/access/{courseId}',
      '/enrollments',
      '/enrollments/{enrollmentId}',
    ]);
  });
});
