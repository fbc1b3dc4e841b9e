import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BadConfiguration, CONFIG } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import * as client from 'openid-client';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { refusalOf } from './provider-failure.js';
import { PersonClaims, ProofClaims } from './claims.js';
import { type Provider, isSafeUrl } from './provider.js';

/** What a browser is sent to a provider with, and what the answer must fit. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Whether the provider's user must have proven it within {@link FRESH_SECONDS}. */
  readonly reauthenticate: boolean;
}

/** Somebody whom a provider has sent, by a token that is good in every respect. */
export interface Identified {
  readonly issuer: string;
  readonly subject: string;
  readonly proof: ProofClaims;
  /** What the provider tells of the person; asked for only when it is needed. Throws as {@link OpenIdProviders.identify}. */
  person(): Promise<PersonClaims>;
}

const TIMEOUT_SECONDS = 5;
const KNOWN_FOR = 3_600_000;
export const FRESH_SECONDS = 300;

/** The OpenID providers of the configuration, by way of openid-client. Each is looked up when it is first needed. */
@Injectable()
export class OpenIdProviders implements OnModuleInit {
  /** What providers say of themselves, and their keys: copies that any instance can get anew. */
  private readonly known = new Map<string, { readonly at: number; readonly found: Promise<client.Configuration> }>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.list().length > 0 && !isSafeUrl(new URL(this.config.PUBLIC_URL)))
      throw new BadConfiguration('identity', ['PUBLIC_URL must begin with https:// where there are OIDC_PROVIDERS']);
  }

  list(): readonly Provider[] {
    return this.config.OIDC_PROVIDERS;
  }

  /** Throws `identity.provider-not-found`. */
  named(id: string): Provider {
    const provider = this.list().find((each) => each.id === id);
    if (!provider) throw refusals.providerNotFound();
    return provider;
  }

  /** As people see it, also when it is configured no more. */
  nameOf(id: string): string {
    return this.list().find((each) => each.id === id)?.name ?? id;
  }

  /** Where to send a browser. Throws `identity.provider-unavailable`. */
  async authorizationUrl(provider: Provider, checks: Checks): Promise<string> {
    const found = await this.discovered(provider);
    const url = client.buildAuthorizationUrl(found, {
      redirect_uri: this.redirectUri(provider),
      scope: provider.scopes.join(' '),
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
      ...(checks.reauthenticate ? { prompt: 'login', max_age: String(FRESH_SECONDS) } : {}),
    });
    return url.href;
  }

  /**
   * Whom the provider's answer tells of, once everything about it has been looked at: `state`, `iss`, the code by PKCE, and signature,
   * issuer, audience, times and nonce of the id_token.
   * @param query the answer as it came, with its `?`
   * Throws `identity.external-sign-in-refused`, `identity.external-sign-in-cancelled` and `identity.provider-unavailable`.
   */
  async identify(provider: Provider, query: string, checks: Checks): Promise<Identified> {
    const found = await this.discovered(provider);
    return this.orRefuse(provider, async () => {
      const tokens = await client.authorizationCodeGrant(found, new URL(this.redirectUri(provider) + query), {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
        ...(checks.reauthenticate ? { maxAge: FRESH_SECONDS } : {}),
      });
      const claims = tokens.claims();
      if (!claims) throw refusals.externalSignInRefused('There was no id_token');
      // the library looks at it only where there are several audiences
      if (claims.azp !== undefined && claims.azp !== provider.clientId)
        throw refusals.externalSignInRefused('The id_token was made for another client');
      return {
        issuer: claims.iss,
        subject: claims.sub,
        proof: ProofClaims.parse(claims),
        person: () => this.person(provider, found, tokens.access_token, claims),
      };
    });
  }

  /** Never by a header of a request. */
  private redirectUri({ id }: Provider): string {
    return `${this.config.PUBLIC_URL.replace(/\/$/, '')}/auth/external/${id}/callback`;
  }

  /** Address and its proof come from one place: the id_token, or what the provider tells about its subject when asked. */
  private async person(
    provider: Provider,
    found: client.Configuration,
    accessToken: string,
    claims: client.IDToken,
  ): Promise<PersonClaims> {
    const told = PersonClaims.parse(claims);
    if (told.email !== undefined || !found.serverMetadata().userinfo_endpoint) return told;
    return this.orRefuse(provider, async () =>
      PersonClaims.parse({
        ...told,
        email_verified: false,
        ...(await client.fetchUserInfo(found, accessToken, claims.sub)),
      }),
    );
  }

  private discovered(provider: Provider): Promise<client.Configuration> {
    const now = this.clock.now().getTime();
    const known = this.known.get(provider.id);
    if (known && now - known.at < KNOWN_FOR) return known.found;
    const found = this.discover(provider).catch((error: unknown) => {
      if (this.known.get(provider.id)?.found === found) this.known.delete(provider.id);
      throw error;
    });
    this.known.set(provider.id, { at: now, found });
    return found;
  }

  private async discover(provider: Provider): Promise<client.Configuration> {
    const issuer = new URL(provider.issuer);
    try {
      const found = await client.discovery(
        issuer,
        provider.clientId,
        provider.clientSecret === undefined ? undefined : { client_secret: provider.clientSecret },
        authenticationOf(provider),
        {
          timeout: TIMEOUT_SECONDS,
          // signatures are checked although TLS vouches for the token already, so that `alg: none` and our own secret sign nothing
          execute: [
            client.enableNonRepudiationChecks,
            ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
          ],
        },
      );
      if (found.serverMetadata().issuer !== provider.issuer) throw new Error('its issuer is not the configured one');
      return found;
    } catch (error) {
      this.log.warn('a provider cannot be used', { provider: provider.id, reason: reasonOf(error) });
      throw refusals.providerUnavailable();
    }
  }

  private async orRefuse<T>(provider: Provider, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const refusal = refusalOf(error);
      this.log.warn('a sign-in by a provider was refused', { provider: provider.id, reason: reasonOf(error) });
      throw refusal;
    }
  }
}

/** As OpenID Connect Discovery has it: `client_secret_basic`, unless the provider says that it takes others only. */
function authenticationOf({ clientSecret }: Provider): client.ClientAuth {
  if (clientSecret === undefined) return client.None();
  const [basic, post] = [client.ClientSecretBasic(clientSecret), client.ClientSecretPost(clientSecret)];
  return (server, ...rest) => {
    const takesBasic = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true;
    return takesBasic ? basic(server, ...rest) : post(server, ...rest);
  };
}

/** Without the cause: there may be tokens in it, or words of a stranger. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');
