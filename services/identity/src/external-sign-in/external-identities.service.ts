import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import { type Account, type ProofToken, repeatRegistration, welcome } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { hashOf } from '../accounts/one-time-token.js';
import { ProofTokens } from '../accounts/proof-tokens.js';
import { refusals } from '../refusals.js';
import { type Newcomer, newcomerOf } from './claims.js';
import { ExternalIdentitiesStore } from './external-identities.store.js';
import {
  type About,
  type ExternalIdentity,
  type LinkedIdentity,
  MOST_IDENTITIES,
  giveUp,
  isLinked,
  link,
  open,
  ownedBy,
  unlink,
} from './external-identity.js';
import { type Identified, OpenIdProviders } from './open-id-providers.js';
import type { Provider } from './provider.js';
import { WaysToSignIn } from './ways-to-sign-in.js';

export interface Known {
  readonly identityId: string;
  readonly account: Account;
}

/** Which account somebody at a provider has. */
@Injectable()
export class ExternalIdentitiesService {
  constructor(
    private readonly identities: ExternalIdentitiesStore,
    private readonly accounts: AccountsStore,
    private readonly providers: OpenIdProviders,
    private readonly tokens: ProofTokens,
    private readonly ways: WaysToSignIn,
    private readonly clock: Clock,
  ) {}

  /**
   * The account to which somebody belongs: the one that is linked, or a new one. An address alone leads to no account.
   * Throws `identity.external-address-unproven` and `identity.external-account-exists`.
   */
  async accountOf(provider: Provider, identified: Identified): Promise<Known> {
    const about = aboutOf(provider, identified);
    const current = await this.identities.get(about.id);
    if (isLinked(current)) return this.known(current);
    const newcomer = newcomerOf(await identified.person());
    const holder = await this.accounts.byEmail(newcomer.email);
    if (holder) await this.demandOwn(about.id, holder);
    const fresh = newId();
    const opened = await this.identities.change(about.id, (latest) => open(latest, about, fresh, this.clock.now()));
    if (isLinked(opened)) return this.known(opened);
    const account = await this.openAccount(provider, newcomer, opened);
    await this.link(provider, about, account);
    return { identityId: about.id, account };
  }

  /** Throws `identity.external-identity-taken` and `identity.too-many-external-identities`. */
  async linkTo(accountId: string, provider: Provider, identified: Identified): Promise<void> {
    const about = aboutOf(provider, identified);
    const present = await this.identities.of(accountId);
    const isNew = present.every(({ id }) => id !== about.id);
    if (isNew && present.length >= MOST_IDENTITIES) throw refusals.tooManyExternalIdentities();
    await this.link(provider, about, await this.owner(accountId));
  }

  list(accountId: string): Promise<LinkedIdentity[]> {
    return this.identities.of(accountId);
  }

  /** Throws `identity.external-identity-not-found` and `identity.last-way-to-sign-in`. */
  async unlink(accountId: string, id: string): Promise<void> {
    const owner = await this.owner(accountId);
    ownedBy(accountId, await this.identities.get(id));
    await this.ways.giveUpOne(owner, id, () => this.takeAway(owner, id));
  }

  /**
   * A password was set by a link in a mail. When the address had not been proven before, whoever had opened the account at a provider need
   * not be who reads the mail: that way in is closed.
   */
  async distrustUnproven(accountId: string, at: Date): Promise<void> {
    const account = await this.accounts.get(accountId);
    if (!account || (account.verification.status === 'verified' && account.verification.at <= at)) return;
    for (const { id, state } of await this.identities.of(accountId))
      if (state.since <= at) await this.takeAway(account, id);
  }

  private async takeAway(owner: Account, id: string): Promise<void> {
    await this.identities.change(id, (current) => {
      const identity = ownedBy(owner.id, current);
      return unlink(identity, { owner, providerName: this.providers.nameOf(identity.provider) }, this.clock.now());
    });
  }

  private async link({ name }: Provider, about: About, owner: Account): Promise<void> {
    await this.identities.change(about.id, (current) =>
      link(current, about, { owner, providerName: name }, this.clock.now()),
    );
  }

  private async openAccount(provider: Provider, newcomer: Newcomer, opened: ExternalIdentity): Promise<Account> {
    const proof: ProofToken | 'vouched' = provider.trustsEmail ? 'vouched' : await this.tokens.make();
    const person = { ...newcomer, id: opened.accountId, role: 'STUDENT' as const };
    try {
      return await this.accounts.change(person.id, (current) => welcome(current, person, proof, this.clock.now()));
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error; // else: somebody has registered the address meanwhile
      await this.identities.change(opened.id, (current) => giveUp(current ?? opened, person.id, this.clock.now()));
      const holder = await this.accounts.byEmail(person.email);
      return this.refuseHeld(holder);
    }
  }

  /** An account that was opened a moment ago for the same somebody is their own. */
  private async demandOwn(identityId: string, holder: Account): Promise<void> {
    const latest = await this.identities.get(identityId); // it is older than its account
    const isOwn = latest?.accountId === holder.id && latest.state.status !== 'unlinked';
    if (!isOwn) await this.refuseHeld(holder);
  }

  /** The owner of the account is told, as when somebody registers the address once more. */
  private async refuseHeld(holder: Account | undefined): Promise<never> {
    if (holder)
      await this.accounts.change(holder.id, (current) => repeatRegistration(current ?? holder, this.clock.now()));
    throw refusals.externalAccountExists();
  }

  private async known({ id: identityId, accountId }: LinkedIdentity): Promise<Known> {
    return { identityId, account: await this.owner(accountId) };
  }

  private async owner(accountId: string): Promise<Account> {
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.accountNotFound();
    return account;
  }
}

/** A subject is unique at its issuer only; both together are no secret, but nobody needs them in clear. */
const aboutOf = ({ id: provider }: Provider, { issuer, subject }: Identified): About => ({
  id: hashOf(JSON.stringify([issuer, subject])),
  provider,
  issuer,
});
