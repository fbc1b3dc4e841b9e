import { timingSafeEqual } from 'node:crypto';
import { type ExchangedApiKey, apiKeyHash, httpRefusals, newApiKey, readApiKey } from '@lyceum/http';
import { Clock, unchanged } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { canSignIn } from '../accounts/can-sign-in.js';
import { addressOf } from '../attempts/network.js';
import { refusals } from '../refusals.js';
import { AccessTokens } from '../sessions/access-tokens.js';
import { EndedSessionsRelay } from '../sessions/ended-sessions.relay.js';
import {
  type ApiKey,
  type ApiKeys,
  type NewApiKey,
  type Revocation,
  create,
  cutOff,
  liveKey,
  erase,
  revoke,
  revokeAll,
  rolesOf,
  sessionIdOf,
  shown,
  use,
  warn,
} from './api-key.js';
import { ApiKeysStore } from './api-keys.store.js';

/** In seconds; no longer than any access token may live, so that ended ones are told of long enough. */
const TOKEN_LIFETIME = 60;
const NOBODYS_HASH = apiKeyHash('');

export interface CreatedApiKey {
  readonly key: ApiKey;
  /** Shown once, and kept by nobody here. */
  readonly text: string;
}

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly apiKeys: ApiKeysStore,
    private readonly accounts: AccountsStore,
    private readonly tokens: AccessTokens,
    private readonly endings: EndedSessionsRelay,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Throws `identity.too-many-api-keys` and `identity.api-key-beyond-owner`. */
  async create(
    accountId: string,
    wish: Pick<NewApiKey, 'name' | 'scopes' | 'onlyRoles' | 'days'>,
  ): Promise<CreatedApiKey> {
    const owner = await this.owner(accountId);
    const { id, secret, text } = newApiKey();
    const about = { ...wish, id, secretHash: apiKeyHash(secret), lastFour: text.slice(-4) };
    const now = this.clock.now();
    const { keys } = await this.apiKeys.change(accountId, (current) => create(current, owner, about, now));
    const key = keys.find((each) => each.id === id);
    if (!key) throw new Error('The API key that was made is not there');
    return { key, text };
  }

  /** Those of the account that are not revoked, the newest first. */
  async list(accountId: string): Promise<readonly ApiKey[]> {
    const current = await this.apiKeys.get(accountId);
    return current ? shown(current, this.clock.now()) : [];
  }

  /** Throws `identity.api-key-not-found` for one that is revoked, and for anybody else's. */
  async revoke(accountId: string, keyId: string): Promise<void> {
    const owner = await this.owner(accountId);
    const order = { keyId, owner, because: 'by-owner' } as const;
    await this.apiKeys.change(accountId, (current) => revoke(current, order, this.clock.now()));
    this.endings.nudge();
  }

  /** Revokes all of an account's keys; may be repeated. */
  async revokeAll(accountId: string, because: Revocation): Promise<void> {
    const owner = await this.owner(accountId);
    await this.changeIfThere(accountId, (current) => revokeAll(current, { owner, because }, this.clock.now()));
    this.endings.nudge();
  }

  /**
   * For after what the owner may do has changed: tokens that were given out for keys are void within seconds, and the next ones say
   * what is true now. The keys stay in force.
   */
  async cutOff(accountId: string): Promise<void> {
    await this.changeIfThere(accountId, (current) => cutOff(current, this.clock.now()));
    this.endings.nudge();
  }

  /** Refuses all of an account's keys for good and forgets what they were; for an account that is erased. May be repeated. */
  async erase(accountId: string): Promise<void> {
    await this.changeIfThere(accountId, (current) => erase(current, this.clock.now()));
    this.endings.nudge();
  }

  /**
   * A short-lived access token for whoever holds a key. Throws `http.api-key-refused` alike for one that is unknown, wrong, revoked or
   * expired, and for one whose owner may not sign in.
   * @param address whom the edge has it from
   */
  async exchange(text: string, address: string): Promise<ExchangedApiKey> {
    const presented = readApiKey(text);
    if (!presented) throw httpRefusals.apiKeyRefused();
    const now = this.clock.now();
    const current = await this.apiKeys.byKey(presented.id);
    const key = current && liveKey(current, presented.id, now);
    const isRight = isSameHash(apiKeyHash(presented.secret), key?.secretHash ?? NOBODYS_HASH);
    const account = key && isRight ? await this.accounts.get(current.id) : undefined;
    if (!key || !canSignIn(account, now)) throw httpRefusals.apiKeyRefused();
    const left = Math.floor((key.expiresAt.getTime() - now.getTime()) / 1_000);
    const sessionId = sessionIdOf(key);
    const token = await this.tokens.signLimited(account, {
      sessionId,
      roles: rolesOf(key, account),
      scopes: key.scopes,
      expiresIn: Math.max(1, Math.min(TOKEN_LIFETIME, left)),
    });
    void this.noteUse(current, key.id, addressOf(address)); // nobody waits for it
    return { ...token, sessionId };
  }

  /** What is to be done a week before a key expires; may be repeated. */
  async warnOfExpiry(accountId: string, keyId: string): Promise<void> {
    const account = await this.accounts.get(accountId);
    if (!canSignIn(account, this.clock.now())) return;
    await this.changeIfThere(accountId, (current) => warn(current, keyId, account, this.clock.now()));
  }

  private async noteUse(current: ApiKeys, keyId: string, network: string): Promise<void> {
    const now = this.clock.now();
    if (!use(current, keyId, network, now).changed) return;
    try {
      await this.changeIfThere(current.id, (latest) => use(latest, keyId, network, now));
    } catch (error) {
      this.log.warn('the use of an API key was not noted', { reason: String(error) });
    }
  }

  /** Never makes anew what has been erased. */
  private async changeIfThere(accountId: string, decide: (current: ApiKeys) => ReturnType<typeof use>): Promise<void> {
    const seen = await this.apiKeys.get(accountId);
    if (seen) await this.apiKeys.change(accountId, (current) => (current ? decide(current) : unchanged(seen)));
  }

  private async owner(accountId: string): Promise<Account> {
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.accountNotFound();
    return account;
  }
}

const isSameHash = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));
