import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import type { Page } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { type Account, rehash } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { AttemptsStore, type Target } from '../attempts/attempts.store.js';
import type { Config } from '../config.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { refusals } from '../refusals.js';
import { AccessTokens } from './access-tokens.js';
import { EndedSessionsRelay } from './ended-sessions.relay.js';
import { type RefreshToken, RefreshTokens, openSuccessor, sealSuccessor } from './refresh-token.js';
import { type Device, type Session, end, open, refresh } from './session.js';
import { SessionsStore } from './sessions.store.js';

export interface SignedIn {
  readonly accessToken: string;
  /** In seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly account: Account;
}

@Injectable()
export class SessionsService {
  private readonly tokens: RefreshTokens;

  constructor(
    private readonly sessions: SessionsStore,
    private readonly accounts: AccountsStore,
    private readonly attempts: AttemptsStore,
    private readonly hasher: PasswordHasher,
    private readonly access: AccessTokens,
    private readonly endings: EndedSessionsRelay,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    this.tokens = new RefreshTokens(Buffer.from(config.KEY_ENCRYPTION_KEY, 'base64'));
  }

  /** Throws `identity.sign-in-refused` alike for an unknown address and a wrong password, after the same work. */
  signIn(email: string, password: string, device: Device): Promise<SignedIn> {
    return this.hasher.admit(() => this.admitted(email, password, device));
  }

  /** Gives new tokens for a refresh token, which is spent by that. Throws `identity.refresh-refused`. */
  async refresh(text: string, device: Device): Promise<SignedIn> {
    const presented = this.tokens.read(text);
    const session = presented && (await this.sessions.get(presented.sessionId));
    const account = session && (await this.accounts.get(session.accountId));
    if (!presented || !account) throw refusals.refreshRefused();
    const refreshToken = await this.rotate(presented, account, device);
    return { ...(await this.access.sign(account, session.id)), refreshToken, account };
  }

  /** Ends one of the caller's sessions. Throws `identity.session-not-found` for anybody else's. */
  async end(accountId: string, sessionId: string, because: 'signed-out' | 'revoked'): Promise<void> {
    await this.sessions.change(sessionId, (session) => {
      if (session?.accountId !== accountId) throw refusals.sessionNotFound();
      return end(session, because, this.clock.now());
    });
    this.endings.nudge();
  }

  list(accountId: string, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    return this.sessions.active(accountId, this.clock.now(), page);
  }

  private async admitted(email: string, password: string, device: Device): Promise<SignedIn> {
    const account = await this.accounts.byEmail(email);
    const familiar = await this.sessions.knows(account?.id ?? 'nobody', device.address);
    const target: Target = { email, address: device.address, familiar };
    await this.attempts.begin(target);
    if (!(await this.hasher.matches(password, account?.passwordHash)) || !account) {
      this.log.info('sign-in refused', { userId: account?.id ?? 'unknown' });
      throw refusals.signInRefused();
    }
    await this.attempts.succeeded(target);
    await this.strengthen(account, password);
    const id = newId();
    const token = this.tokens.make(id);
    await this.sessions.change(id, () =>
      open({ id, accountId: account.id, device, tokenHash: token.hash }, this.clock.now()),
    );
    return { ...(await this.access.sign(account, id)), refreshToken: token.text, account };
  }

  private async rotate(presented: RefreshToken, account: Account, device: Device): Promise<string> {
    const next = this.tokens.make(presented.sessionId);
    const successor = { hash: next.hash, sealed: sealSuccessor(presented, next) };
    const { state } = await this.sessions.change(presented.sessionId, (session) => {
      if (!session) throw refusals.refreshRefused();
      return refresh(session, { presented: presented.hash, successor, device, owner: account }, this.clock.now());
    });
    if (state.status === 'ended') {
      this.endings.nudge();
      this.log.warn('a spent refresh token was used again; the session has been ended', { userId: account.id });
      throw refusals.refreshRefused();
    }
    if (state.tokenHash === next.hash || !state.spent) return next.text;
    return openSuccessor(presented, state.spent.successor); // somebody with the same token was faster
  }

  /** Hashes the password anew when the parameters have been raised since; a sign-in does not fail over it. */
  private async strengthen({ id, passwordHash }: Account, password: string): Promise<void> {
    if (!this.hasher.isOutdated(passwordHash)) return;
    try {
      const stronger = await this.hasher.hash(password);
      await this.accounts.change(id, (current) => {
        if (!current) throw refusals.accountNotFound();
        return rehash(current, passwordHash, stronger);
      });
    } catch (error) {
      this.log.warn('a password could not be hashed anew', { userId: id, reason: String(error) });
    }
  }
}
