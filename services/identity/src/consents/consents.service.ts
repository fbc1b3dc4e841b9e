import { Inject, Injectable } from '@nestjs/common';
import { type EventOf, Purpose, type userRegistered } from '@lyceum/contracts';
import { CONFIG } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { AccountsStore } from '../accounts/accounts.store.js';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { type Consents, type Documents, type Statement, acceptWithRegistration, state } from './consent.js';
import { ConsentsStore } from './consents.store.js';

@Injectable()
export class ConsentsService {
  readonly documents: Documents;

  constructor(
    private readonly consents: ConsentsStore,
    private readonly accounts: AccountsStore,
    private readonly clock: Clock,
    @Inject(CONFIG) { TERMS_VERSION, PRIVACY_POLICY_VERSION }: Config,
  ) {
    this.documents = {
      ...(TERMS_VERSION ? { terms: TERMS_VERSION } : {}),
      ...(PRIVACY_POLICY_VERSION ? { 'privacy-policy': PRIVACY_POLICY_VERSION } : {}),
    };
  }

  /** Everything that somebody has said so far. */
  of(userId: string): Promise<Consents | undefined> {
    return this.consents.get(userId);
  }

  async say(userId: string, said: Statement): Promise<Consents> {
    if (!(await this.accounts.get(userId))) throw refusals.accountNotFound();
    const about = { id: userId, documents: this.documents };
    return this.consents.change(userId, (current) => state(current, about, said, this.clock.now()));
  }

  /** Somebody who registers must have agreed to the documents as they are now. Throws `identity.document-outdated`. */
  check(accepted: readonly { purpose: string; version: string }[] = []): void {
    for (const [purpose, version] of Object.entries(this.documents))
      if (!accepted.some((each) => each.purpose === purpose && each.version === version))
        throw refusals.documentOutdated(`The present version of ${purpose} is ${version}; it must be agreed to`);
  }

  async registered({ userId, accepted = [], registeredAt }: EventOf<typeof userRegistered>['data']): Promise<void> {
    const known = accepted.flatMap(({ purpose, version }) => {
      const { data } = Purpose.safeParse(purpose);
      return data ? [{ purpose: data, version }] : [];
    });
    if (known.length === 0 || !(await this.accounts.get(userId))) return;
    const about = { id: userId, accepted: known, at: new Date(registeredAt) };
    await this.consents.change(userId, (current) => acceptWithRegistration(current, about));
  }
}
