import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import type { Page } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import type { Account } from '../accounts/account.js';
import { isNoteworthy, seen } from '../accounts/inactivity.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { isSuspended, refuseSuspended } from '../administration/suspension.js';
import { Pseudonyms } from '../audit/pseudonyms.js';
import type { Config } from '../config.js';
import { isSamePassword } from '../passwords/password-change.js';
import { PasswordProof } from '../passwords/password-proof.js';
import { refusals } from '../refusals.js';
import { CodeProof } from '../two-factor/code-proof.js';
import { SignInChallengesStore } from '../two-factor/sign-in-challenges.store.js';
import { type AccessToken, AccessTokens } from './access-tokens.js';
import { type Authentication, type Method, byPassword, levelOf } from './authentication.js';
import { EndedSessionsRelay } from './ended-sessions.relay.js';
import { isNews } from './familiarity.js';
import { type RefreshToken, RefreshTokens, openSuccessor, sealSuccessor } from './refresh-token.js';
import { type Device, type Ending, type Session, end, open, proveAgain, refresh } from './session.js';
import { SessionsStore } from './sessions.store.js';

export interface SignedIn extends AccessToken {
  readonly refreshToken: string;
  readonly account: Account;
}

/** The first factor has been proven; the second is asked for with this token. */
export interface Challenged {
  readonly challenge: string;
}

export interface WhichSessions {
  readonly except?: string | undefined;
  readonly begunBy?: Date | undefined;
}

@Injectable()
export class SessionsService {
  private readonly tokens: RefreshTokens;

  constructor(
    private readonly sessions: SessionsStore,
    private readonly accounts: AccountsStore,
    private readonly passwords: PasswordProof,
    private readonly codes: CodeProof,
    private readonly challenges: SignInChallengesStore,
    private readonly access: AccessTokens,
    private readonly endings: EndedSessionsRelay,
    private readonly pseudonyms: Pseudonyms,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    const bytes = (key: string) => Buffer.from(key, 'base64');
    this.tokens = new RefreshTokens(bytes(config.KEY_ENCRYPTION_KEY), config.KEY_ENCRYPTION_KEYS_READ_ONLY.map(bytes));
  }

  /** Throws `identity.sign-in-refused` alike for an unknown address and a wrong password, after the same work. */
  async signIn(email: string, password: string, device: Device): Promise<SignedIn | Challenged> {
    const account = await this.passwords.prove(email, password, device);
    if (!account) throw refusals.signInRefused();
    return this.admit(account, byPassword(this.clock.now()), device);
  }

  /**
   * A session for somebody who has proven who they are, or a challenge when one factor is not enough for the account.
   * Throws `identity.account-suspended`: only who has proven something learns of it.
   */
  async admit(account: Account, authentication: Authentication, device: Device): Promise<SignedIn | Challenged> {
    refuseSuspended(account, this.clock.now());
    const enough = levelOf(authentication) === 'aal2' || !(await this.codes.isAskedOf(account.id));
    if (enough) return this.open(account, authentication, device);
    return { challenge: await this.challenges.issue(account, authentication) };
  }

  /** A fresh access token for a session whose owner has proven again who they are. Throws `identity.account-suspended`. */
  async proveAgain(account: Account, sessionId: string, shown: readonly Method[]): Promise<AccessToken> {
    refuseSuspended(account, this.clock.now());
    const about = { accountId: account.id, shown };
    const session = await this.sessions.change(sessionId, (current) => proveAgain(current, about, this.clock.now()));
    return this.access.sign(account, session);
  }

  /**
   * A new session for somebody who has proven everything that is asked for. Throws `identity.sign-in-refused` when the password has been changed
   * since the account was looked at: whoever knew the old one stays out. Throws `identity.account-suspended`, also when that happened meanwhile;
   * and the roles are those that the account has once the session can be found and ended.
   */
  async open(account: Account, authentication: Authentication, device: Device): Promise<SignedIn> {
    refuseSuspended(account, this.clock.now());
    const id = newId();
    const token = this.tokens.make(id);
    const network = this.pseudonyms.ofNetwork(device.address);
    const tell = (await this.isNews(account, device)) ? account : undefined;
    const about = { id, accountId: account.id, device, authentication, tokenHash: token.hash, network, tell };
    const session = await this.sessions.change(id, () => open(about, this.clock.now()));
    const latest = await this.accounts.get(account.id);
    if (!latest || !isSamePassword(latest, account)) {
      await this.end(account.id, id, 'password-changed');
      throw refusals.signInRefused();
    }
    if (isSuspended(latest, this.clock.now())) await this.end(account.id, id, 'suspended');
    refuseSuspended(latest, this.clock.now());
    await this.noteUse(latest);
    return { ...(await this.access.sign(latest, session)), refreshToken: token.text, account: latest };
  }

  /** Gives new tokens for a refresh token, which is spent by that. Throws `identity.refresh-refused`. */
  async refresh(text: string, device: Device): Promise<SignedIn> {
    const presented = this.tokens.read(text);
    const session = presented && (await this.sessions.get(presented.sessionId));
    const account = session && (await this.accounts.get(session.accountId));
    if (!presented || !account || isSuspended(account, this.clock.now())) throw refusals.refreshRefused();
    const { refreshToken, rotated } = await this.rotate(presented, account, device);
    await this.noteUse(account);
    return { ...(await this.access.sign(account, rotated)), refreshToken, account };
  }

  /** Ends one of the caller's sessions. Throws `identity.session-not-found` for anybody else's. */
  async end(accountId: string, sessionId: string, because: Ending): Promise<void> {
    await this.sessions.change(sessionId, (session) => {
      if (session?.accountId !== accountId) throw refusals.sessionNotFound();
      return end(session, because, this.clock.now());
    });
    this.endings.nudge();
  }

  /** Ends all of an account's sessions, or those that had begun at a time; may be repeated. `except` goes on. */
  async endAll(accountId: string, because: Ending, { except, begunBy }: WhichSessions = {}): Promise<void> {
    const sessions = await this.sessions.allActive(accountId, this.clock.now(), begunBy);
    for (const { id } of sessions.filter((session) => session.id !== except))
      await this.sessions.change(id, (session) => {
        if (!session) throw refusals.sessionNotFound();
        return end(session, because, this.clock.now());
      });
    this.endings.nudge();
  }

  list(accountId: string, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    return this.sessions.active(accountId, this.clock.now(), page);
  }

  private async isNews(account: Account, device: Device): Promise<boolean> {
    const remembered = await this.sessions.remembered(account.id);
    return isNews({ remembered, usedBefore: account.lastSeenAt !== undefined }, device, this.clock.now());
  }

  /** The account remembers to a day when it was last used; nobody is refused because that could not be written down. */
  private async noteUse(account: Account): Promise<void> {
    if (!isNoteworthy(account, this.clock.now())) return;
    try {
      await this.accounts.change(account.id, (current) => seen(current ?? account, this.clock.now()));
    } catch (error) {
      this.log.warn('it could not be noted that an account is used', { userId: account.id, reason: String(error) });
    }
  }

  private async rotate(presented: RefreshToken, account: Account, device: Device) {
    const next = this.tokens.make(presented.sessionId);
    const successor = { hash: next.hash, sealed: sealSuccessor(presented, next) };
    const rotated = await this.sessions.change(presented.sessionId, (session) => {
      if (!session) throw refusals.refreshRefused();
      return refresh(session, { presented: presented.hash, successor, device, owner: account }, this.clock.now());
    });
    const { state } = rotated;
    if (state.status === 'ended') {
      this.endings.nudge();
      this.log.warn('a spent refresh token was used again; the session has been ended', { userId: account.id });
      throw refusals.refreshRefused();
    }
    if (state.tokenHash === next.hash || !state.spent) return { refreshToken: next.text, rotated };
    return { refreshToken: openSuccessor(presented, state.spent.successor), rotated }; // somebody with the same token was faster
  }
}
