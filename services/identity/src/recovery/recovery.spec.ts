import { register } from '../accounts/account.js';
import { changePassword } from '../passwords/password-change.js';
import { type Recovery, askForReset, holds, spend } from './recovery.js';

const start = new Date('2026-11-23T09:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const token = (name: string) => ({ hash: `hash of ${name}`, sealed: `sealed ${name}` });
const { state: account } = register(
  { id: 'u1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', role: 'STUDENT', passwordHash: '$1' },
  token('proof'),
  start,
);
const ask = (current: Recovery | undefined, name: string, at: Date) =>
  askForReset({ id: 'u1', email: account.email, account }, current, token(name), at);
const asked = ask(undefined, 'one', start);
const types = (change: { events: readonly { type: string }[] }) => change.events.map(({ type }) => type);

describe('a forgotten password', () => {
  it('is replaced by a link that its owner gets, which holds for an hour', () => {
    expect(types(asked)).toEqual(['identity.password-reset-requested.v1']);
    expect(asked.events[0]?.data).toMatchObject({ sealedToken: 'sealed one', expiresAt: '2026-11-23T10:00:00.000Z' });
    expect(JSON.stringify(asked.events)).not.toContain('hash of');
    expect(holds(asked.state, 'hash of one', account, later(59))).toBe(true);
    expect(holds(asked.state, 'hash of one', account, later(60))).toBe(false);
    expect(holds(asked.state, 'hash of two', account, later(1))).toBe(false);
  });

  it('uses its link once', () => {
    const spent = spend(asked.state, 'hash of one', account, later(5));
    expect(() => spend(spent.state, 'hash of one', account, later(5))).toThrow('This link has been used');
  });

  it('has one link at a time: another one replaces it', () => {
    const again = ask(asked.state, 'two', later(2)).state;
    expect(holds(again, 'hash of one', account, later(3))).toBe(false);
    expect(holds(again, 'hash of two', account, later(3))).toBe(true);
  });

  it('has a link for the address and the password of its time only', () => {
    expect(holds(asked.state, 'hash of one', { ...account, email: 'countess@example.com' }, later(1))).toBe(false);
    const changed = changePassword(account, { passwordHash: '$2', how: 'changed' }, later(1)).state;
    expect(holds(asked.state, 'hash of one', changed, later(2))).toBe(false);
  });

  it('brings mails after growing pauses, but never so rarely that the owner has no link that works', () => {
    let recovery: Recovery | undefined;
    const sent: number[] = [];
    for (let minute = 0; minute < 24 * 60; minute += 0.5) {
      const change = ask(recovery, `${minute}`, later(minute));
      if (change.events.length > 0) sent.push(minute);
      recovery = change.state;
    }
    expect(sent.slice(0, 7)).toEqual([0, 1, 3, 7, 15, 31, 63]);
    expect(sent.length).toBeLessThan(32);
    const pauses = sent.slice(1).map((at, n) => at - (sent[n] ?? 0));
    expect(Math.max(...pauses)).toBe(60);
  });

  it('of an address that nobody has is written down in the same way, and nobody is told', () => {
    const nobodys = askForReset({ id: 'n', email: 'x@example.com', account: undefined }, undefined, token('x'), start);
    expect(nobodys.events).toEqual([]);
    expect(Object.keys(nobodys.state)).toEqual(Object.keys(asked.state));
    const soon = askForReset(
      { id: 'n', email: 'x@example.com', account: undefined },
      nobodys.state,
      token('y'),
      later(0.5),
    );
    expect([soon.changed, ask(asked.state, 'two', later(0.5)).changed]).toEqual([true, true]);
    expect(soon.state.standing).toEqual(nobodys.state.standing);
  });
});
