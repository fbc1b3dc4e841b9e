import { CONFIG, type JobContext } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import type { Account } from './account.js';
import { AccountsStore } from './accounts.store.js';
import { remind } from './inactivity.js';

const AT_ONCE = 100;
const DAY = 86_400_000;

/** Reminds those who have not been here for long. */
@Injectable()
export class InactivityReminders {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly sessions: SessionsStore,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Looks at all accounts in the order of their ids; goes on with the one at which it was interrupted. */
  async run({ cursor, reached }: JobContext): Promise<void> {
    const since = new Date(this.clock.now().getTime() - this.config.INACTIVE_AFTER_DAYS * DAY);
    for (let after = cursor ?? ''; ;) {
      const batch = await this.accounts.unusedSince(since, { after, limit: AT_ONCE });
      const last = batch.at(-1);
      if (!last) return;
      let reminded = 0;
      for (const account of batch) if (await this.remind(account)) reminded += 1;
      await reached((after = last.id), { reminded });
    }
  }

  private async remind(account: Account): Promise<boolean> {
    const lastSession = await this.sessions.lastSeen(account.id);
    const about = { days: this.config.INACTIVE_AFTER_DAYS, lastSession };
    const after = await this.accounts.change(account.id, (current) =>
      remind(current ?? account, about, this.clock.now()),
    );
    return after.remindedAt !== undefined;
  }
}
