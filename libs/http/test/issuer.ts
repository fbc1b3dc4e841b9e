import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWK, type JWTHeaderParameters, SignJWT, exportJWK } from 'jose';

export const ISSUER = 'https://lyceum.example';
export const AUDIENCE = 'lyceum';

export interface KeyPair {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const newKey = (kid: string): KeyPair => ({ kid, ...generateKeyPairSync('ed25519') });

export const publicJwk = async ({ kid, publicKey }: KeyPair): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg: 'EdDSA',
  use: 'sig',
});

export interface Claims {
  sub?: string;
  roles?: unknown;
  email_verified?: unknown;
  /** Seconds from now. */
  expiresIn?: number;
  [claim: string]: unknown;
}

const payloadOf = ({ expiresIn = 900, ...claims }: Claims) => {
  const iat = Math.floor(Date.now() / 1_000);
  const usual = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', sid: 's1', roles: ['STUDENT'], email_verified: true };
  return { ...usual, iat, exp: iat + expiresIn, ...claims };
};

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as identity signs it, unless `header` says otherwise. */
export const sign = (key: KeyPair, claims: Claims = {}, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
  new SignJWT(payloadOf(claims))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: 'at+jwt', ...header })
    .sign(key.privateKey);

/** A token with any header at all and a signature that somebody made up. */
export const craft = (header: object, claims: Claims, signatureOf: (input: string) => string): string => {
  const input = `${part(header)}.${part(payloadOf(claims))}`;
  return `${input}.${signatureOf(input)}`;
};

/** Identity's JWKS, which may be away, and counts who asks. */
export class Jwks {
  fetches = 0;
  mode: 'up' | 'failing' | 'nonsense' = 'up';
  keys: JWK[] = [];
  private port = 0;
  private server: Server | undefined;

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }
  /** Listens, the second time on the same port. */
  async start(): Promise<void> {
    const server = createServer((_request, response) => {
      this.fetches += 1;
      response.writeHead(this.mode === 'failing' ? 503 : 200, { connection: 'close' });
      response.end(this.mode === 'nonsense' ? '{"keys":7}' : JSON.stringify({ keys: this.keys }));
    });
    await new Promise<void>((done) => server.listen(this.port, '127.0.0.1', done));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}
