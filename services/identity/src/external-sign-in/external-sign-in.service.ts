import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Clock, Refusal } from '@lyceum/kernel';
import { AccountsStore } from '../accounts/accounts.store.js';
import { hashOf, isOneTimeToken, newOneTimeToken } from '../accounts/one-time-token.js';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import type { Device } from '../sessions/session.js';
import { type Challenged, SessionsService, type SignedIn } from '../sessions/sessions.service.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import { BrowserBinding, newSecrets, secretsOf } from './browser-binding.js';
import { authenticationBy } from './claims.js';
import { type ExternalAttempt, type Purpose, answer, begin, proofOf, prove, redeem } from './external-attempt.js';
import { ExternalAttemptsStore } from './external-attempts.store.js';
import { ExternalIdentitiesService } from './external-identities.service.js';
import { ExternalIdentitiesStore } from './external-identities.store.js';
import { use } from './external-identity.js';
import { type Identified, OpenIdProviders } from './open-id-providers.js';
import type { Provider } from './provider.js';
import { allowedReturn } from './return-address.js';

export interface Wish {
  readonly returnTo?: string | undefined;
  readonly reauthenticate: boolean;
}

export interface Begun {
  readonly authorizationUrl: string;
  readonly setCookie: string;
}

/** How an attempt ended, and where its browser goes with it. */
export interface Ended {
  readonly returnTo?: string | undefined;
  readonly provider: Provider;
  readonly result: Result;
  /** For an attempt that is over. */
  readonly setCookie?: string;
}
export type Result =
  | { readonly kind: 'proven'; readonly code: string }
  | { readonly kind: 'linked' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Signing in, and linking, by way of a provider: there, back, and a session for a code. */
@Injectable()
export class ExternalSignInService {
  private readonly binding: BrowserBinding;
  private readonly returns: readonly string[];

  constructor(
    private readonly attempts: ExternalAttemptsStore,
    private readonly identities: ExternalIdentitiesStore,
    private readonly owners: ExternalIdentitiesService,
    private readonly providers: OpenIdProviders,
    private readonly accounts: AccountsStore,
    private readonly sessions: SessionsService,
    private readonly openSessions: SessionsStore,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.binding = new BrowserBinding(config.PUBLIC_URL);
    this.returns = config.OIDC_RETURN_URLS;
  }

  /** Throws `identity.provider-not-found`, `identity.provider-unavailable` and `identity.return-address-refused`. */
  async begin(providerId: string, { returnTo, reauthenticate }: Wish, purpose: Purpose): Promise<Begun> {
    const provider = this.providers.named(providerId);
    if (returnTo !== undefined) allowedReturn(returnTo, this.returns);
    const { state, browser } = newSecrets();
    const { id, browserHash, checks } = secretsOf(state, browser);
    const authorizationUrl = await this.providers.authorizationUrl(provider, { ...checks, reauthenticate });
    const about = { id, provider: provider.id, purpose, browserHash, returnTo, reauthenticate };
    await this.attempts.change(id, () => begin(about, this.clock.now()));
    return { authorizationUrl, setCookie: this.binding.cookie(id, browser) };
  }

  /**
   * What the provider has sent a browser back with.
   * Throws `identity.external-attempt-refused` when it is not the browser, the provider or the time of an attempt: then there is no
   * address that one could go back to either.
   */
  async end(providerId: string, { state, query, cookies }: Came): Promise<Ended> {
    const provider = this.providers.named(providerId);
    const id = hashOf(state);
    const browser = isOneTimeToken(state) ? this.binding.shown(id, cookies) : undefined;
    if (browser === undefined) throw refusals.externalAttemptRefused();
    const { browserHash, checks } = secretsOf(state, browser);
    const taking = { provider: provider.id, browserHash };
    const attempt = await this.attempts.change(id, (current) => answer(current, taking, this.clock.now()));
    const { returnTo, reauthenticate } = attempt;
    const forgotten = this.binding.forgotten(id);
    try {
      const identified = await this.providers.identify(provider, query, { ...checks, reauthenticate });
      const result = await this.resultOf(attempt, provider, identified);
      return { returnTo, provider, result, ...(result.kind === 'proven' ? {} : { setCookie: forgotten }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { returnTo, provider, result: { kind: 'refused', refusal: error }, setCookie: forgotten };
    }
  }

  /**
   * A session, or a challenge where the account asks for a second factor, for a code in the browser that it was given to.
   * Throws `identity.external-code-refused`.
   */
  async exchange(code: string, cookies: string | undefined, device: Device) {
    const codeHash = hashOf(code);
    const attempt = isOneTimeToken(code) ? await this.attempts.byCode(codeHash) : undefined;
    const browser = attempt && this.binding.shown(attempt.id, cookies);
    if (!attempt || browser === undefined) throw refusals.externalCodeRefused();
    const shown = { codeHash, browserHash: hashOf(browser) };
    const { identityId, accountId, authentication } = proofOf(attempt, shown, this.clock.now());
    await this.attempts.change(attempt.id, (current) => redeem(current, shown, this.clock.now()));
    await this.identities.change(identityId, (current) => use(current, accountId, this.clock.now()));
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.externalCodeRefused();
    const admitted: SignedIn | Challenged = await this.sessions.admit(account, authentication, device);
    return { admitted, setCookie: this.binding.forgotten(attempt.id) };
  }

  private async resultOf(attempt: ExternalAttempt, provider: Provider, identified: Identified): Promise<Result> {
    const { purpose } = attempt;
    if (purpose.kind === 'link') {
      await this.demandSession(purpose.accountId, purpose.sessionId);
      await this.owners.linkTo(purpose.accountId, provider, identified);
      return { kind: 'linked' };
    }
    const { identityId, account } = await this.owners.accountOf(provider, identified);
    const authentication = authenticationBy(provider, identified.proof, this.clock.now());
    const code = newOneTimeToken();
    const proof = { identityId, accountId: account.id, authentication };
    await this.attempts.change(attempt.id, (current) => prove(current, hashOf(code), proof, this.clock.now()));
    return { kind: 'proven', code };
  }

  /** Whoever has signed out since, or was signed out, links nothing any more. */
  private async demandSession(accountId: string, sessionId: string): Promise<void> {
    const session = await this.openSessions.get(sessionId);
    const goesOn =
      session?.accountId === accountId && session.state.status === 'active' && session.expiresAt > this.clock.now();
    if (!goesOn) throw refusals.externalAttemptRefused();
  }
}

/** With what a browser came back. */
export interface Came {
  readonly state: string;
  /** All of the query, with its `?`. */
  readonly query: string;
  readonly cookies: string | undefined;
}
