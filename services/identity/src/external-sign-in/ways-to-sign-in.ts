import { Injectable } from '@nestjs/common';
import { Contention, Database } from '@lyceum/store';
import type { Account } from '../accounts/account.js';
import { PasskeysStore } from '../passkeys/passkeys.store.js';
import { refusals } from '../refusals.js';
import { ExternalIdentitiesStore } from './external-identities.store.js';

const LONGEST = 10_000;

/** Nobody gives up the last way into an account. */
@Injectable()
export class WaysToSignIn {
  constructor(
    private readonly database: Database,
    private readonly identities: ExternalIdentitiesStore,
    private readonly passkeys: PasskeysStore,
  ) {}

  /**
   * Takes away a passkey or an external identity, if there is another way or a password. Those of one account are taken away one by
   * one, or else each of two would count on the other.
   * Throws `identity.last-way-to-sign-in`, and {@link Contention} while another one is being taken away.
   */
  async giveUpOne({ id, passwordHash }: Account, way: string, takeAway: () => Promise<void>): Promise<void> {
    if (passwordHash !== undefined) return takeAway();
    const done = await this.database.leases.hold(`ways-to-sign-in:${id}`, LONGEST, async () => {
      const all = (await Promise.all([this.identities.of(id), this.passkeys.of(id)])).flat();
      if (!all.some((each) => each.id !== way)) throw refusals.lastWayToSignIn();
      await takeAway();
    });
    if (!done) throw new Contention('ways to sign in', id, 1);
  }
}
