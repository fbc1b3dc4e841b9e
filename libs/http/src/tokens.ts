import type { Role } from '@lyceum/contracts';
import {
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
  createLocalJWKSet,
  errors,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import type { Caller } from './caller.js';
import { refusals } from './refusals.js';
import { type Proof, levels } from './step-up.js';
import type { EndedSessions } from './sessions/ended-sessions.js';

type Key = Awaited<ReturnType<JWTVerifyGetKey>>;

/** Where the public keys that sign access tokens come from: identity's JWKS, or in identity itself its own keys. */
export abstract class VerificationKeys {
  /** Rejects with jose's `JWKSNoMatchingKey` for a key that there is not, with anything else when it cannot say. */
  abstract keyFor(header: JWTHeaderParameters): Promise<Key>;
  /** Identity has withdrawn a key, which others may have: nothing that it has signed is believed from now on. */
  abstract withdraw(kid: string): void;
}

const SECOND = 1_000;
/** After this long the keys are fetched anew; those at hand are used meanwhile. */
const FRESH = 600 * SECOND;
/** Without an answer for this long, the keys at hand are no longer believed. */
const KEPT = 3_600 * SECOND;
/** An unknown key is looked for at most this often: made-up ones cost identity nothing. */
const LOOK_AGAIN = 30 * SECOND;
/** How soon a service that has no keys at all asks again. */
const TRY_AGAIN = 1 * SECOND;

/**
 * Identity's JWKS, fetched at the first token and every ten minutes, and for an unknown key at most every 30 s.
 * When identity is away, the keys that were fetched stay good for an hour.
 */
export class RemoteKeys extends VerificationKeys {
  private known: { readonly jwks: JSONWebKeySet; readonly keys: JWTVerifyGetKey; readonly at: number } | undefined;
  private readonly withdrawn = new Set<string>();
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;
  private failure: unknown;

  /** @param now ms from any beginning */
  constructor(
    private readonly jwksUrl: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
  }

  async keyFor(header: JWTHeaderParameters): Promise<Key> {
    const age = this.age();
    if (age > KEPT) await this.ask(TRY_AGAIN);
    else if (age > FRESH) void this.ask(LOOK_AGAIN);
    try {
      return await this.find(header);
    } catch (error) {
      const isGone = header.kid !== undefined && this.withdrawn.has(header.kid);
      if (isGone || !(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.ask(LOOK_AGAIN);
      if (this.failure !== undefined) throw this.failure; // it may be a new one
      return this.find(header);
    }
  }

  /** Never believes it again, also if an old JWKS still has it, and fetches what has taken its place. */
  override withdraw(kid: string): void {
    if (this.withdrawn.has(kid)) return;
    this.withdrawn.add(kid);
    if (this.known) this.learn(this.known.jwks, this.known.at);
    void Promise.resolve(this.asking).then(() => this.ask(0));
  }

  private age(): number {
    return this.known ? this.now() - this.known.at : Number.POSITIVE_INFINITY;
  }

  private async find(header: JWTHeaderParameters): Promise<Key> {
    if (header.kid !== undefined && this.withdrawn.has(header.kid)) throw new errors.JWKSNoMatchingKey();
    if (!this.known || this.age() > KEPT) throw this.failure;
    return this.known.keys(header, { payload: '', signature: '' });
  }

  /** Never rejects; asks once for all who wait, and not within `pause` ms of the last time. */
  private async ask(pause: number): Promise<void> {
    if (!this.asking && this.now() - this.askedAt >= pause) {
      this.askedAt = this.now();
      this.asking = this.fetch().finally(() => (this.asking = undefined));
    }
    await this.asking;
  }

  private async fetch(): Promise<void> {
    try {
      const response = await fetch(this.jwksUrl, { redirect: 'error', signal: AbortSignal.timeout(5 * SECOND) });
      if (!response.ok) throw new Error(`The JWKS answers ${response.status}`);
      this.learn((await response.json()) as JSONWebKeySet, this.now());
      this.failure = undefined;
    } catch (error) {
      this.failure = error;
    }
  }

  private learn(jwks: JSONWebKeySet, at: number): void {
    createLocalJWKSet(jwks); // which checks its shape
    const believed = jwks.keys.filter(({ kid }) => kid === undefined || !this.withdrawn.has(kid));
    this.known = { jwks, keys: createLocalJWKSet({ keys: believed }), at };
  }
}

export const ACCESS_TOKEN_TYPE = 'at+jwt'; // RFC 9068
export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256'];

const Claims = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  roles: z.array(z.enum(['STUDENT', 'INSTRUCTOR', 'ADMIN'])),
  email_verified: z.boolean(),
  auth_time: z.int().optional(),
  acr: z.enum(levels).optional(),
  scope: z.string().optional(),
});
type Claims = z.infer<typeof Claims>;

/** RFC 9068 and 8693: scopes with spaces between. An empty claim permits nothing. */
const scopesOf = ({ scope }: Claims): { scopes?: readonly string[] } =>
  scope === undefined ? {} : { scopes: scope.split(' ').filter(Boolean) };

const proofOf = ({ auth_time: at, acr: level = 'aal1' }: Claims): { proof?: Proof } =>
  at === undefined ? {} : { proof: { at: new Date(at * SECOND), level } };

/** Turns an access token into a caller. */
export class TokenVerifier {
  constructor(
    private readonly keys: VerificationKeys,
    private readonly expected: { issuer: string; audience: string },
    private readonly ended: Pick<EndedSessions, 'has'> = new Set<string>(),
  ) {}

  /**
   * Checks signature, algorithm, type, issuer, audience and times (5 s of clock difference are forgiven), and that the session has
   * not ended as far as this instance has heard.
   * Throws `http.token-refused` for a token that does not hold, `http.unavailable` when the keys cannot be had.
   */
  async verify(token: string): Promise<Caller> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyFor(header), {
        ...this.expected,
        algorithms: SIGNING_ALGORITHMS,
        typ: ACCESS_TOKEN_TYPE,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: 5,
      });
      const claims = Claims.parse(payload);
      if (this.ended.has(claims.sid)) throw new SessionEnded();
      const roles: readonly Role[] = claims.roles;
      const caller = { id: claims.sub, sessionId: claims.sid, roles, verified: claims.email_verified };
      return { ...caller, ...proofOf(claims), ...scopesOf(claims) };
    } catch (error) {
      if (error instanceof KeysAway) throw unavailable(error.cause);
      if (error instanceof SessionEnded) throw refusals.tokenRefused('Its session has ended');
      if (error instanceof errors.JWTExpired) throw refusals.tokenRefused('It has expired');
      throw refusals.tokenRefused();
    }
  }

  private async keyFor(header: JWTHeaderParameters): Promise<Key> {
    try {
      return await this.keys.keyFor(header);
    } catch (cause) {
      // whoever holds a good token must not be told to sign in again because identity or its database is away
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new KeysAway('no keys', { cause });
    }
  }
}

class KeysAway extends Error {}
class SessionEnded extends Error {}

function unavailable(cause: unknown) {
  const refusal = refusals.unavailable('The keys that verify access tokens cannot be reached');
  refusal.cause = cause; // for the log
  return refusal;
}
