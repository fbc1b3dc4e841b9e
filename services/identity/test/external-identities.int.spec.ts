import { Browser } from './browser.js';
import { PASSWORD, Platform, person } from './platform.js';
import { CLIENT, RealProvider } from './real-provider.js';
import { SoftwareAuthenticator } from '@lyceum/testing/authenticator';
import { z } from 'zod';

const HOME = 'https://app.lyceum.example/settings';
const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const Identities = z.object({
  items: z.array(z.object({ id: z.string(), provider: z.object({ id: z.string(), name: z.string() }) })),
});
const Options = z.object({ challenge: z.string(), user: z.object({ id: z.string() }) });

jest.setTimeout(60_000);

describe('accounts at providers', () => {
  const platform = new Platform();
  let campus: RealProvider;
  let guild: RealProvider;
  beforeAll(async () => {
    const redirectUri = (id: string) => `http://localhost:4000/auth/external/${id}/callback`;
    campus = await RealProvider.start(redirectUri('campus'));
    guild = await RealProvider.start(redirectUri('guild'));
    const settings = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
    await platform.start({
      OIDC_PROVIDERS: JSON.stringify([
        { id: 'campus', name: 'Campus', issuer: campus.issuer, trustsEmail: true, ...settings },
        { id: 'guild', name: 'Guild', issuer: guild.issuer, ...settings },
      ]),
      OIDC_RETURN_URLS: HOME,
    });
  }, 60_000);
  afterAll(async () => {
    await platform.close();
    await Promise.all([campus.close(), guild.close()]);
  }, 30_000);

  const told = (login: string) => ({ email: `${login}@example.com`, email_verified: true, given_name: 'Ada' });
  /** Who has come by Campus: no password. */
  function byCampus(login: string) {
    campus.people.set(login, told(login));
    return new Browser(platform).signInBy('campus', login, HOME);
  }
  /** Who has registered with a password and proven the address. */
  async function byPassword(email: string) {
    await platform.post('/auth/register', person(email));
    await platform.post('/auth/verify-email', { token: await platform.mailedToken(email) });
    return platform.signIn(email);
  }
  const beginLink = (browser: Browser, token: string, provider = 'guild') =>
    browser.begin(`/me/external-identities/${provider}/begin`, { returnTo: HOME }, token);
  async function link(token: string, login: string, provider = 'guild'): Promise<string> {
    const browser = new Browser(platform);
    return (await browser.through(await beginLink(browser, token, provider), login)).search;
  }
  const identitiesOf = async (token: string) =>
    Identities.parse((await platform.request('GET', '/me/external-identities', token)).body).items;
  const unlink = (token: string, id: string) => platform.request('DELETE', `/me/external-identities/${id}`, token);

  describe('linking one', () => {
    it('leads to the account by whichever address it has at the provider, and its owner is told', async () => {
      const email = 'linker@example.com';
      const { accessToken, user } = await byPassword(email);
      guild.people.set('linker-at-guild', { email: 'other@guild.example', email_verified: false });
      expect(await link(accessToken, 'linker-at-guild')).toBe('?external_linked=guild');
      expect(await platform.told('identity.external-identity-linked.v1', email)).toMatchObject([{ provider: 'Guild' }]);
      expect(await identitiesOf(accessToken)).toMatchObject([{ provider: { id: 'guild', name: 'Guild' } }]);
      expect((await new Browser(platform).signInBy('guild', 'linker-at-guild', HOME)).user.id).toBe(user.id);
      const { body } = await platform.request('GET', '/me/external-identities', accessToken);
      expect(body).toMatchObject({ items: [{ linkedAt: expect.any(String), lastUsedAt: expect.any(String) }] });
    });

    it('again changes nothing', async () => {
      const email = 'again@example.com';
      const { accessToken } = await byPassword(email);
      expect(await link(accessToken, 'again')).toBe('?external_linked=guild');
      expect(await link(accessToken, 'again')).toBe('?external_linked=guild');
      expect(await identitiesOf(accessToken)).toHaveLength(1);
      expect(await platform.told('identity.external-identity-linked.v1', email)).toHaveLength(1);
    });

    it('is refused when it is somebody else’s', async () => {
      const [ada, bob] = [await byCampus('ada'), await byCampus('bob')];
      expect(await link(ada.accessToken, 'shared')).toBe('?external_linked=guild');
      expect(await link(bob.accessToken, 'shared')).toBe('?external_error=identity.external-identity-taken');
      expect(await link(bob.accessToken, 'ada', 'campus')).toBe('?external_error=identity.external-identity-taken');
      expect((await new Browser(platform).signInBy('guild', 'shared', HOME)).user.id).toBe(ada.user.id);
      expect(await identitiesOf(bob.accessToken)).toHaveLength(1);
    });

    it('belongs to one account, also when twenty want it at once', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, (_, n) => byCampus(`wants-${n}`)));
      const results = await Promise.all(all.map(({ accessToken }) => link(accessToken, 'wanted')));
      expect(results.filter((result) => result === '?external_linked=guild')).toHaveLength(1);
      expect(results.filter((result) => result === '?external_error=identity.external-identity-taken')).toHaveLength(
        19,
      );
      const counts = await Promise.all(all.map(async ({ accessToken }) => (await identitiesOf(accessToken)).length));
      expect(counts.filter((count) => count === 2)).toHaveLength(1);
      expect(counts.filter((count) => count === 1)).toHaveLength(19);
    });

    it('is possible twenty times', async () => {
      const { accessToken } = await byCampus('collector');
      for (let n = 1; n < 20; n += 1) expect(await link(accessToken, `collected-${n}`)).toBe('?external_linked=guild');
      expect(await link(accessToken, 'one-more')).toBe('?external_error=identity.too-many-external-identities');
      expect(await link(accessToken, 'collected-1')).toBe('?external_linked=guild');
      expect(await identitiesOf(accessToken)).toHaveLength(20);
    });

    it('is for the account and the browser that began, not for whoever comes back', async () => {
      const [victim, attacker] = [await byCampus('victim'), await byCampus('attacker')];
      const attackers = new Browser(platform);
      const lure = await beginLink(attackers, attacker.accessToken);
      const victims = new Browser(platform);
      await victims.begin('/auth/external/campus/begin', {});
      const back = await victims.signInAt(lure, 'victim-at-guild');
      expect((await victims.comeBack(back, { authorization: `Bearer ${victim.accessToken}` })).status).toBe(400);
      expect(
        [await identitiesOf(victim.accessToken), await identitiesOf(attacker.accessToken)].map((all) => all.length),
      ).toEqual([1, 1]);
    });

    it('needs a session that is still there when the browser comes back', async () => {
      const { accessToken, user } = await byCampus('leaving');
      const browser = new Browser(platform);
      const back = await browser.signInAt(await beginLink(browser, accessToken), 'leaving-at-guild');
      expect((await platform.post('/auth/sign-out', {}, accessToken)).status).toBe(204);
      const { headers } = await browser.comeBack(back);
      expect(headers.get('location')).toBe(`${HOME}?external_error=identity.external-attempt-refused`);
      const again = await byCampus('leaving');
      expect(again.user.id).toBe(user.id);
      expect(await identitiesOf(again.accessToken)).toHaveLength(1);
    });

    it('is for who is signed in and has proven the address', async () => {
      const path = '/me/external-identities/guild/begin';
      expect(await platform.post(path, {})).toMatchObject({ status: 401 });
      const { accessToken } = await platform.signedIn('unproven@example.com');
      expect(await platform.post(path, {}, accessToken)).toMatchObject({ status: 403 });
      const { accessToken: proven } = await byCampus('wishful');
      expect(await platform.post('/me/external-identities/nobody/begin', {}, proven)).toMatchObject(
        problem(404, 'identity.provider-not-found'),
      );
      expect(await platform.post(path, { returnTo: 'https://evil.example' }, proven)).toMatchObject(
        problem(400, 'identity.return-address-refused'),
      );
    });
  });

  describe('unlinking one', () => {
    it('ends that way in, tells the owner, and a code that was given out before is void', async () => {
      const email = 'parting@example.com';
      const { accessToken } = await byPassword(email);
      guild.people.set('parting', told('parting'));
      await link(accessToken, 'parting');
      const browser = new Browser(platform);
      const location = await browser.through(
        await browser.begin('/auth/external/guild/begin', { returnTo: HOME }),
        'parting',
      );
      const [identity] = await identitiesOf(accessToken);
      expect((await unlink(accessToken, identity?.id ?? '')).status).toBe(204);
      expect(await platform.told('identity.external-identity-unlinked.v1', email)).toMatchObject([
        { provider: 'Guild' },
      ]);
      expect(await browser.exchange(location.searchParams.get('external_code') ?? '')).toMatchObject(
        problem(401, 'identity.external-code-refused'),
      );
      const after = new Browser(platform);
      const end = await after.through(await after.begin('/auth/external/guild/begin', { returnTo: HOME }), 'parting');
      expect(end.search).toBe('?external_error=identity.external-account-exists');
      expect(await link(accessToken, 'parting')).toBe('?external_linked=guild');
    });

    it('of somebody else looks as if there were none', async () => {
      const [ada, eve] = [await byCampus('ada-2'), await byCampus('eve-2')];
      const [identity] = await identitiesOf(ada.accessToken);
      const refused = problem(404, 'identity.external-identity-not-found');
      expect(await unlink(eve.accessToken, identity?.id ?? '')).toMatchObject(refused);
      expect(await unlink(eve.accessToken, 'none')).toMatchObject(refused);
      expect(await identitiesOf(ada.accessToken)).toHaveLength(1);
    });

    it('is refused when nobody could sign in any more', async () => {
      const email = 'last@example.com';
      const { accessToken } = await byCampus('last');
      const [only] = await identitiesOf(accessToken);
      expect(await unlink(accessToken, only?.id ?? '')).toMatchObject(problem(409, 'identity.last-way-to-sign-in'));
      await platform.post('/auth/forgot-password', { email });
      const token = await platform.mailedToken(email, 1, 'identity.password-reset-requested.v1');
      expect((await platform.post('/auth/reset-password', { token, newPassword: PASSWORD })).status).toBe(204);
      await platform.service.bus.publishTo('identity', platform.service.bus.ofType('identity.password-changed.v1'));
      const { accessToken: after } = await platform.signIn(email);
      expect(await identitiesOf(after)).toHaveLength(1); // the address was proven all along
      expect((await unlink(after, only?.id ?? '')).status).toBe(204);
    });

    it('leaves one of two, also when both go at once', async () => {
      for (let n = 0; n < 3; n += 1) {
        const { accessToken } = await byCampus(`two-${n}`);
        await link(accessToken, `two-${n}-at-guild`);
        const both = await identitiesOf(accessToken);
        const answers = await Promise.all(both.map(({ id }) => unlink(accessToken, id)));
        expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
        expect(await identitiesOf(accessToken)).toHaveLength(1);
      }
    });

    it('leaves a passkey, which then is the last way itself', async () => {
      const { accessToken } = await byCampus('keyed');
      const { body } = await platform.post('/me/passkeys/options', {}, accessToken);
      const device = new SoftwareAuthenticator({ origin: 'http://localhost:4000', rpId: 'localhost' });
      const answer = device.attest(Options.parse(body));
      const added = await platform.post('/me/passkeys', { name: 'Phone', answer }, accessToken);
      const { id } = z.object({ id: z.string() }).parse(added.body);
      const [identity] = await identitiesOf(accessToken);
      expect((await unlink(accessToken, identity?.id ?? '')).status).toBe(204);
      expect(await platform.request('DELETE', `/me/passkeys/${id}`, accessToken)).toMatchObject(
        problem(409, 'identity.last-way-to-sign-in'),
      );
    });
  });

  it('are no way in any more once a mailed link has set a password where the address was unproven', async () => {
    guild.people.set('squatter', told('squatted'));
    const squatter = await new Browser(platform).signInBy('guild', 'squatter', HOME);
    expect(squatter.user.emailVerified).toBe(false);
    const email = 'squatted@example.com';
    await platform.post('/auth/forgot-password', { email });
    const token = await platform.mailedToken(email, 1, 'identity.password-reset-requested.v1');
    expect((await platform.post('/auth/reset-password', { token, newPassword: PASSWORD })).status).toBe(204);
    for (const event of platform.service.bus.ofType('identity.password-changed.v1'))
      await platform.service.bus.publishTo('identity', [event, event]);
    expect(await platform.told('identity.external-identity-unlinked.v1', email)).toHaveLength(1);
    const { accessToken } = await platform.signIn(email);
    expect(await identitiesOf(accessToken)).toEqual([]);
  });

  // the last one: it moves the clock
  it('take a fresh proof of who it is, to be linked and to be unlinked', async () => {
    const { accessToken } = await byCampus('stale');
    const [identity] = await identitiesOf(accessToken);
    platform.clock.advance(601_000);
    const refused = problem(401, 'http.step-up-required');
    expect(await platform.post('/me/external-identities/guild/begin', {}, accessToken)).toMatchObject(refused);
    expect(await unlink(accessToken, identity?.id ?? '')).toMatchObject(refused);
  });
});
