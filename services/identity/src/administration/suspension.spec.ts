import { register } from '../accounts/account.js';
import { endOverdue, isSuspended, refuseSuspended, reinstate, signOutEverywhere, suspend } from './suspension.js';

const start = new Date('2026-11-20T09:00:00Z');
const after = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const person = { id: 'u1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', role: 'STUDENT' as const };
const ada = register({ ...person, passwordHash: 'x' }, { hash: 'h', sealed: 's' }, start).state;
const act = { adminId: 'root', reason: 'Chargebacks' };
const until = after(60);
const refused = (code: string) => expect.objectContaining({ code: `identity.${code}` });

describe('a suspension', () => {
  it('shuts the account, tells why and by whom, and says so to who may know', () => {
    const { state, events } = suspend(ada, act, start);
    expect(events).toMatchObject([
      { type: 'identity.account-suspended.v1', data: { userId: 'u1', email: 'ada@example.com', ...act } },
    ]);
    expect(() => refuseSuspended(state, after(99_999))).toThrow(refused('account-suspended'));
  });

  it('with an end sets a timer, and counts no more from that moment, before anything has fired', () => {
    const { state, timers } = suspend(ada, { ...act, until }, start);
    expect(timers).toMatchObject({ set: [{ at: until, event: { type: 'identity.suspension-over.v1' } }] });
    expect([isSuspended(state, after(59)), isSuspended(state, until)]).toEqual([true, false]);
    const over = endOverdue(state, start, until);
    expect(over.events).toMatchObject([{ type: 'identity.account-reinstated.v1', data: { by: 'time' } }]);
    expect(over.state.state).toEqual({ status: 'active' });
  });

  it('that was changed or ended is not ended by the timer of the one before', () => {
    const first = suspend(ada, { ...act, until }, start).state;
    const longer = suspend(first, { ...act, until: after(600) }, after(5));
    expect(endOverdue(longer.state, start, until).changed).toBe(false);
    const forGood = suspend(first, act, after(5));
    expect(forGood.timers).toEqual({ cancel: ['suspension-over'] });
    expect(endOverdue(forGood.state, start, until).changed).toBe(false);
    expect(endOverdue(reinstate(first, act, after(5)).state, start, until).changed).toBe(false);
  });

  it('asked for twice is one', () => {
    const once = suspend(ada, { ...act, until }, start).state;
    expect(suspend(once, { ...act, until }, after(1)).changed).toBe(false);
  });

  it('that would be over already, or is of one’s own account, is none', () => {
    expect(() => suspend(ada, { ...act, until: start }, start)).toThrow(refused('suspension-over'));
    expect(() => suspend(ada, { ...act, adminId: 'u1' }, start)).toThrow(refused('own-account'));
  });

  it('is ended by an administrator, with a reason, when there is one', () => {
    const { events, timers } = reinstate(suspend(ada, { ...act, until }, start).state, act, after(5));
    expect(events).toMatchObject([{ type: 'identity.account-reinstated.v1', data: { by: 'administrator', ...act } }]);
    expect(timers).toEqual({ cancel: ['suspension-over'] });
    expect(() => reinstate(ada, act, start)).toThrow(refused('not-suspended'));
  });
});

it('signing somebody out everywhere is told, and is not for oneself', () => {
  expect(signOutEverywhere(ada, act, start).events).toMatchObject([{ data: { userId: 'u1', ...act } }]);
  expect(() => signOutEverywhere(ada, { ...act, adminId: 'u1' }, start)).toThrow(refused('own-account'));
});
