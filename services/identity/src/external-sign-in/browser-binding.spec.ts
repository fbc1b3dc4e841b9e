import { BrowserBinding, newSecrets, secretsOf } from './browser-binding.js';

const { state, browser } = newSecrets();
const { id } = secretsOf(state, browser);
const byTls = new BrowserBinding('https://lyceum.example/api');
const name = `lyceum-sign-in-${id.slice(0, 16)}`;

describe('the cookie of an attempt', () => {
  it('can be set by this host and by TLS only', () => {
    expect(byTls.cookie(id, browser)).toBe(
      `__Host-${name}=${browser}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure`,
    );
    expect(byTls.forgotten(id)).toBe(`__Host-${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure`);
    expect(byTls.shown(id, `${name}=${browser}`)).toBeUndefined();
  });

  it('is found among others, and is nothing but a token of ours', () => {
    expect(byTls.shown(id, `a=b; __Host-${name}=${browser}; c`)).toBe(browser);
    expect(byTls.shown(id, `__Host-${name}=short`)).toBeUndefined();
    expect(byTls.shown(id, `__Host-${name}`)).toBeUndefined();
    expect(byTls.shown(id, undefined)).toBeUndefined();
    expect(byTls.shown(secretsOf('other', browser).id, `__Host-${name}=${browser}`)).toBeUndefined();
  });

  it('gives nonce and verifier, which tell nothing of it or of each other', () => {
    const { checks, browserHash } = secretsOf(state, browser);
    expect(new Set([checks.nonce, checks.codeVerifier, checks.state, browser, browserHash]).size).toBe(5);
    expect(secretsOf(state, browser)).toEqual(secretsOf(state, browser));
    expect(secretsOf(state, newSecrets().browser).checks.nonce).not.toBe(checks.nonce);
  });
});
