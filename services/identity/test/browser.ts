import { z } from 'zod';
import type { Answer } from '@lyceum/testing';
import { type Platform, Tokens } from './platform.js';

const Begun = z.object({ authorizationUrl: z.url() });

/** As much of a browser as signing in at a provider takes: cookies for each host, and redirects that the test can look at. */
export class Browser {
  private readonly jar = new Map<string, Map<string, string>>();

  constructor(private readonly platform: Platform) {}

  /** What the platform set, as the names of its cookies. */
  get cookies(): string[] {
    return [...(this.jar.get(this.home)?.keys() ?? [])];
  }

  /** Begins at the platform; where the browser is sent. */
  async begin(path: string, body: object = {}, token?: string): Promise<URL> {
    const answer = await this.call('POST', path, body, token);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return new URL(Begun.parse(answer.body).authorizationUrl);
  }

  /** Signs in at a real provider, or refuses to there as `nobody`; the URL that the provider sends the browser back to. */
  async signInAt(authorizationUrl: URL, login: string): Promise<URL> {
    let next = authorizationUrl;
    for (let hop = 0; hop < 12; hop += 1) {
      if (next.href.startsWith(this.publicUrl)) return next;
      const page = await this.fetch(next);
      const isForm = page.status === 200;
      if (isForm && login === 'nobody') next = new URL(`${next.pathname}/abort`, next);
      else if (isForm) next = await this.submit(next, await page.text(), login);
      else next = redirectOf(page, next);
    }
    throw new Error('The provider sent the browser round and round');
  }

  /** Follows what a provider has answered to the platform, which stands behind the public URL. */
  comeBack(url: URL, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('GET', url.pathname + url.search, undefined, undefined, headers);
  }

  /** There and back; where the browser is sent in the end. */
  async through(authorizationUrl: URL, login: string): Promise<URL> {
    const { status, headers } = await this.comeBack(await this.signInAt(authorizationUrl, login));
    if (status !== 303) throw new Error(`Ended at a page: ${status}`);
    return new URL(headers.get('location') ?? '');
  }

  exchange(code: string): Promise<Answer> {
    return this.call('POST', '/auth/external/exchange', { code });
  }

  /** All of it, from the button to the tokens. */
  async signInBy(provider: string, login: string, returnTo: string): Promise<Tokens> {
    const url = await this.begin(`/auth/external/${provider}/begin`, { returnTo });
    const code = (await this.through(url, login)).searchParams.get('external_code') ?? '';
    return Tokens.parse((await this.exchange(code)).body);
  }

  async call(
    method: string,
    path: string,
    body?: object,
    token?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.platform.service.call(method, path, {
      ...(body ? { body } : {}),
      headers: { ...this.cookieFor(this.home), ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    this.keep(this.home, answer.headers);
    return answer;
  }

  private async submit(url: URL, page: string, login: string): Promise<URL> {
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? 'none';
    const form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login, password: 'any' } : {}) });
    return redirectOf(await this.fetch(url, { method: 'POST', body: form }), url);
  }

  private async fetch(url: URL, request: RequestInit = {}): Promise<Response> {
    const answer = await fetch(url, { ...request, redirect: 'manual', headers: this.cookieFor(url.origin) });
    this.keep(url.origin, answer.headers);
    return answer;
  }

  private cookieFor(origin: string): Record<string, string> {
    const cookies = [...(this.jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`);
    return cookies.length > 0 ? { cookie: cookies.join('; ') } : {};
  }

  private keep(origin: string, headers: Headers): void {
    const cookies = this.jar.get(origin) ?? new Map<string, string>();
    this.jar.set(origin, cookies);
    for (const cookie of headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=', 2);
      if (value === '' || /max-age=0/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  private get home(): string {
    return this.publicUrl;
  }

  private get publicUrl(): string {
    return this.platform.service.env['PUBLIC_URL'] ?? '';
  }
}

function redirectOf(answer: Response, from: URL): URL {
  const location = answer.headers.get('location');
  if (!location) throw new Error(`${from.href}: ${answer.status} without a location`);
  return new URL(location, from);
}
