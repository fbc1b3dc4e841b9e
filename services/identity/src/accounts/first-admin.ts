import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BadConfiguration, CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import type { Config } from '../config.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { appoint } from './account.js';
import { AccountsStore } from './accounts.store.js';
import { canonicalEmail } from './email-address.js';

/** Makes the administrator of the configuration at the first start; later ones are made by an administrator. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { ADMIN_EMAIL, ADMIN_PASSWORD } = this.config;
    if (!ADMIN_EMAIL && !ADMIN_PASSWORD) return;
    if (!ADMIN_EMAIL || !ADMIN_PASSWORD)
      throw new BadConfiguration('identity', ['ADMIN_EMAIL and ADMIN_PASSWORD belong together']);
    const email = canonicalEmail(ADMIN_EMAIL);
    const existing = await this.accounts.byEmail(email);
    if (!existing) return this.appoint(email, ADMIN_PASSWORD);
    if (!existing.roles.includes('ADMIN'))
      this.log.warn('ADMIN_EMAIL belongs to somebody who is no administrator; nothing was changed');
  }

  private async appoint(email: string, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    const person = { id: newId(), email, firstName: 'First', lastName: 'Administrator', role: 'ADMIN' as const };
    try {
      await this.accounts.change(person.id, () => appoint({ ...person, passwordHash }, this.clock.now()));
      this.log.info('the first administrator has an account', { userId: person.id });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error; // else: another instance was faster
    }
  }
}
