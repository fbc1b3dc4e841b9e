import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import { repeatRegistration } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { hashOf, isOneTimeToken } from '../accounts/one-time-token.js';
import { ProofTokens } from '../accounts/proof-tokens.js';
import { SAME_TIME_FOR_ALL } from '../accounts/same-time.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { refusals } from '../refusals.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { askForChange, cancel, confirm, moveTo } from './email-change.js';
import { EmailChangesStore } from './email-changes.store.js';

/** Another address for an account: the new one must prove itself, the old one is told and can stop it. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly changes: EmailChangesStore,
    private readonly accounts: AccountsStore,
    private readonly tokens: ProofTokens,
    private readonly sessions: SessionsService,
    private readonly apiKeys: ApiKeysService,
    private readonly clock: Clock,
  ) {}

  /**
   * Neither the answer nor its time tells whether somebody else has the new address; who has it is told.
   * Throws `identity.too-many-attempts`.
   */
  async ask(accountId: string, newEmail: string): Promise<void> {
    await Promise.all([this.send(accountId, newEmail), setTimeout(SAME_TIME_FOR_ALL)]);
  }

  /** What the link in the mail to the new address does. Throws `identity.email-change-refused`. */
  async confirm(token: string): Promise<void> {
    const proofHash = hashOf(token);
    const found = isOneTimeToken(token) ? await this.changes.byProof(proofHash) : undefined;
    if (!found) throw refusals.emailChangeRefused();
    const { standing } = await this.changes.change(found.id, (current) =>
      confirm(current ?? found, proofHash, this.clock.now()),
    );
    if (standing.status !== 'confirmed') throw refusals.emailChangeRefused();
    try {
      await this.accounts.change(found.id, (account) => {
        if (!account) throw refusals.emailChangeRefused();
        return moveTo(account, standing, this.clock.now());
      });
    } catch (error) {
      if (error instanceof DuplicateKey) throw refusals.emailChangeRefused(); // somebody has registered it meanwhile
      throw error;
    }
  }

  /** What the link in the mail to the old address does: whoever asked is signed out, and no API key holds. Throws `identity.email-change-refused`. */
  async stop(token: string): Promise<void> {
    const stopHash = hashOf(token);
    const found = isOneTimeToken(token) ? await this.changes.byStop(stopHash) : undefined;
    if (!found) throw refusals.emailChangeRefused();
    await this.changes.change(found.id, (current) => cancel(current ?? found, stopHash, this.clock.now()));
    await this.sessions.endAll(found.id, 'revoked');
    await this.apiKeys.revokeAll(found.id, 'address-change-stopped'); // whoever was in the account may have made one
  }

  private async send(accountId: string, newEmail: string): Promise<void> {
    const [account, holder, proof, stopping] = await Promise.all([
      this.accounts.get(accountId),
      this.accounts.byEmail(newEmail),
      this.tokens.make(),
      this.tokens.make(),
    ]);
    if (!account) throw refusals.accountNotFound();
    const asking = { account, newEmail, isTaken: holder !== undefined, proof, stop: stopping };
    await this.changes.change(accountId, (current) => askForChange(asking, current, this.clock.now()));
    if (holder && holder.id !== accountId)
      await this.accounts.change(holder.id, (current) => repeatRegistration(current ?? holder, this.clock.now()));
  }
}
