import type { Authentication } from './authentication.js';
import { type Session, end, open, proveAgain, refresh } from './session.js';

const start = new Date('2026-11-20T09:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const days = (count: number) => after(count * 86_400);
const device = { userAgent: 'Firefox', address: '203.0.113.9' };
const owner = { id: 'u1', email: 'ada@example.com', firstName: 'Ada' };
const authentication: Authentication = { at: start, methods: ['pwd'] };
const about = { id: 's1', accountId: 'u1', device, authentication, tokenHash: 'one', network: 'n1' };
const opened = open(about, start).state;
const use = (session: Session, presented: string, next: string, now: Date) =>
  refresh(session, { presented, successor: { hash: next, sealed: `sealed ${next}` }, device, owner }, now);

describe('a session', () => {
  it('that begins somewhere new tells its owner in the same change', () => {
    const begun = { id: 's2', accountId: 'u1', device, authentication, tokenHash: 'one', network: 'n1' };
    const opened = { type: 'identity.session-opened.v1' };
    expect(open(begun, start).events).toMatchObject([opened]);
    const { state, events } = open({ ...begun, tell: owner }, start);
    expect(state).toMatchObject({ announced: true, state: { status: 'active' } });
    expect(events).toEqual([
      expect.objectContaining(opened),
      {
        type: 'identity.new-device-signed-in.v1',
        data: {
          userId: 'u1',
          email: 'ada@example.com',
          firstName: 'Ada',
          sessionId: 's2',
          browser: 'Firefox',
          signedInAt: start.toISOString(),
        },
      },
    ]);
  });

  it('puts a new token in the place of the one that is used', () => {
    const once = use(opened, 'one', 'two', after(60)).state;
    expect(once.state).toMatchObject({ status: 'active', tokenHash: 'two' });
    expect(use(once, 'two', 'three', after(120)).state.state).toMatchObject({ tokenHash: 'three' });
  });

  it('gives the same successor to a repeated use within ten seconds', () => {
    const once = use(opened, 'one', 'two', after(60)).state;
    const again = use(once, 'one', 'other', after(70));
    expect(again.changed).toBe(false);
    expect(again.state.state).toMatchObject({ tokenHash: 'two', spent: { successor: 'sealed two' } });
  });

  it.each([
    ['later than that', 'one', after(71)],
    ['of a token before the last', 'zero', after(61)],
  ])('ends for everyone at a use %s, and its owner is told', (_, presented, at) => {
    const once = use(opened, 'one', 'two', after(60)).state;
    const theft = use(once, presented, 'other', at);
    expect(theft.state.state).toEqual({ status: 'ended', at, because: 'compromised' });
    expect(theft.events).toEqual([
      expect.objectContaining({
        type: 'identity.session-compromised.v1',
        data: expect.objectContaining({ sessionId: 's1', userId: 'u1', email: 'ada@example.com' }),
      }),
    ]);
    expect(() => use(theft.state, 'two', 'three', after(80))).toThrow('sign in again');
  });

  it('lives thirty days from its last use', () => {
    expect(() => use(opened, 'one', 'two', days(30))).toThrow('sign in again');
    const used = use(opened, 'one', 'two', days(29)).state;
    expect(use(used, 'two', 'three', days(58)).changed).toBe(true);
  });

  it('lives ninety days at most', () => {
    let session = opened;
    for (const [n, day] of [25, 50, 75].entries())
      session = use(session, n === 0 ? 'one' : `t${day - 25}`, `t${day}`, days(day)).state;
    expect(use(session, 't75', 'last', days(89.9)).changed).toBe(true);
    expect(() => use(session, 't75', 'last', days(90))).toThrow('sign in again');
  });

  it('ends once, and then refreshes no more', () => {
    const ended = end(opened, 'signed-out', after(5)).state;
    expect(() => use(ended, 'one', 'two', after(6))).toThrow('sign in again');
    expect(end(ended, 'revoked', after(7)).changed).toBe(false);
  });

  it('tells that it began, was proven again and ended, with ids and a pseudonym and nothing else of its owner', () => {
    const events = [
      ...open(about, start).events,
      ...proveAgain(opened, { accountId: 'u1', shown: ['otp', 'mfa'] }, after(4)).events,
      ...end(opened, 'revoked', after(5)).events,
    ];
    const of = { userId: 'u1', sessionId: 's1' };
    expect(events.map(({ data }) => data)).toEqual([
      { ...of, methods: ['pwd'], network: 'n1', openedAt: start.toISOString() },
      { ...of, methods: ['otp', 'mfa'], provenAt: after(4).toISOString() },
      { ...of, reason: 'revoked', endedAt: after(5).toISOString() },
    ]);
  });
});
