import { begin, deliveryId, isStale, judge, patience, pause } from './delivery.js';

const at = new Date('2026-11-20T09:00:00Z');
const hour = 3_600_000;
const to = { kind: 'user', userId: 'ada' } as const;
const message = { kind: 'enrolment-active', courseId: 'ts', courseTitle: 'TypeScript', at: at.toISOString() } as const;
const fresh = { ...begin('event-1', { channel: 'email', to, message, sealedToken: 'jwe' }, at), attempts: 1 };
const after = (ms: number) => new Date(at.getTime() + ms);

describe('a delivery', () => {
  it('is known by its event and channel, and the instructor’s beside the learner’s', () => {
    expect(fresh.id).toBe('event-1:email');
    expect(deliveryId('event-1', { channel: 'in-app', to })).toBe('event-1:in-app');
    expect(deliveryId('event-1', { channel: 'in-app', to: { kind: 'instructor', courseId: 'ts' } })).toBe(
      'event-1:in-app:instructor',
    );
  });
  it('is due at once', () => {
    expect(fresh.standing).toEqual({ status: 'pending', dueAt: at });
  });
  it('is over when it was sent, and keeps no token', () => {
    const verdict = judge(fresh, { kind: 'sent', providerId: 'm1' }, at, 0.5);
    expect(verdict).toMatchObject({ standing: { status: 'sent', at, providerId: 'm1' }, sealedToken: undefined });
    expect(Object.keys(verdict)).toEqual(expect.arrayContaining(['sealedToken', 'lastError', 'forgetAt']));
  });
  it('is over with a reason when it can never succeed, and keeps no token', () => {
    const verdict = judge(fresh, { kind: 'never', reason: 'no such address' }, at, 0.5);
    expect(verdict.standing).toEqual({ status: 'failed', at, reason: 'no such address' });
    expect(Object.keys(verdict)).toContain('sealedToken');
  });
  it('is tried again later and later, up to an hour, not all at one moment', () => {
    expect([1, 2, 3, 10, 13, 100].map((attempts) => pause(attempts, 0.5))).toEqual([
      1_000,
      2_000,
      4_000,
      512_000,
      hour,
      hour,
    ]);
    expect([pause(1, 0), pause(1, 1)]).toEqual([750, 1_250]);
    const verdict = judge({ ...fresh, attempts: 3 }, { kind: 'later', error: 'SendGrid answered 503' }, at, 0.5);
    expect(verdict).toEqual({
      standing: { status: 'pending', dueAt: after(4_000) },
      lastError: 'SendGrid answered 503',
    });
  });
  it('waits as long as the provider asks, but no longer than an hour', () => {
    const asked = (afterMs: number) => judge(fresh, { kind: 'later', error: '429', afterMs }, at, 0.5).standing;
    expect(asked(60_000)).toEqual({ status: 'pending', dueAt: after(60_000) });
    expect(asked(48 * hour)).toEqual({ status: 'pending', dueAt: after(hour) });
  });
  it('says what it waits for, and is due again all the same', () => {
    expect(judge(fresh, { kind: 'unknown', waitsFor: 'user:ada' }, at, 0.5).standing).toEqual({
      status: 'pending',
      waitsFor: 'user:ada',
      dueAt: after(1_000),
    });
  });
  it('is given up after three days and not before', () => {
    for (const outcome of [
      { kind: 'later', error: 'SendGrid answered 503' },
      { kind: 'unknown', waitsFor: 'user:ada' },
    ] as const) {
      expect(judge(fresh, outcome, after(patience - 1), 0.5).standing.status).toBe('pending');
      expect(judge(fresh, outcome, after(patience), 0.5).standing).toMatchObject({
        status: 'failed',
        reason: expect.stringMatching(/^given up: /),
      });
    }
  });
  it('is stale when its link no longer works', () => {
    const link = { ...fresh, message: { kind: 'verify-address', expiresAt: after(hour).toISOString() } as const };
    expect([isStale(link, after(hour - 1)), isStale(link, after(hour)), isStale(fresh, after(hour))]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
