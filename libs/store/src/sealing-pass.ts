import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@lyceum/telemetry';
import type { Leases } from './leases.js';
import type { PersonalKeys } from './personal-keys.js';
import { SealingState } from './sealing-state.js';

/** A collection in which something lies in clear that is to be encrypted. */
export interface Unsealed {
  readonly name: string;
  readonly state: SealingState;
  /** Gives everything that lies there in clear its look-up values. */
  addTokens(): Promise<void>;
  /** Encrypts what lies there in clear among the next documents; says where the next ones begin, undefined at the end. */
  tidySome(after: unknown): Promise<{ after: unknown } | undefined>;
  /** Nothing lies there in clear any more. */
  tidied(): Promise<void>;
  /** Takes out what leads to people whose keys were shredded. */
  forgetAgain(owners: readonly string[]): Promise<void>;
}

const everyMs = 5_000;
const leaseMs = 30_000;

/** Encrypts, beside the traffic, what was stored in clear before. One instance at a time; another goes on where it stopped. */
export class SealingPass {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private readonly stopping = new AbortController();
  private hasBegun = false;

  constructor(
    private readonly places: () => readonly Unsealed[],
    private readonly keys: Pick<PersonalKeys, 'shredded' | 'rewrap'>,
    private readonly leases: Leases,
    private readonly log: Log,
  ) {}

  start(): void {
    if (this.timer || this.stopping.signal.aborted) return;
    const next = (): void => {
      if (this.stopping.signal.aborted) return;
      this.timer = setTimeout(
        () => {
          this.running = this.run()
            .catch((error: unknown) => this.log.error('personal data could not be encrypted yet', error))
            .finally(next);
        },
        everyMs * (0.5 + Math.random()),
      ).unref();
    };
    next();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  /**
   * One look at every collection; costs nothing once all are done. The first also looks for who came back by a restored backup, and
   * wraps keys anew where there is a new key-encryption key.
   */
  async run(): Promise<void> {
    if (!this.hasBegun && this.places().length > 0)
      this.hasBegun = await this.leases.hold('personal keys', leaseMs, async (lost) => {
        for await (const owners of this.keys.shredded()) {
          AbortSignal.any([lost, this.stopping.signal]).throwIfAborted();
          for (const place of this.places()) await place.forgetAgain(owners);
        }
        const wrapped = await this.keys.rewrap();
        if (wrapped > 0) this.log.info('personal keys are wrapped with the new key-encryption key', { wrapped });
      });
    for (const place of this.places()) {
      const { name, state } = place;
      if (this.stopping.signal.aborted || !((await state.isDue()) || (await state.untidy()))) continue;
      await this.leases.hold(`sealing of ${name}`, leaseMs, async (lost) => {
        const signal = AbortSignal.any([lost, this.stopping.signal]);
        if (await state.isDue()) {
          await place.addTokens(); // before anything is encrypted everything must be found by its token: nothing is there twice
          await state.begun();
          await pause(SealingState.noticedWithinMs, undefined, { signal });
        }
        let left = await state.untidy();
        while (left && !signal.aborted) {
          left = await place.tidySome(left.after);
          if (left) await state.lookedThrough(left.after);
          else {
            await place.tidied();
            await state.tidied();
            this.log.info('personal data is encrypted', { collection: name });
          }
        }
      });
    }
  }
}
