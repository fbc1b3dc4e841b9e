import { allEvents } from '@lyceum/contracts';
import type { EventLog } from './event-log.js';
import type { SealingState } from './sealing-state.js';
import type { Unsealed } from './sealing-pass.js';

const batch = 200;

/** What the log told in clear before events were encrypted. */
export class SealedLog implements Unsealed {
  readonly name = 'event_log';
  private readonly types = allEvents
    .filter(({ personal }) => personal.some(({ blanks }) => blanks.size > 0))
    .map(({ type }) => type);

  constructor(
    private readonly events: EventLog,
    readonly state: SealingState,
  ) {}

  async prepare(settleMs: number): Promise<void> {
    await this.state.begin((await this.events.read({ limit: 1 })).length === 0, settleMs);
  }

  /** Nobody looks for an event by what it tells. */
  async addTokens(): Promise<void> {}

  tidySome(after: unknown): Promise<{ after: unknown } | undefined> {
    return this.events.sealSome(this.types, after, batch);
  }

  async tidied(): Promise<void> {}

  async forgetAgain(): Promise<void> {}
}
