import { newId } from '@lyceum/kernel';
import { welcome } from '../src/accounts/account.js';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { hashOf } from '../src/accounts/one-time-token.js';
import { ExternalIdentitiesStore } from '../src/external-sign-in/external-identities.store.js';
import { open } from '../src/external-sign-in/external-identity.js';
import { PASSWORD } from './platform.js';
import { ProvidersWorld } from './providers-world.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });

jest.setTimeout(60_000);

describe('whoever comes from a provider for the first time', () => {
  const world = new ProvidersWorld();
  const { platform } = world;
  beforeAll(() => world.start(), 60_000);
  afterAll(() => world.close(), 30_000);

  const somebody: ProvidersWorld['somebody'] = (...about) => world.somebody(...about);
  const through: ProvidersWorld['through'] = (...how) => world.through(...how);
  const signIn: ProvidersWorld['signIn'] = (...who) => world.signIn(...who);

  it('is asked for proof of the address where the provider is not believed in that', async () => {
    const email = somebody('untrusted');
    const { user } = await signIn('untrusted', 'guild');
    expect(user.emailVerified).toBe(false);
    const token = await platform.mailedToken(email);
    expect((await platform.post('/auth/verify-email', { token })).status).toBe(200);
  });

  it.each([
    ['an unproven address', { email_verified: false }],
    ['an address without a word about its proof', { email_verified: undefined }],
    ['no address', { email: undefined }],
    ['something that is no address', { email: 'no address' }],
  ])('gets no account with %s', async (_, told) => {
    somebody('unproven', told);
    const { location } = await through('unproven');
    expect(location.searchParams.get('external_error')).toBe('identity.external-address-unproven');
  });

  it('is not told by the address: the account that has it is not linked, and its owner hears of it', async () => {
    const email = somebody('owner');
    const { user } = await platform.signedIn(email);
    for (const provider of ['campus', 'guild']) {
      const { location } = await through('owner', provider);
      expect(location.searchParams.get('external_error')).toBe('identity.external-account-exists');
    }
    expect(await platform.told('identity.registration-repeated.v1', email)).toHaveLength(1);
    const { accessToken } = await platform.signIn(email);
    expect((await platform.request('GET', '/me/external-identities', accessToken)).body).toEqual({ items: [] });
    expect((await platform.request('GET', '/me', accessToken)).body).toMatchObject({ id: user.id });
  });

  it('tells nothing of an account to who only says that an address is theirs', async () => {
    const email = somebody('stranger', { email_verified: false });
    await platform.signedIn(email);
    const { location } = await through('stranger');
    expect(location.searchParams.get('external_error')).toBe('identity.external-address-unproven');
  });

  it('is one account, also when twenty browsers come for the first time at once', async () => {
    const email = somebody('crowd');
    const all = await Promise.all(Array.from({ length: 20 }, () => signIn('crowd')));
    expect(new Set(all.map(({ user }) => user.id)).size).toBe(1);
    expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
    expect(await platform.told('identity.external-identity-linked.v1', email)).toHaveLength(1);
  });

  it('is one account, also when two providers tell of the same address at once', async () => {
    for (let n = 0; n < 5; n += 1) {
      const email = somebody(`double-${n}`);
      const ends = await Promise.all(['campus', 'guild'].map((provider) => through(`double-${n}`, provider)));
      const outcomes = ends.map(({ location }) => location.searchParams.get('external_error'));
      expect(outcomes).toEqual(expect.arrayContaining(['identity.external-account-exists', null]));
      expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
      expect(await platform.told('identity.external-identity-linked.v1', email)).toHaveLength(1);
    }
  });

  it.each([
    ['before there was an account', false],
    ['before it was linked', true],
  ])('goes on with the account that a crash left half open, %s', async (_, hasAccount) => {
    const login = `crashed-${String(hasAccount)}`;
    const email = somebody(login);
    const about = {
      id: hashOf(JSON.stringify([world.campus.issuer, login])),
      provider: 'campus',
      issuer: world.campus.issuer,
    };
    const id = newId();
    const { app } = platform.service.service;
    await app.get(ExternalIdentitiesStore).change(about.id, () => open(undefined, about, id, platform.clock.now()));
    const newcomer = { id, email, firstName: 'Ada', lastName: 'Byron', role: 'STUDENT' as const };
    if (hasAccount)
      await app.get(AccountsStore).change(id, () => welcome(undefined, newcomer, 'vouched', platform.clock.now()));
    expect((await signIn(login)).user.id).toBe(id);
    expect((await signIn(login)).user.id).toBe(id);
    expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
  });

  it('has no password, which looks like a wrong one, until a mailed link gives one', async () => {
    const email = somebody('passwordless');
    const { user, accessToken } = await signIn('passwordless');
    const refused = problem(401, 'identity.sign-in-refused');
    expect(await platform.post('/auth/sign-in', { email, password: PASSWORD })).toMatchObject(refused);
    expect(await platform.post('/auth/sign-in', { email, password: 'undefined' })).toMatchObject(refused);
    const change = { currentPassword: PASSWORD, newPassword: 'a lantern over the bay' };
    const none = problem(409, 'identity.no-password-yet');
    expect(await platform.post('/me/password', change, accessToken)).toMatchObject(none);
    expect(await platform.post('/auth/step-up', { password: PASSWORD }, accessToken)).toMatchObject(none);
    await platform.post('/auth/forgot-password', { email });
    const token = await platform.mailedToken(email, 1, 'identity.password-reset-requested.v1');
    const newPassword = 'a lighthouse instead';
    expect((await platform.post('/auth/reset-password', { token, newPassword })).status).toBe(204);
    expect((await platform.signIn(email, 'Firefox', newPassword)).user.id).toBe(user.id);
    expect((await signIn('passwordless')).user.id).toBe(user.id);
  });
});
