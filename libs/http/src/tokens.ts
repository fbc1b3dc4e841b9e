import type { Role } from '@lyceum/contracts';
import { type JWTHeaderParameters, type JWTVerifyGetKey, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Caller } from './caller.js';
import { refusals } from './refusals.js';

/** Where the public keys that sign access tokens come from: identity's JWKS, or in identity itself its own keys. */
export abstract class VerificationKeys {
  abstract keyFor(header: JWTHeaderParameters): ReturnType<JWTVerifyGetKey>;
}

/** Fetches the JWKS, keeps it for ten minutes, and asks again for an unknown key at most every 30 s. */
export class RemoteKeys extends VerificationKeys {
  private readonly keys: JWTVerifyGetKey;
  constructor(jwksUrl: string) {
    super();
    this.keys = createRemoteJWKSet(new URL(jwksUrl), {
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      timeoutDuration: 5_000,
    });
  }
  keyFor(header: JWTHeaderParameters): ReturnType<JWTVerifyGetKey> {
    return this.keys(header, { payload: '', signature: '' });
  }
}

export const ACCESS_TOKEN_TYPE = 'at+jwt'; // RFC 9068
export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256'];

const Claims = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  roles: z.array(z.enum(['STUDENT', 'INSTRUCTOR', 'ADMIN'])),
  email_verified: z.boolean(),
});

/** Turns an access token into a caller. */
export class TokenVerifier {
  constructor(
    private readonly keys: VerificationKeys,
    private readonly expected: { issuer: string; audience: string },
  ) {}

  /**
   * Checks signature, algorithm, type, issuer, audience and times (5 s of clock difference are forgiven).
   * Throws `http.token-refused` for a token that does not hold, `http.unavailable` when the keys cannot be had.
   */
  async verify(token: string): Promise<Caller> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keys.keyFor(header), {
        ...this.expected,
        algorithms: SIGNING_ALGORITHMS,
        typ: ACCESS_TOKEN_TYPE,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: 5,
      });
      const claims = Claims.parse(payload);
      const roles: readonly Role[] = claims.roles;
      return { id: claims.sub, sessionId: claims.sid, roles, verified: claims.email_verified };
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || (error instanceof Error && error.message.includes('fetch failed')))
        throw refusals.unavailable('The keys that verify access tokens cannot be reached');
      if (error instanceof errors.JWTExpired) throw refusals.tokenRefused('It has expired');
      throw refusals.tokenRefused();
    }
  }
}
