import { ProviderList, isPlainSafeUrl } from './provider.js';

const google = { id: 'google', name: 'Google', issuer: 'https://accounts.google.com', clientId: 'c' };
const read = (...providers: unknown[]) => ProviderList.safeParse(JSON.stringify(providers));
const complaint = (text: string) =>
  ProviderList.safeParse(text)
    .error?.issues.map(({ message }) => message)
    .join();

describe('a provider', () => {
  it('asks for proof of address and name, and is believed in nothing else, unless it says so', () => {
    expect(read(google).data).toEqual([
      { ...google, scopes: ['openid', 'email', 'profile'], trustsEmail: false, twoFactorAmr: [], twoFactorAcr: [] },
    ]);
  });

  it.each([
    ['id', 'Has/Slash'],
    ['id', ''],
    ['name', ' '],
    ['issuer', 'http://accounts.example.com'],
    ['issuer', 'https://user@accounts.example.com'],
    ['issuer', 'https://accounts.example.com/?x=1'],
    ['issuer', 'https://accounts.example.com/#x'],
    ['issuer', 'accounts.example.com'],
    ['clientId', ''],
    ['clientSecret', ''],
    ['scopes', ['email']],
    ['trustsEmail', 'true'],
    ['unknown', 'x'],
  ])('has no %s like %j', (setting, value) => {
    expect(read({ ...google, [setting]: value }).success).toBe(false);
  });

  it.each(['http://localhost:8080/realms/x', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://id.example/realms/x/'])(
    'may be at %s',
    (issuer) => expect(read({ ...google, issuer }).success).toBe(true),
  );

  it('has an id and an issuer of its own', () => {
    expect(read(google, { ...google, issuer: 'https://other.example' }).success).toBe(false);
    expect(read(google, { ...google, id: 'other' }).success).toBe(false);
  });

  it('is complained of in one sentence, without what stood there', () => {
    const secrets = { ...google, id: 'SECRET!', clientSecret: '', issuer: 'http://secret.example' };
    const said = complaint(JSON.stringify([google, secrets]));
    expect(said).toBe(
      'must be a JSON list of providers: 1 id must be lower-case letters, digits and -, 1 issuer must be an https URL without query (http on this machine only), 1 clientSecret Too small: expected string to have >=1 characters',
    );
    expect(complaint('[{"clientSecret":"hush"')).not.toContain('hush');
    expect(said).not.toMatch(/secret\.example|SECRET/);
  });
});

describe('a plain safe URL', () => {
  it.each(['https://app.example/', 'https://app.example', 'https://app.example/a?b=c', 'http://localhost:3000/a'])(
    'may be %s',
    (url) => expect(isPlainSafeUrl(url)).toBe(true),
  );
  it.each([
    'http://app.example/',
    'https://u:p@app.example/',
    'https://app.example/#a',
    'https://app.example/a/../b',
    'HTTPS://app.example/',
    '//app.example',
    'javascript:alert(1)',
    'http://localhost.evil.example/',
    'app.example:/callback',
  ])('is not %s', (url) => expect(isPlainSafeUrl(url)).toBe(false));
});
