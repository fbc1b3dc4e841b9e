import { Inject, Injectable } from '@nestjs/common';
import { type ErasedThings, type KeptThings, erasureAsked } from '@lyceum/contracts';
import { CONFIG, DirectLine } from '@lyceum/host';
import { type Change, Clock, changed, newId, unchanged } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import type { Account, ScheduledErasure } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { AdministratorsStore } from '../administration/administrators.store.js';
import { AttemptsStore } from '../attempts/attempts.store.js';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { cancelErasure, eraseAccount, isDue, scheduleErasure } from './account-erasure.js';
import { type Erasure, askAgain, begin, missing, receive } from './erasure.js';
import { ErasuresStore } from './erasures.store.js';
import { ReceiptTokens } from './receipt-tokens.js';

/** By whose wish, and after how many days. */
export interface Wish {
  readonly by: 'owner' | 'admin';
  readonly adminId?: string;
  readonly reason?: string;
  readonly graceDays?: number | undefined;
}

/** What a service answers, as its event tells it. */
export interface Answer {
  readonly aggregateversion: number;
  readonly data: {
    readonly erasureId: string;
    readonly erased: readonly ErasedThings[];
    readonly kept: readonly KeptThings[];
    readonly erasedAt: string;
  };
}

@Injectable()
export class ErasuresService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly erasures: ErasuresStore,
    private readonly sessions: SessionsService,
    private readonly attempts: AttemptsStore,
    private readonly tokens: ReceiptTokens,
    private readonly line: DirectLine,
    private readonly administrators: AdministratorsStore,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Everybody is signed out of the account at once. Throws `identity.last-administrator`. */
  async schedule(
    userId: string,
    { graceDays = this.config.ERASURE_GRACE_DAYS, ...wish }: Wish,
  ): Promise<ScheduledErasure> {
    const present = await this.accounts.get(userId);
    if (!present) throw refusals.accountNotFound();
    if (present.roles.includes('ADMIN') && !(await this.accounts.hasOtherAdministrator(userId)))
      throw refusals.lastAdministrator();
    const order = { ...wish, graceDays, erasureId: newId() };
    const { erasure } = await this.accounts.change(userId, (account) => {
      if (!account) throw refusals.accountNotFound();
      return scheduleErasure(account, order, this.clock.now());
    });
    if (!erasure) throw new Error(`${userId} is not to be erased after all`);
    await this.signOut(userId, erasure.scheduledAt);
    return erasure;
  }

  /** Those who were signed in when it was scheduled; who signs in afterwards may want to cancel it. */
  signOut(userId: string, scheduledAt: Date): Promise<void> {
    return this.sessions.endAll(userId, 'signed-out-everywhere', { begunBy: scheduledAt });
  }

  async cancel(userId: string): Promise<void> {
    await this.accounts.change(userId, (account) => {
      if (!account) throw refusals.accountNotFound();
      return cancelErasure(account, this.clock.now());
    });
  }

  /** The days of grace are over. Comes to nothing when it was cancelled, or has happened. */
  async carryOut(userId: string, erasureId: string): Promise<void> {
    const account = await this.accounts.get(userId);
    if (!account?.erasure || !isDue(account, erasureId, this.clock.now())) return;
    const { by, adminId, reason } = account.erasure;
    const begun = { id: erasureId, userId, by, adminId, reason };
    const sealedReceipt = await this.tokens.sealedFor(erasureId);
    // like any other way to be an administrator no more: two who leave at once do not each count on the other
    if (account.roles.includes('ADMIN'))
      await this.administrators.changeAccount(userId, (current) =>
        isDue(current, erasureId, this.clock.now()) ? changed(withoutPower(current)) : unchanged(current),
      );
    await this.erasures.change(erasureId, (current) => begin(current, begun, this.clock.now()));
    await this.attempts.forget(account); // while the address is still known
    await this.accounts.erase(userId, (current) =>
      isDue(current, erasureId, this.clock.now())
        ? eraseAccount(current, { erasureId, sealedReceipt }, this.clock.now())
        : undefined,
    );
    this.log.info('an account has been erased', { userId, erasure: erasureId });
  }

  /** A service has answered. */
  async received(service: string, { data, aggregateversion: version }: Answer): Promise<void> {
    const { erasureId, erased, kept, erasedAt } = data;
    const receipt = { service, version, erased, kept, at: new Date(erasedAt) };
    await this.known(erasureId, (erasure) => receive(erasure, receipt, this.clock.now()));
  }

  /** Asks those services that have not answered, once what was perhaps cut short here is done. */
  async askAgain(userId: string, erasureId: string): Promise<void> {
    await this.carryOut(userId, erasureId);
    const erasure = await this.known(erasureId, (current) => askAgain(current, this.clock.now()));
    if (!erasure) return;
    const sealedReceipt = await this.tokens.sealedFor(erasureId);
    const order = erasureAsked({ userId, erasureId, erasedAt: erasure.begunAt.toISOString(), sealedReceipt });
    for (const service of missing(erasure)) {
      this.log.warn('a receipt for an erasure is missing', { service, erasure: erasureId });
      await this.line.tell(service, userId, order);
    }
  }

  /** Nothing is done about an erasure that was begun elsewhere, as with a database that was restored from before it. */
  private async known(erasureId: string, decide: (erasure: Erasure) => Change<Erasure>): Promise<Erasure | undefined> {
    const found = await this.erasures.get(erasureId);
    if (found) return this.erasures.change(erasureId, (current) => decide(current ?? found));
    this.log.warn('nothing is known of an erasure', { erasure: erasureId });
    return undefined;
  }

  async one(erasureId: string): Promise<Erasure> {
    const erasure = await this.erasures.get(erasureId);
    if (!erasure) throw refusals.erasureNotFound();
    return erasure;
  }
}

const withoutPower = (account: Account): Account => ({ ...account, roles: ['STUDENT'] });
