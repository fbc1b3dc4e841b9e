import { setTimeout as wait } from 'node:timers/promises';
import { unseal } from '@lyceum/bus';
import { isNobodys } from '@lyceum/contracts';
import { CONFIG, Repeating } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { JWK } from 'jose';
import type { Config } from '../config.js';
import { type Channel, type Message, channels } from '../messages/message.js';
import { isInApp, isMail, renderMail } from '../messages/rendering.js';
import { Notifications } from '../notifications/notifications.store.js';
import { Streams } from '../notifications/streams.js';
import { Directory } from '../projections/directory.js';
import { Deliveries } from './deliveries.store.js';
import { type Delivery, type Outcome, type Verdict, isStale, judge } from './delivery.js';
import { MailGateway } from './mail.gateway.js';
import { NotifyMetrics } from '../notify-metrics.js';

const atOnce = 10;

/** Sends what is due. Every instance does; of several that see the same delivery one gets it. */
@Injectable()
export class Sender implements OnApplicationBootstrap, OnModuleDestroy {
  /** One for each channel: a mail provider that hangs holds up nothing else. */
  private readonly rounds: readonly Repeating[];
  private readonly publicUrl: string;
  private readonly sealingKey: JWK;
  private readonly leaseMs: number;
  private stopping = false;

  constructor(
    private readonly deliveries: Deliveries,
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly notifications: Notifications,
    private readonly streams: Streams,
    private readonly mails: MailGateway,
    private readonly metrics: NotifyMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    this.publicUrl = config.PUBLIC_URL.replace(/\/+$/, '');
    this.leaseMs = config.DELIVERY_LEASE_MS;
    this.sealingKey = JSON.parse(config.NOTIFY_SEALING_PRIVATE_KEY) as JWK;
    const failed = (error: unknown) => log.error('sending notifications failed', error);
    this.rounds = channels.map((channel) => new Repeating(1_000, () => this.sendDue(channel), failed));
  }

  onApplicationBootstrap(): void {
    for (const rounds of this.rounds) rounds.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.rounds.map((rounds) => rounds.stop()));
  }

  /** There is something to send. */
  nudge(): void {
    for (const rounds of this.rounds) rounds.nudge();
  }

  private async sendDue(channel: Channel): Promise<void> {
    while (!this.stopping) {
      const due = await this.deliveries.due(channel, this.clock.now(), atOnce);
      const handled = await Promise.all(due.map((delivery) => this.handle(delivery)));
      if (!handled.includes(true)) break;
    }
    const oldest = await this.deliveries.oldestPending(channel);
    const age = oldest ? Math.max(0, this.clock.now().getTime() - oldest.getTime()) : 0;
    this.metrics.pendingAge.set({ channel }, age / 1_000);
  }

  /** False when another instance has it. */
  private async handle(delivery: Delivery): Promise<boolean> {
    const now = this.clock.now();
    const mine = await this.deliveries.claim(delivery, now, new Date(now.getTime() + this.leaseMs));
    if (!mine) return false;
    const { id, channel, attempts } = mine;
    const outcome = await this.attempt(mine).catch((error: unknown): Outcome => {
      this.log.error('a message could not be made', error, { delivery: id, attempts });
      return { kind: 'later', error: error instanceof Error ? error.name : 'unknown error' };
    });
    const verdict = judge(mine, outcome, this.clock.now(), Math.random());
    await this.writeDown(mine, verdict);
    if (outcome.kind === 'unknown') await this.wakeIfKnown(outcome.waitsFor);
    const { standing } = verdict;
    const failed = standing.status === 'failed';
    this.metrics.deliveries.inc({ channel, outcome: failed ? 'failed' : outcome.kind });
    if (failed) this.log.warn('a message was not delivered', { delivery: id, channel, reason: standing.reason });
    else if (outcome.kind === 'later')
      this.log.warn('a message will be tried again', { delivery: id, channel, attempts, reason: outcome.error });
    return true;
  }

  /** A fact that came after we had looked, and before it was written down that we wait for it, has woken nobody. */
  private async wakeIfKnown(waitsFor: string): Promise<void> {
    if (await this.directory.knows(waitsFor)) await this.deliveries.wake(waitsFor, this.clock.now());
  }

  /** What is out must be known as sent before the lease ends, or it is sent again: a database that is away is waited for. */
  private async writeDown(delivery: Delivery, verdict: Verdict): Promise<void> {
    const end = performance.now() + this.leaseMs;
    for (let pause = 100; ; pause = Math.min(2 * pause, 2_000)) {
      try {
        return await this.deliveries.settle(delivery, verdict);
      } catch (error) {
        if (verdict.standing.status !== 'sent' || performance.now() + pause > end) throw error;
        this.log.warn('a message is out and cannot be written down yet', { delivery: delivery.id });
        await wait(pause);
      }
    }
  }

  private async attempt(delivery: Delivery): Promise<Outcome> {
    if (isStale(delivery, this.clock.now())) return { kind: 'never', reason: 'its link has expired' };
    if (await this.isGone(delivery)) return { kind: 'never', reason: 'its reader was erased' };
    const message = await this.directory.titled(delivery.message);
    if ('waitsFor' in message) return { kind: 'unknown', ...message };
    return delivery.channel === 'email' ? this.mail(delivery, message) : this.notice(delivery, message);
  }

  /** Somebody who was erased is told nothing any more but that it has happened. */
  private async isGone({ to, message }: Delivery): Promise<boolean> {
    if (message.kind === 'account-erased') return false;
    const whose = await this.directory.userIdOf(to);
    return 'userId' in whose && (await this.database.erased.has(whose.userId));
  }

  private async mail({ id: deliveryId, to, sealedToken }: Delivery, message: Message): Promise<Outcome> {
    if (!isMail(message)) return { kind: 'never', reason: `there is no mail for ${message.kind}` };
    const address = await this.directory.addressOf(to);
    if ('waitsFor' in address) return { kind: 'unknown', ...address };
    const token = sealedToken === undefined ? '' : await this.opened(sealedToken);
    if (token === undefined) return { kind: 'never', reason: 'its token was not sealed to our key' };
    const { email, name, reader } = address;
    if (isNobodys(email)) return { kind: 'never', reason: 'the person was erased' };
    const mail = renderMail(message, reader, this.publicUrl, token);
    return this.mails.send({ deliveryId, email, name, kind: message.kind }, mail);
  }

  private async notice({ id, to }: Delivery, message: Message): Promise<Outcome> {
    if (!isInApp(message)) return { kind: 'never', reason: `there is no notification for ${message.kind}` };
    const whose = await this.directory.userIdOf(to);
    if ('waitsFor' in whose) return { kind: 'unknown', ...whose };
    await this.notifications.add({ id, ...whose, message, createdAt: this.clock.now() });
    this.streams.nudge(whose.userId);
    return { kind: 'sent' };
  }

  private opened(sealedToken: string): Promise<string | undefined> {
    return unseal(this.sealingKey, sealedToken).catch(() => undefined);
  }
}
