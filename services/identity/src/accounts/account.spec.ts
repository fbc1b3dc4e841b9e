import {
  type Account,
  appoint,
  askForProof,
  isVerified,
  prove,
  register,
  rehash,
  repeatRegistration,
  welcome,
} from './account.js';

const start = new Date('2026-11-20T09:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const token = (name: string) => ({ hash: `hash of ${name}`, sealed: `sealed ${name}` });
const ada = {
  id: 'u1',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  role: 'STUDENT' as const,
  passwordHash: '$argon2id$1',
};
const registered = register(ada, token('one'), start);
const types = (change: { events: readonly { type: string }[] }) => change.events.map(({ type }) => type);

describe('an account', () => {
  it('is opened unverified, and its owner is asked to prove the address', () => {
    expect(isVerified(registered.state)).toBe(false);
    expect(types(registered)).toEqual(['identity.user-registered.v1', 'identity.verification-requested.v1']);
    expect(registered.events[1]?.data).toMatchObject({
      sealedToken: 'sealed one',
      expiresAt: '2026-11-21T09:00:00.000Z',
    });
  });

  it('keeps neither password nor token in what it tells the world', () => {
    expect(JSON.stringify(registered.events)).not.toMatch(/argon2|hash of/);
  });

  it('is verified by its token, once', () => {
    const proven = prove(registered.state, 'hash of one', later(5));
    expect(proven.state.verification).toEqual({ status: 'verified', at: later(5) });
    expect(types(proven)).toEqual(['identity.email-verified.v1']);
    expect(() => prove(proven.state, 'hash of one', later(6))).toThrow('This link has been used');
  });

  it('is not verified by a token that has expired, is another one, or belongs to another address', () => {
    expect(() => prove(registered.state, 'hash of one', later(24 * 60))).toThrow('This link');
    expect(() => prove(registered.state, 'hash of two', later(1))).toThrow('This link');
    const moved: Account = { ...registered.state, email: 'countess@example.com' };
    expect(() => prove(moved, 'hash of one', later(1))).toThrow('This link');
  });

  it('can be sent another link, which replaces the one before', () => {
    const again = askForProof(registered.state, token('two'), later(2));
    expect(types(again)).toEqual(['identity.verification-requested.v1']);
    expect(() => prove(again.state, 'hash of one', later(3))).toThrow('This link');
    expect(isVerified(prove(again.state, 'hash of two', later(3)).state)).toBe(true);
  });

  it('is sent at most one link a minute and five a day', () => {
    expect(askForProof(registered.state, token('two'), later(0.9)).changed).toBe(false);
    let account = registered.state;
    for (let n = 1; n <= 4; n += 1) account = askForProof(account, token(`${n}`), later(n * 2)).state;
    expect(account.mails.verification).toHaveLength(5);
    expect(askForProof(account, token('six'), later(60)).changed).toBe(false);
    expect(askForProof(account, token('six'), later(24 * 60)).changed).toBe(true);
  });

  it('is sent no link when it is verified', () => {
    const { state } = prove(registered.state, 'hash of one', later(5));
    expect(askForProof(state, token('two'), later(10)).changed).toBe(false);
  });

  it('tells its owner when somebody registers the address again, but not every time', () => {
    const once = repeatRegistration(registered.state, later(5));
    expect(types(once)).toEqual(['identity.registration-repeated.v1']);
    const twice = repeatRegistration(once.state, later(5.5));
    expect(types(twice)).toEqual([]);
    expect(types(repeatRegistration(twice.state, later(7)))).toEqual(['identity.registration-repeated.v1']);
    expect(twice.state).toMatchObject({ firstName: 'Ada', passwordHash: '$argon2id$1' });
  });

  it('of the first administrator is verified from the beginning', () => {
    const appointed = appoint({ ...ada, role: 'ADMIN' }, start);
    expect(isVerified(appointed.state)).toBe(true);
    expect(types(appointed)).toEqual(['identity.user-registered.v1', 'identity.email-verified.v1']);
  });

  it('of who comes by a provider has no password, and is verified where the provider is believed in that', () => {
    const newcomer = { id: 'u2', email: ada.email, firstName: 'Ada', lastName: 'Byron', role: 'STUDENT' as const };
    const vouched = welcome(undefined, newcomer, 'vouched', start);
    expect(vouched.state).toMatchObject({ roles: ['STUDENT'], verification: { status: 'verified' } });
    expect(vouched.state).not.toHaveProperty('passwordHash');
    expect(types(vouched)).toEqual(['identity.user-registered.v1', 'identity.email-verified.v1']);
    const asked = welcome(undefined, newcomer, token('one'), start);
    expect(types(asked)).toEqual(['identity.user-registered.v1', 'identity.verification-requested.v1']);
    expect(types(askForProof(asked.state, token('two'), start))).toEqual([]); // that mail counts
    expect(welcome(vouched.state, newcomer, token('one'), later(1)).changed).toBe(false);
  });

  it('gets a stronger hash only while the password is still the same', () => {
    expect(rehash(registered.state, '$argon2id$1', '$argon2id$2').state.passwordHash).toBe('$argon2id$2');
    expect(rehash(registered.state, '$argon2id$0', '$argon2id$2').changed).toBe(false);
  });
});
