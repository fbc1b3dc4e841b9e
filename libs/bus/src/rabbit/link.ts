import { setTimeout as delay } from 'node:timers/promises';
import { type Log, redactText } from '@lyceum/telemetry';
import { AmqpConnectionManagerClass, type AmqpConnectionManagerOptions } from 'amqp-connection-manager';
import type { ChannelModel } from 'amqplib';
import { gatherWrites } from './gathering.js';

export interface LinkSettings {
  readonly urls: readonly string[];
  /** Shown in the broker's list of connections. */
  readonly name: string;
  readonly reconnectMs: number;
  /** Authority that signed the broker's certificate (PEM), where it is not a public one. */
  readonly ca?: string | undefined;
  readonly log?: Log | undefined;
}

interface Waiter {
  resolve(connection: ChannelModel): void;
  reject(error: Error): void;
}

const longestPause = 5_000;
const longestGoodbye = 2_000;
// what waiting does not mend: access refused, other arguments than the existing queue's
const permanent = /ACCESS.REFUSED|PRECONDITION.FAILED|NOT.ALLOWED/;

const wording = (error: unknown): string => redactText(error instanceof Error ? error.message : String(error));

/**
 * One connection to the broker that comes back when it is lost. `setUp` opens the channels and declares the topology on
 * every new connection, and again after {@link repair}; the link is up when it has succeeded.
 */
export class Link {
  private readonly manager: AmqpConnectionManagerClass;
  private readonly waiters = new Set<Waiter>();
  private readonly ending = new AbortController();
  private up: ChannelModel | undefined;
  private settingUp = false;
  private broken = false;
  private blocked: string | undefined;
  private problem: Error | undefined;

  constructor(
    private readonly settings: LinkSettings,
    private readonly setUp: (connection: ChannelModel) => Promise<void>,
  ) {
    const { urls, name, reconnectMs, ca } = settings;
    const connectionOptions: AmqpConnectionManagerOptions['connectionOptions'] = {
      timeout: 10_000,
      noDelay: true,
      clientProperties: { connection_name: name },
      ...(ca ? { ca } : {}),
    };
    this.manager = new AmqpConnectionManagerClass([...urls], {
      heartbeatIntervalInSeconds: 10,
      reconnectTimeInSeconds: reconnectMs / 1_000,
      connectionOptions,
    });
    this.manager.on('connect', ({ connection }) => {
      // typed as its inner connection by the library; it is what connect() of amqplib gives
      const { connection: current } = this.manager;
      if (current === undefined || current !== connection) return;
      gatherWrites(current);
      void this.establish();
    });
    this.manager.on('connectFailed', ({ err }) => this.fail(err));
    this.manager.on('disconnect', ({ err }: { err?: Error }) => {
      this.up = undefined;
      this.blocked = undefined;
      if (this.ending.signal.aborted) return;
      this.problem = new Error(wording(err ?? 'connection closed'));
      settings.log?.warn('The connection to the broker is lost', {
        connection: name,
        reason: wording(err ?? 'closed'),
      });
    });
    this.manager.on('blocked', ({ reason }) => {
      this.blocked = reason;
      settings.log?.warn('The broker takes no messages', { reason });
    });
    this.manager.on('unblocked', () => {
      this.blocked = undefined;
      settings.log?.info('The broker takes messages again');
      if (this.up) this.wake(this.up);
    });
  }

  /** Begins to connect, and goes on until {@link close}. */
  open(): void {
    this.manager.connect().catch(() => {}); // connectFailed has told
  }

  isUp(): boolean {
    return this.up !== undefined && this.blocked === undefined;
  }

  /** The connection once it is set up. Rejects after `ms`, or at once for what waiting does not mend. */
  connected(ms: number): Promise<ChannelModel> {
    if (this.ending.signal.aborted) return Promise.reject(new Error('The message bus is closed'));
    if (this.up && this.blocked === undefined) return Promise.resolve(this.up);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.reject(this.notReady(ms)), Math.max(0, ms));
      const done = () => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: (connection) => {
          done();
          resolve(connection);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.waiters.add(waiter);
    });
  }

  /** Sets up again, after a pause, what was lost although the connection stands: brokers close channels for many reasons. */
  repair(): void {
    if (!this.manager.isConnected() || this.ending.signal.aborted) return;
    this.up = undefined;
    this.broken = true;
    void this.establish();
  }

  async close(): Promise<void> {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    this.up = undefined;
    for (const waiter of this.waiters) waiter.reject(new Error('The message bus is closed'));
    const connected = this.manager.isConnected();
    const closed = this.manager.close().catch(() => {}); // never settles when there is no connection
    if (connected) await Promise.race([closed, delay(longestGoodbye, undefined, { ref: false })]);
  }

  private async establish(): Promise<void> {
    if (this.settingUp) return; // the loop below sees a new connection, and that something broke meanwhile
    this.settingUp = true;
    let pause = this.settings.reconnectMs;
    while (this.manager.connection && !this.ending.signal.aborted) {
      if (this.broken) await this.pause(pause);
      const { connection } = this.manager;
      if (!connection) break;
      this.broken = false;
      try {
        await this.setUp(connection);
        if (this.broken || this.manager.connection !== connection) continue;
        this.up = connection;
        this.problem = undefined;
        if (this.blocked === undefined) this.wake(connection);
        break;
      } catch (error) {
        this.fail(error);
        this.broken = true;
        pause = Math.min(2 * pause, longestPause);
      }
    }
    this.settingUp = false;
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.ending.signal }).catch(() => {}); // ended
  }

  private wake(connection: ChannelModel): void {
    for (const waiter of this.waiters) waiter.resolve(connection);
  }

  private fail(error: unknown): void {
    if (this.ending.signal.aborted) return;
    this.problem = new Error(wording(error));
    this.settings.log?.warn('The broker cannot be used', { connection: this.settings.name, reason: wording(error) });
    if (!permanent.test(this.problem.message)) return;
    for (const waiter of this.waiters) waiter.reject(new Error(`The broker refused: ${this.problem.message}`));
  }

  private notReady(ms: number): Error {
    if (this.blocked !== undefined) return new Error(`The broker takes no messages (blocked): ${this.blocked}`);
    const why = this.problem ? `: ${this.problem.message}` : '';
    return new Error(`The broker could not be reached within ${ms} ms${why}`);
  }
}
