import { register } from '../accounts/account.js';
import { changePassword } from '../passwords/password-change.js';
import { type EmailChange, askForChange, cancel, confirm, moveTo } from './email-change.js';

const start = new Date('2026-11-23T09:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const token = (name: string) => ({ hash: `hash of ${name}`, sealed: `sealed ${name}` });
const { state: account } = register(
  { id: 'u1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Byron', role: 'STUDENT', passwordHash: '$1' },
  token('registration'),
  start,
);
const ask = (current?: EmailChange, at = start, isTaken = false) =>
  askForChange(
    {
      account,
      newEmail: 'countess@example.com',
      isTaken,
      proof: token(`proof ${at.getTime()}`),
      stop: token(`stop ${at.getTime()}`),
    },
    current,
    at,
  );
const asked = ask().state;
const proofHash = `hash of proof ${start.getTime()}`;
const stopHash = `hash of stop ${start.getTime()}`;
const refusal = 'This link has been used';

describe('another address', () => {
  it('must prove itself, while the old one is told; neither gets the token of the other', () => {
    const [requested, announced] = ask().events;
    expect(requested?.data).toMatchObject({
      email: 'countess@example.com',
      sealedToken: expect.stringMatching('proof'),
    });
    expect(announced?.data).toMatchObject({ email: 'ada@example.com', sealedToken: expect.stringMatching('stop') });
  });

  it('that somebody else has is told nothing, and the old one the same as ever', () => {
    const { events, state } = ask(undefined, start, true);
    expect(events).toEqual([ask().events[1]]);
    expect(state).toEqual(asked);
  });

  it('becomes that of the account, proven, once', () => {
    const { standing } = confirm(asked, proofHash, later(5)).state;
    if (standing.status !== 'confirmed') throw new Error('not confirmed');
    const moved = moveTo(account, standing, later(5));
    expect(moved.state).toMatchObject({ email: 'countess@example.com', verification: { status: 'verified' } });
    expect(moved.events.map(({ type }) => type)).toEqual(['identity.email-changed.v1']);
    expect(() => moveTo(moved.state, standing, later(6))).toThrow(refusal);
  });

  it('can be confirmed again until the account has followed, but not stopped any more', () => {
    const { state } = confirm(asked, proofHash, later(5));
    expect(confirm(state, proofHash, later(6))).toMatchObject({ changed: false, state });
    expect(() => cancel(state, stopHash, later(6))).toThrow(refusal);
  });

  it('is not taken after it was stopped, after a day, or with the wrong token', () => {
    const { state } = cancel(asked, stopHash, later(5));
    expect(() => confirm(state, proofHash, later(6))).toThrow(refusal);
    expect(() => confirm(asked, proofHash, later(24 * 60))).toThrow(refusal);
    expect(() => confirm(asked, stopHash, later(1))).toThrow(refusal);
    expect(() => cancel(asked, proofHash, later(1))).toThrow(refusal);
  });

  it('is not taken when the password was changed meanwhile: the wish may be that of whoever was locked out', () => {
    const changed = changePassword(account, { passwordHash: '$2', how: 'reset' }, later(1)).state;
    const { standing } = confirm(asked, proofHash, later(5)).state;
    if (standing.status !== 'confirmed') throw new Error('not confirmed');
    expect(() => moveTo(changed, standing, later(5))).toThrow(refusal);
  });

  it('can be asked for once a minute and five times a day; the newest wish counts', () => {
    expect(() => ask(asked, later(0.9))).toThrow('Too many attempts');
    let current = asked;
    for (let n = 1; n < 5; n += 1) current = ask(current, later(n)).state;
    expect(() => confirm(current, proofHash, later(5))).toThrow(refusal);
    expect(() => ask(current, later(60))).toThrow('Too many attempts');
    expect(ask(current, later(24 * 60)).changed).toBe(true);
  });
});
