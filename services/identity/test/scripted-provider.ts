import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type JWTPayload, SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';

export interface Script {
  /** What differs from a good id_token; undefined leaves a claim out. */
  readonly claims?: Record<string, unknown>;
  readonly sign?: 'well' | 'with another key' | 'not at all' | 'with the secret of the client';
  readonly userinfo?: Record<string, unknown>;
  readonly status?: number;
}

/** A provider that does what a good one never would: its id_tokens are what the test says. */
export class ScriptedProvider {
  script: Script = {};
  /** Whether it says that it names itself in its answers (RFC 9207). */
  namesItself = true;
  readonly forms: URLSearchParams[] = [];
  private readonly nonces = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    readonly client: { readonly id: string; readonly secret: string },
    private readonly keys: Awaited<ReturnType<typeof generateKeyPair>>,
    private readonly otherKeys: Awaited<ReturnType<typeof generateKeyPair>>,
  ) {}

  static async start(client: { readonly id: string; readonly secret: string }): Promise<ScriptedProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [keys, others] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    const self = new ScriptedProvider(server, issuer, client, keys, others);
    server.on('request', (request, response) => void self.serve(request, response));
    return self;
  }

  /** As if somebody had signed in: the URL that the browser is sent back to. */
  signIn(authorizationUrl: URL, more: Record<string, string> = {}): URL {
    const asked = authorizationUrl.searchParams;
    const code = `code-${this.nonces.size}`;
    this.nonces.set(code, asked.get('nonce') ?? '');
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({
      code,
      state: asked.get('state') ?? '',
      iss: this.issuer,
      ...more,
    }).toString();
    return back;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await this.answer(request.url ?? '', new URLSearchParams(await text(request)));
    const status = request.url === '/token' ? (this.script.status ?? 200) : 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private async answer(path: string, form: URLSearchParams): Promise<object> {
    const { issuer } = this;
    if (path === '/.well-known/openid-configuration')
      return {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        ...(this.script.userinfo ? { userinfo_endpoint: `${issuer}/userinfo` } : {}),
        authorization_response_iss_parameter_supported: this.namesItself,
        id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      };
    if (path === '/jwks')
      return { keys: [{ ...(await exportJWK(this.keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
    if (path === '/userinfo') return this.script.userinfo ?? {};
    this.forms.push(form);
    if (this.script.status !== undefined) return { error: 'server_error' };
    return { access_token: 'at', token_type: 'Bearer', id_token: await this.idToken(form.get('code') ?? '') };
  }

  private idToken(code: string): Promise<string> | string {
    const now = Math.floor(Date.now() / 1_000);
    const { claims = {}, sign = 'well' } = this.script;
    const good = { iss: this.issuer, aud: this.client.id, iat: now, exp: now + 300, nonce: this.nonces.get(code) };
    const payload = JSON.parse(JSON.stringify({ ...good, sub: 'somebody', ...claims })) as JWTPayload;
    if (sign === 'not at all') return new UnsecuredJWT(payload).encode();
    if (sign === 'with the secret of the client')
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(this.client.secret));
    const { privateKey } = sign === 'well' ? this.keys : this.otherKeys;
    return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey);
  }
}
