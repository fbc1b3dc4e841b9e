import { allEvents } from '@lyceum/contracts';
import type { Log } from '@lyceum/telemetry';
import type mongoose from 'mongoose';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';

/** How far the log has been looked through. */
interface Progress {
  _id: string;
  position: string;
}

export interface LogRetentionOptions {
  /** Everything younger stays. */
  readonly keepMs: number;
  /** Between two looks. Default an hour. */
  readonly everyMs?: number;
  /** Events looked at in one step. Default 500. */
  readonly batch?: number;
  /** Types of which a newer event tells everything that an older one of the same aggregate told. Default: by their definitions. */
  readonly superseded?: readonly string[];
}

const leaseMs = 60_000;

/**
 * Keeps a publisher's log from growing for ever, and keeps what a rebuild needs: an event leaves only when it and a newer one of
 * the same aggregate and type are past the retention, and only when its definition says that the newer one tells everything.
 */
export class LogRetention {
  static readonly collection = 'event_log_retention';
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private readonly stopping = new AbortController();
  private readonly everyMs: number;
  private readonly batch: number;
  private readonly superseded: readonly string[];

  constructor(
    private readonly events: EventLog,
    private readonly progress: () => mongoose.mongo.Collection<Progress>,
    private readonly leases: Leases,
    private readonly log: Log,
    private readonly options: LogRetentionOptions,
  ) {
    this.everyMs = options.everyMs ?? 3_600_000;
    this.batch = options.batch ?? 500;
    this.superseded =
      options.superseded ?? allEvents.filter(({ newest }) => newest === 'tells all').map(({ type }) => type);
  }

  start(): void {
    if (this.timer || this.stopping.signal.aborted) return;
    const next = (): void => {
      this.timer = setTimeout(
        () => {
          this.running = this.run()
            .catch((error: unknown) => this.log.error('the retention of the event log failed', error))
            .finally(next);
        },
        this.everyMs * (0.5 + Math.random()),
      ).unref();
    };
    next();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  /** Looks through what has become old since the last time, unless another instance is at it. Says how many events have left. */
  async run(): Promise<number> {
    let gone = 0;
    await this.leases.hold('event log retention', leaseMs, async (lost) => {
      const signal = AbortSignal.any([lost, this.stopping.signal]);
      const known = await this.progress().findOne({ _id: whole });
      const end = Date.now() - this.options.keepMs;
      for (let after = known?.position; !signal.aborted;) {
        const step = await this.events.dropSuperseded(this.superseded, after, end, this.batch);
        gone += step.gone;
        if (step.position === undefined) break;
        after = step.position;
        // a kill before this line makes the step be done again, which finds nothing more to drop
        await this.progress().updateOne({ _id: whole }, { $set: { position: after } }, { upsert: true });
      }
    });
    if (gone > 0) this.log.info('events that newer ones supersede have left the log', { gone });
    return gone;
  }
}

const whole = 'event_log';
