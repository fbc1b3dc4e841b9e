import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { type JWK, SignJWT, UnsecuredJWT, calculateJwkThumbprint, exportJWK } from 'jose';

/** What an access token is to say; everything but `sub` has a sensible default. */
export interface TokenClaims {
  sub: string;
  /** Default `['STUDENT']`. */
  roles?: readonly Role[];
  /** Default true. */
  verified?: boolean;
  /** How well the caller has proven who they are; default `aal1`. */
  level?: 'aal1' | 'aal2';
  /** How long ago, in seconds; default 0. */
  provenSecondsAgo?: number;
  /** Session; a new id by default. */
  sid?: string;
  /** What the token is limited to, as one of an API key: then it says nothing of how they have proven who they are. */
  scope?: string;
  /** Seconds from now, negative for a token that has expired; default 900. */
  expiresIn?: number;
  issuer?: string;
  audience?: string;
  /** Default `at+jwt` (RFC 9068). */
  typ?: string;
  /** Default `EdDSA`. `none` leaves the token unsigned; `HS256` signs with the public key's text (a known attack). */
  alg?: 'EdDSA' | 'none' | 'HS256';
  /** Signs with a key that the issuer does not publish, under the `kid` of one that it does. */
  forged?: boolean;
}

/** An issuer of access tokens for tests, with its keys served as identity serves them. */
export interface Issuer {
  /** Give this to the service under test. */
  readonly env: { JWKS_URL: string; JWT_ISSUER: string; JWT_AUDIENCE: string };
  /** An access token as identity signs it, or as an attacker would. */
  token(claims: TokenClaims): Promise<string>;
  /** Tells the services, as identity does, that a session has ended. */
  end(sessionId: string): void;
  close(): Promise<void>;
}

/** Starts a JWKS server with one Ed25519 key on a free port of 127.0.0.1. Close it after the tests. */
export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const ended: string[] = [];
  const { server, url } = await serve({ ...jwk, kid, alg: 'EdDSA', use: 'sig' }, ended);
  const env = { JWKS_URL: `${url}/.well-known/jwks.json`, JWT_ISSUER: url, JWT_AUDIENCE: 'lyceum' };
  const token = ({ alg = 'EdDSA', forged = false, ...claims }: TokenClaims): Promise<string> => {
    const payload = payloadOf(claims, env);
    if (alg === 'none') return Promise.resolve(new UnsecuredJWT(payload).encode());
    const key = forged ? generateKeyPairSync('ed25519').privateKey : alg === 'HS256' ? textOf(privateKey) : privateKey;
    return new SignJWT(payload).setProtectedHeader({ alg, kid, typ: claims.typ ?? 'at+jwt' }).sign(key);
  };
  return { env, token, end: (sessionId) => void ended.push(sessionId), close: () => close(server) };
}

function payloadOf(claims: Omit<TokenClaims, 'alg' | 'forged'>, env: Issuer['env']) {
  const iat = Math.floor(Date.now() / 1_000);
  return {
    iss: claims.issuer ?? env.JWT_ISSUER,
    aud: claims.audience ?? env.JWT_AUDIENCE,
    sub: claims.sub,
    sid: claims.sid ?? newId(),
    roles: [...(claims.roles ?? ['STUDENT'])],
    email_verified: claims.verified ?? true,
    ...(claims.scope === undefined ? proofOf(claims, iat) : { scope: claims.scope }),
    jti: newId(),
    iat,
    exp: iat + (claims.expiresIn ?? 900),
  };
}

const proofOf = (
  { provenSecondsAgo = 0, level = 'aal1' }: Pick<TokenClaims, 'provenSecondsAgo' | 'level'>,
  iat: number,
) => ({
  auth_time: iat - provenSecondsAgo,
  acr: level,
});

const textOf = (privateKey: KeyObject): Uint8Array =>
  new TextEncoder().encode(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());

async function serve(key: JWK, ended: readonly string[]): Promise<{ server: Server; url: string }> {
  const answers: Record<string, () => object> = {
    '/.well-known/jwks.json': () => ({ keys: [key] }),
    '/.well-known/ended-sessions': () => ({ sessions: ended, next: '1', keepSeconds: 900, more: false }),
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url?.split('?')[0] ?? ''];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(answer?.() ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
