import type { JobContext } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Injectable } from '@nestjs/common';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { EmailChangesStore } from '../email-change/email-changes.store.js';
import { ExternalAttemptsStore } from '../external-sign-in/external-attempts.store.js';
import { KeyRotation } from '../keys/key-rotation.service.js';
import { PasskeyChallengesStore } from '../passkeys/passkey-challenges.store.js';
import { RecoveriesStore } from '../recovery/recoveries.store.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import { SignInChallengesStore } from '../two-factor/sign-in-challenges.store.js';
import { TwoFactorStore } from '../two-factor/two-factor.store.js';

/** Something that keeps what expires. */
interface Perishable {
  removeExpired(now: Date, limit: number): Promise<number>;
}

const AT_ONCE = 500;

/**
 * Removes what has expired. For most of it the database has an index that does so too, by its own clock and when it gets to it; this
 * is by the service's clock, is on record, and waits for events that have not left.
 */
@Injectable()
export class Cleanup {
  private readonly places: readonly (readonly [name: string, place: Perishable])[];

  constructor(
    sessions: SessionsStore,
    challenges: SignInChallengesStore,
    passkeyChallenges: PasskeyChallengesStore,
    twoFactors: TwoFactorStore,
    recoveries: RecoveriesStore,
    emailChanges: EmailChangesStore,
    externalAttempts: ExternalAttemptsStore,
    attempts: AttemptsStore,
    keys: KeyRotation,
    private readonly clock: Clock,
  ) {
    this.places = [
      ['sessions', sessions],
      ['signInChallenges', challenges],
      ['passkeyChallenges', passkeyChallenges],
      ['unconfirmedAuthenticators', twoFactors],
      ['recoveries', recoveries],
      ['emailChanges', emailChanges],
      ['externalAttempts', externalAttempts],
      ['attempts', attempts],
      ['signingKeys', keys],
    ];
  }

  /** Goes on with the place at which it was interrupted. */
  async run({ cursor, reached }: JobContext): Promise<void> {
    const from = this.places.findIndex(([name]) => name === cursor);
    for (const [name, place] of this.places.slice(Math.max(0, from))) {
      let removed: number;
      do {
        removed = await place.removeExpired(this.clock.now(), AT_ONCE);
        await reached(name, { [name]: removed });
      } while (removed === AT_ONCE);
    }
  }
}
