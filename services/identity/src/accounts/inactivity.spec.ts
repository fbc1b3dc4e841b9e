import { type Account, appoint, register } from './account.js';
import { isNoteworthy, remind, seen } from './inactivity.js';

const start = new Date('2026-05-01T09:00:00Z');
const day = (days: number) => new Date(start.getTime() + days * 86_400_000);
const registration = {
  id: 'u1',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  role: 'STUDENT',
  passwordHash: 'hash',
} as const;
const verified = appoint(registration, start).state;
const after90 = { days: 90 };
const used = (account: Account, at: Date) => seen(account, at).state;

describe('an account', () => {
  it('notes once a day that it is used', () => {
    const noted = used(verified, day(1));
    expect(noted.lastSeenAt).toEqual(day(1));
    expect(isNoteworthy(noted, day(1.9))).toBe(false);
    expect(seen(noted, day(1.9)).changed).toBe(false);
    expect(used(noted, day(2)).lastSeenAt).toEqual(day(2));
  });

  it('that nobody uses for ninety days reminds its owner, once', () => {
    const account = used(verified, day(1));
    expect(remind(account, after90, day(90.9)).changed).toBe(false);
    const { state, events } = remind(account, after90, day(91));
    expect(events).toEqual([
      {
        type: 'identity.user-inactive.v1',
        data: {
          userId: 'u1',
          email: 'ada@example.com',
          firstName: 'Ada',
          lastSeenAt: day(1).toISOString(),
          noticedAt: day(91).toISOString(),
        },
      },
    ]);
    expect(remind(state, after90, day(500)).changed).toBe(false);
  });

  it('reminds again when it was used in between', () => {
    const reminded = remind(verified, after90, day(91)).state;
    const back = used(reminded, day(92));
    expect(back.remindedAt).toBeUndefined();
    expect(remind(back, after90, day(180)).changed).toBe(false);
    expect(remind(back, after90, day(182)).events).toHaveLength(1);
  });

  it('is in use when a session is, whatever it has noted itself', () => {
    expect(remind(verified, { days: 90, lastSession: day(20) }, day(100)).changed).toBe(false);
    expect(remind(verified, { days: 90, lastSession: day(20) }, day(110)).changed).toBe(true);
  });

  it('whose address was never proven reminds nobody', () => {
    const unproven = register(registration, { hash: 'h', sealed: 's' }, start).state;
    expect(remind(unproven, after90, day(400)).changed).toBe(false);
  });
});
