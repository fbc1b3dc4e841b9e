import { createHmac } from 'node:crypto';
import { hashOf, isOneTimeToken, newOneTimeToken } from '../accounts/one-time-token.js';
import { ATTEMPT_SECONDS } from './external-attempt.js';

/**
 * Binds an attempt to the browser in which it was begun, by a cookie of its own, so that tabs do not disturb each other. By TLS it
 * is a `__Host-` one, which no other host and no plain connection can set. On one's own machine, where Safari takes no secure
 * cookies, it goes without.
 */
export class BrowserBinding {
  private readonly isSecure: boolean;

  constructor(publicUrl: string) {
    this.isSecure = publicUrl.startsWith('https:');
  }

  /** A `Set-Cookie` for a new attempt. `Lax`, because the browser comes back by a link of the provider's. */
  cookie(attemptId: string, secret: string): string {
    return this.setCookie(attemptId, secret, ATTEMPT_SECONDS);
  }

  /** A `Set-Cookie` that makes the browser forget it. */
  forgotten(attemptId: string): string {
    return this.setCookie(attemptId, '', 0);
  }

  /** The secret that a browser shows for an attempt. */
  shown(attemptId: string, cookies: string | undefined): string | undefined {
    const name = this.nameOf(attemptId);
    for (const pair of (cookies ?? '').split(';')) {
      const [key, value] = pair.trim().split('=', 2);
      if (key === name && value !== undefined && isOneTimeToken(value)) return value;
    }
    return undefined;
  }

  private setCookie(attemptId: string, value: string, seconds: number): string {
    const secure = this.isSecure ? '; Secure' : '';
    return `${this.nameOf(attemptId)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  }

  private nameOf(attemptId: string): string {
    return `${this.isSecure ? '__Host-' : ''}lyceum-sign-in-${attemptId.slice(0, 16)}`;
  }
}

/** What is random of an attempt. The nonce and PKCE's verifier come of the browser's secret, so nobody finds them in the database. */
export function secretsOf(state: string, browser: string) {
  const derived = (purpose: string) => createHmac('sha256', browser).update(purpose).digest('base64url');
  return {
    id: hashOf(state),
    browserHash: hashOf(browser),
    checks: { state, nonce: derived('nonce'), codeVerifier: derived('code verifier') },
  };
}

export const newSecrets = (): { readonly state: string; readonly browser: string } => ({
  state: newOneTimeToken(),
  browser: newOneTimeToken(),
});
