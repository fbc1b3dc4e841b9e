import { decodeJwt } from 'jose';
import { Browser } from './browser.js';
import { Platform, Tokens } from './platform.js';
import { type Script, ScriptedProvider } from './scripted-provider.js';

const HOME = 'https://app.lyceum.example/welcome';
const CLIENT = { id: 'lyceum', secret: 'a-client-secret-of-more-than-32-characters' };
const REFUSED = 'identity.external-sign-in-refused';
const now = () => Math.floor(Date.now() / 1_000);

jest.setTimeout(60_000);

describe('a provider that does what it likes', () => {
  const platform = new Platform();
  let shady: ScriptedProvider;
  let quiet: ScriptedProvider;
  let telling: ScriptedProvider;
  beforeAll(async () => {
    [shady, quiet, telling] = [
      await ScriptedProvider.start(CLIENT),
      await ScriptedProvider.start(CLIENT),
      await ScriptedProvider.start(CLIENT),
    ];
    quiet.namesItself = false;
    telling.script = { userinfo: {} };
    const settings = { clientId: CLIENT.id, clientSecret: CLIENT.secret, trustsEmail: true };
    const strong = { twoFactorAmr: ['mfa'], twoFactorAcr: ['urn:strong'] };
    await platform.start({
      OIDC_PROVIDERS: JSON.stringify([
        { id: 'shady', name: 'Shady', issuer: shady.issuer, ...settings },
        { id: 'quiet', name: 'Quiet', issuer: quiet.issuer, ...settings, ...strong },
        { id: 'telling', name: 'Telling', issuer: telling.issuer, ...settings },
        { id: 'renamed', name: 'Renamed', issuer: shady.issuer.replace('127.0.0.1', 'localhost'), ...settings },
      ]),
      OIDC_RETURN_URLS: HOME,
    });
  }, 60_000);
  afterAll(async () => {
    await platform.close();
    await Promise.all([shady.close(), quiet.close(), telling.close()]);
  }, 30_000);

  const known = { email: 'somebody@example.com', email_verified: true, given_name: 'Ada', family_name: 'Byron' };
  async function outcome(provider: ScriptedProvider, id: string, script: Script, more: object = {}, answer = {}) {
    provider.script = script;
    const browser = new Browser(platform);
    const url = await browser.begin(`/auth/external/${id}/begin`, { returnTo: HOME, ...more });
    const { headers } = await browser.comeBack(provider.signIn(url, answer));
    const { searchParams } = new URL(headers.get('location') ?? '');
    const code = searchParams.get('external_code');
    return { browser, error: searchParams.get('external_error'), code };
  }
  async function accessToken(provider: ScriptedProvider, id: string, claims: Record<string, unknown>, more = {}) {
    const { browser, code } = await outcome(provider, id, { claims: { ...known, ...claims } }, more);
    return decodeJwt(Tokens.parse((await browser.exchange(code ?? '')).body).accessToken);
  }

  it('signs in with a good id_token, and the code goes with PKCE and the secret to the token endpoint', async () => {
    expect(await outcome(shady, 'shady', { claims: known })).toMatchObject({ error: null });
    const form = shady.forms.at(-1);
    expect(form?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(form?.get('redirect_uri')).toBe('http://localhost:4000/auth/external/shady/callback');
    expect(form?.get('client_secret')).toBe(CLIENT.secret); // it says that it takes nothing else
  });

  it.each<[string, Script]>([
    ['for another client', { claims: { aud: 'another' } }],
    ['for several clients without saying which', { claims: { aud: [CLIENT.id, 'another'] } }],
    ['for several clients, of which another is meant', { claims: { aud: [CLIENT.id, 'another'], azp: 'another' } }],
    ['for us that another client is authorised by', { claims: { azp: 'another' } }],
    ['with another nonce', { claims: { nonce: 'x'.repeat(43) } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['that has expired', { claims: { iat: 1_000, exp: 2_000 } }],
    ['that never expires', { claims: { exp: undefined } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['that is not valid yet', { claims: { nbf: 9_999_999_999 } }],
    ['signed with another key', { sign: 'with another key' }],
    ['that is not signed', { sign: 'not at all' }],
    ['signed with our own secret', { sign: 'with the secret of the client' }],
  ])('is refused with an id_token %s', async (_, script) => {
    const { error, code } = await outcome(shady, 'shady', { ...script, claims: { ...known, ...script.claims } });
    expect([error, code]).toEqual([REFUSED, null]);
  });

  it('is refused when it leaves out that it is itself although it says that it tells, or says that it is another', async () => {
    expect((await outcome(shady, 'shady', { claims: known }, {}, { iss: 'https://evil.example' })).error).toBe(REFUSED);
    expect((await outcome(shady, 'shady', { claims: known }, {}, { iss: '' })).error).toBe(REFUSED);
    expect((await outcome(quiet, 'quiet', { claims: known }, {}, { iss: 'https://evil.example' })).error).toBe(REFUSED);
  });

  it('is refused when it gives tokens past its token endpoint', async () => {
    expect((await outcome(shady, 'shady', { claims: known }, {}, { id_token: 'x.y.z' })).error).toBe(REFUSED);
  });

  it('is as good as away when it fails', async () => {
    expect((await outcome(shady, 'shady', { status: 503 })).error).toBe('identity.provider-unavailable');
    const answered = await outcome(shady, 'shady', { claims: known }, {}, { error: 'temporarily_unavailable' });
    expect(answered.error).toBe('identity.provider-unavailable');
    const cancelled = await outcome(shady, 'shady', { claims: known }, {}, { error: 'access_denied' });
    expect(cancelled.error).toBe('identity.external-sign-in-cancelled');
  });

  it('cannot be used under an issuer that is not its own', async () => {
    expect(await platform.post('/auth/external/renamed/begin', {})).toMatchObject({
      status: 503,
      body: { code: 'identity.provider-unavailable' },
    });
  });

  it('is asked about the person where the id_token does not tell; about the same subject only', async () => {
    const userinfo = { sub: 'somebody', ...known, email: 'asked@example.com' };
    expect((await outcome(telling, 'telling', { userinfo: { ...userinfo, sub: 'else' } })).error).toBe(REFUSED);
    const unproven = await outcome(telling, 'telling', {
      userinfo: { ...userinfo, email_verified: undefined },
      claims: { email_verified: true },
    });
    expect(unproven.error).toBe('identity.external-address-unproven');
    expect((await outcome(telling, 'telling', { userinfo })).error).toBeNull();
  });

  it('is not believed that it has seen two factors, unless the configuration says by which words', async () => {
    const strong = { sub: 'strong', email: 'strong@example.com', amr: ['pwd', 'mfa'], acr: 'urn:strong' };
    expect(await accessToken(shady, 'shady', strong)).toMatchObject({ amr: ['fed'], acr: 'aal1' });
    const other = { ...strong, email: 'strong@quiet.example' };
    expect(await accessToken(quiet, 'quiet', { ...other, acr: undefined })).toMatchObject({
      amr: ['fed', 'mfa'],
      acr: 'aal2',
    });
    expect(await accessToken(quiet, 'quiet', { ...other, amr: undefined })).toMatchObject({
      amr: ['fed', 'mfa'],
      acr: 'aal2',
    });
    expect(await accessToken(quiet, 'quiet', { ...other, amr: ['pwd'], acr: '0' })).toMatchObject({
      amr: ['fed'],
      acr: 'aal1',
    });
  });

  it('makes no proof fresher than it says that it is', async () => {
    const claims = { sub: 'old', email: 'old@example.com' };
    const yesterday = now() - 86_400;
    expect((await accessToken(shady, 'shady', { ...claims, auth_time: yesterday }))['auth_time']).toBe(yesterday);
    expect((await accessToken(shady, 'shady', { ...claims, auth_time: now() + 9_999 }))['auth_time']).toBeLessThan(
      now() + 60,
    );
    const fresh = { reauthenticate: true };
    const stale = await outcome(shady, 'shady', { claims: { ...known, ...claims, auth_time: yesterday } }, fresh);
    expect(stale.error).toBe(REFUSED);
    expect((await outcome(shady, 'shady', { claims: { ...known, ...claims } }, fresh)).error).toBe(REFUSED);
    expect((await accessToken(shady, 'shady', { ...claims, auth_time: now() - 60 }, fresh))['auth_time']).toBeLessThan(
      now(),
    );
  });
});
