import type { Account } from '../accounts/account.js';
import { cancelErasure, eraseAccount, isDue, scheduleErasure } from './account-erasure.js';
import { type Erasure, type Receipt, askAgain, begin, expected, missing, receive } from './erasure.js';

const now = new Date('2026-11-20T10:00:00.000Z');
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
const account: Account = {
  id: 'ada',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  roles: ['STUDENT'],
  state: { status: 'active' },
  passwordHash: 'hash',
  registeredAt: now,
  verification: { status: 'verified', at: now },
  mails: { verification: [], repetition: [] },
};
const order = { erasureId: 'e1', by: 'owner' as const, graceDays: 14 };

describe('an account that is to be erased', () => {
  const scheduled = scheduleErasure(account, order, now);

  it('is erased when the days of grace are over, and not before', () => {
    expect(scheduled.timers?.set).toMatchObject([{ at: later(14), event: { type: 'identity.erasure-due.v1' } }]);
    expect(isDue(scheduled.state, 'e1', later(13.9))).toBe(false);
    expect(isDue(scheduled.state, 'e1', later(14))).toBe(true);
    expect(isDue(scheduled.state, 'another', later(14))).toBe(false);
    expect(isDue(account, 'e1', later(14))).toBe(false);
  });

  it('is scheduled once', () => {
    expect(scheduleErasure(scheduled.state, { ...order, erasureId: 'e2' }, now).changed).toBe(false);
  });

  it('stays as it was when its owner cancels in time, and cannot be kept when it is too late', () => {
    const { state, timers, events } = cancelErasure(scheduled.state, later(13));
    expect(state).toEqual(account);
    expect(timers?.cancel).toEqual(['erasure']);
    expect(events).toMatchObject([{ type: 'identity.erasure-cancelled.v1' }]);
    expect(() => cancelErasure(state, later(13))).toThrow(/too late/);
    expect(() => cancelErasure(scheduled.state, later(14))).toThrow(/too late/);
  });

  it('leaves nothing but its id, and tells nothing but ids', () => {
    const { state, events } = eraseAccount(account, { erasureId: 'e1', sealedReceipt: 'sealed' }, now);
    expect(state).toEqual({ id: 'ada', status: 'erased', erasedAt: now });
    expect(JSON.stringify(events)).not.toMatch(/example|Ada|Lovelace/);
  });
});

describe('an erasure', () => {
  const begun = begin(undefined, { id: 'e1', userId: 'ada', by: 'owner' }, now).state;
  const receipt = (service: string, version = 1): Receipt => ({ service, version, erased: [], kept: [], at: now });
  const allBut = (last: string): Erasure =>
    expected
      .filter((service) => service !== last)
      .reduce((erasure, service) => receive(erasure, receipt(service), now).state, begun);

  it('waits for every service, and is complete with the last one', () => {
    const waiting = allBut('notify');
    expect([waiting.status, missing(waiting)]).toEqual(['waiting', ['notify']]);
    const { state, timers } = receive(waiting, receipt('notify'), later(1));
    expect([state.status, state.completeAt, missing(state)]).toEqual(['complete', later(1), []]);
    expect(timers?.cancel).toEqual(['ask-again']);
  });

  it('takes a receipt that tells more, and no older one', () => {
    const once = receive(begun, receipt('media', 3), now).state;
    expect(receive(once, receipt('media', 3), now).changed).toBe(false);
    expect(receive(once, receipt('media', 2), now).changed).toBe(false);
    const more = receive(once, { ...receipt('media', 4), erased: [{ what: 'files', count: 1 }] }, now).state;
    expect(more.receipts).toMatchObject([{ service: 'media', version: 4, erased: [{ count: 1 }] }]);
  });

  it('asks again later each time, a day apart at most, until it is complete', () => {
    let erasure = begun;
    const minutes = Array.from({ length: 9 }, () => {
      const { state, timers } = askAgain(erasure, now);
      erasure = state;
      return ((timers?.set?.[0]?.at.getTime() ?? 0) - now.getTime()) / 60_000;
    });
    expect(minutes).toEqual([30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440]);
    const complete = receive(allBut('notify'), receipt('notify'), now).state;
    expect(askAgain(complete, now).changed).toBe(false);
  });

  it('begins once', () => {
    expect(begin(begun, { id: 'e1', userId: 'ada', by: 'admin' }, later(1))).toMatchObject({
      changed: false,
      state: begun,
    });
  });
});
