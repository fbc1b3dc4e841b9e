import { type Counts, type JobContext, Repeating } from '@lyceum/host';
import { Log, Metrics } from '@lyceum/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { SigningKeySecrets } from '../keys/signing-key-secrets.js';
import { AuthenticatorSecrets } from '../two-factor/authenticator-secrets.js';
import { PersonalKeyWrappings } from './personal-key-wrappings.js';
import type { SecretPlace } from './secret-place.js';

export const AT_ONCE = 100;
const COUNTED_EVERY = 600_000;

/** Encrypts secrets anew when there is another key in front, so that the one before can be thrown away. */
@Injectable()
export class KeyEncryption implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly places: readonly SecretPlace[];
  private readonly outdated: Gauge<'place'>;
  /** Every instance counts, or one would go on to tell what another has long since seen to. */
  private readonly counting: Repeating;

  constructor(
    signingKeys: SigningKeySecrets,
    authenticators: AuthenticatorSecrets,
    personalKeys: PersonalKeyWrappings,
    metrics: Metrics,
    log: Log,
  ) {
    this.places = [signingKeys, authenticators, personalKeys];
    this.outdated = new Gauge({
      name: 'lyceum_identity_secrets_outdated',
      help: 'Secrets that are encrypted with another key than the one in front, when it was last looked',
      labelNames: ['place'],
      registers: [metrics.registry],
    });
    this.counting = new Repeating(
      COUNTED_EVERY,
      () => this.left().then(() => undefined),
      (error) => log.warn('secrets that need an old key could not be counted', { reason: String(error) }),
    );
  }

  onApplicationBootstrap(): void {
    this.counting.start();
    this.counting.nudge();
  }

  onModuleDestroy(): Promise<void> {
    return this.counting.stop();
  }

  /** How many secrets of each place still need a key that is only read with. */
  async left(): Promise<Record<string, number>> {
    const counts = await Promise.all(this.places.map(async (place) => [place.name, await place.left()] as const));
    for (const [place, count] of counts) this.outdated.set({ place }, count);
    return Object.fromEntries(counts);
  }

  /** Encrypts everything anew that is outdated; goes on where it was interrupted. */
  async renew({ cursor = '', reached }: JobContext): Promise<Counts> {
    const [begunWith, begunAfter = ''] = cursor.split(/:(.*)/s);
    const from = Math.max(
      0,
      this.places.findIndex(({ name }) => name === begunWith),
    );
    for (const [n, place] of this.places.slice(from).entries()) {
      let after: string | undefined = n === 0 ? begunAfter : '';
      while (after !== undefined) {
        const { renewed, last }: Awaited<ReturnType<SecretPlace['renew']>> = await place.renew(after, AT_ONCE);
        await reached(`${place.name}:${last ?? after}`, { renewed });
        after = last;
      }
    }
    const left = Object.values(await this.left()).reduce((sum, count) => sum + count, 0);
    return { left };
  }
}
