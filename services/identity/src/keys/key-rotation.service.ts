import { CONFIG } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { EndedSessionsRelay } from '../sessions/ended-sessions.relay.js';
import { type Cause, type KeyRing, RING, forget, isOld, rotate, withdraw } from './key-ring.js';
import { KeyRingsStore } from './key-rings.store.js';
import { SigningKeys } from './signing-keys.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
/** Clocks of instances, and of who verifies, may differ by this much. */
const CLOCK_DIFFERENCE = 60 * SECOND;

/** Puts new signing keys in the place of old ones. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly rings: KeyRingsStore,
    private readonly keys: SigningKeys,
    private readonly endings: EndedSessionsRelay,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** When the newest key has signed for long enough. False when it has not. */
  async rotateIfOld(): Promise<boolean> {
    const longest = this.config.SIGNING_KEY_ROTATION_DAYS * DAY;
    const before = await this.ring();
    if (!isOld(before, longest, this.clock.now())) return false;
    const after = await this.rotate({ by: 'schedule' });
    return after.keys.at(-1)?.kid !== before.keys.at(-1)?.kid;
  }

  /** Publishes a new key that takes over later; nobody notices. Nothing while one is published that does not sign yet. */
  async rotate(cause: Cause): Promise<KeyRing> {
    const key = await this.keys.generate();
    const tokenLife = this.config.ACCESS_TOKEN_TTL_SECONDS * SECOND + CLOCK_DIFFERENCE;
    return this.changed((ring) => rotate(ring, key, tokenLife, cause, this.clock.now()));
  }

  /** A new key signs from now on, and no token of another one holds any more: everybody's next request is for a refresh. */
  async withdrawAll(cause: Cause): Promise<KeyRing> {
    const key = await this.keys.generate();
    const ring = await this.changed((current) => withdraw(current, key, cause, this.clock.now()));
    this.endings.nudge();
    this.log.warn('all signing keys have been withdrawn', { kid: key.kid });
    return ring;
  }

  /** Removes keys whose last token has expired. Says how many. */
  async removeExpired(now: Date): Promise<number> {
    const before = await this.ring();
    const after = await this.changed((ring) => forget(ring, now));
    return before.keys.length - after.keys.length;
  }

  async ring(): Promise<KeyRing> {
    const ring = await this.rings.get(RING);
    if (!ring) throw new Error('There are no signing keys');
    return ring;
  }

  private async changed(decide: (ring: KeyRing) => ReturnType<typeof rotate>): Promise<KeyRing> {
    const before = await this.ring();
    const ring = await this.rings.change(RING, (current) => decide(current ?? before));
    this.keys.take(ring);
    return ring;
  }
}
