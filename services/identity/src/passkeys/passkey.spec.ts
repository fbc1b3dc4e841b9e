import { type Passkey, add, isRepeated, ownedBy, remove, rename, suspect, use } from './passkey.js';
import { issue, spend } from './passkey-challenge.js';

const start = new Date('2026-11-20T09:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const owner = { id: 'u1', email: 'ada@example.com', firstName: 'Ada' };
const credential = { id: 'c', publicKey: 'k', transports: ['internal'], kind: 'singleDevice' } as const;
const added = add(undefined, { owner, id: 'p1', name: 'Phone', credential, counter: 5 }, start);
const passkey = ownedBy('u1', added.state);
const refused = (code: string) => expect.objectContaining({ code: `identity.${code}` });

describe('a passkey', () => {
  it('is told of when it comes and when it goes', () => {
    expect(added.events).toMatchObject([{ type: 'identity.passkey-added.v1', data: { name: 'Phone', userId: 'u1' } }]);
    const removed = remove(passkey, owner, after(60));
    expect(removed.events).toMatchObject([{ type: 'identity.passkey-removed.v1', data: { passkeyId: 'p1' } }]);
    expect(JSON.stringify(removed.state)).not.toContain('publicKey');
  });

  it('can be named and removed by its owner only, and not after it is gone', () => {
    const gone: Passkey = remove(passkey, owner, after(60)).state;
    for (const current of [undefined, gone])
      expect(() => rename(current, 'u1', 'x')).toThrow(refused('passkey-not-found'));
    expect(() => rename(passkey, 'u2', 'x')).toThrow(refused('passkey-not-found'));
    expect(() => remove(passkey, { ...owner, id: 'u2' }, after(60))).toThrow(refused('passkey-not-found'));
    expect(rename(passkey, 'u1', 'Key').state.name).toBe('Key');
  });

  it('is not put in the place of another one', () => {
    expect(() => add(passkey, { owner, id: 'p1', name: 'x', credential, counter: 0 }, after(1))).toThrow(
      refused('passkey-refused'),
    );
  });

  it.each([
    [5, 6, false],
    [5, 5, true],
    [5, 4, true],
    [5, 0, true],
    [0, 0, false],
    [0, 1, false],
  ])('at counter %d that comes with %d may be a copy: %s', (counter, next, expected) => {
    const current = ownedBy('u1', use(passkey, counter, after(1)).state);
    expect(isRepeated(current, next)).toBe(expected);
  });

  it('that may have been copied is told of once a day, and its counter stays', () => {
    const first = suspect(passkey, owner, after(60));
    expect(first.events).toMatchObject([{ type: 'identity.passkey-suspected.v1' }]);
    const current = ownedBy('u1', first.state);
    expect(current.state.counter).toBe(5);
    expect(suspect(current, owner, after(120))).toMatchObject({ changed: false, events: [] });
    expect(suspect(current, owner, after(86_460)).events).toHaveLength(1);
  });
});

describe('a challenge for authenticators', () => {
  const toProve = issue('c1', { kind: 'prove' }, start).state;
  const toAdd = issue('c2', { kind: 'add', accountId: 'u1' }, start).state;

  it('is good once, within five minutes', () => {
    const spent = spend(toProve, { kind: 'prove' }, after(299)).state;
    expect(() => spend(spent, { kind: 'prove' }, after(299))).toThrow(refused('passkey-refused'));
    expect(() => spend(toProve, { kind: 'prove' }, after(300))).toThrow(refused('passkey-refused'));
    expect(() => spend(undefined, { kind: 'prove' }, start)).toThrow(refused('passkey-refused'));
  });

  it('is good for what and for whom it was issued', () => {
    expect(() => spend(toProve, { kind: 'add', accountId: 'u1' }, start)).toThrow(refused('passkey-refused'));
    expect(() => spend(toAdd, { kind: 'prove' }, start)).toThrow(refused('passkey-refused'));
    expect(() => spend(toAdd, { kind: 'add', accountId: 'u2' }, start)).toThrow(refused('passkey-refused'));
    expect(spend(toAdd, { kind: 'add', accountId: 'u1' }, start).state.status).toBe('spent');
  });
});
