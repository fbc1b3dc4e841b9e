import { Repeating } from '@lyceum/host';
import { Clock, Refusal } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BillingMetrics } from '../billing-metrics.js';
import { type Settled, Settlement } from '../payments/settlement.service.js';
import { StripeGateway } from './stripe.gateway.js';
import { type StripeEvent, StripeEvents } from './stripe-events.store.js';

const atOnce = 10;
/** How long one handling may take before another instance believes that this one has died, in ms. */
const lease = 120_000;
const delays = [1_000, 5_000, 30_000, 120_000, 600_000];
/** About a day; the reconciler does not give up. */
const mostAttempts = 150;

/**
 * Handles stored webhooks: asks Stripe how things are now and settles the payment. Every instance works; an event whose
 * handler died comes due again.
 */
@Injectable()
export class StripeEventsWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Repeating;

  constructor(
    private readonly events: StripeEvents,
    private readonly settlement: Settlement,
    private readonly gateway: StripeGateway,
    private readonly clock: Clock,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
  ) {
    this.rounds = new Repeating(
      1_000,
      () => this.handleDue(),
      (error) => log.error('handling webhooks failed', error),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** There is something to do. */
  nudge(): void {
    this.rounds.nudge();
  }

  private async handleDue(): Promise<void> {
    for (;;) {
      const due = await this.events.due(this.clock.now(), atOnce);
      const handled = await Promise.all(due.map((event) => this.handle(event)));
      if (!handled.includes(true)) return;
    }
  }

  /** False when another instance has it. */
  private async handle(event: StripeEvent): Promise<boolean> {
    const now = this.clock.now();
    const mine = await this.events.claim(event, now, new Date(now.getTime() + lease));
    if (!mine) return false;
    try {
      const outcome = await this.settle(mine);
      await this.events.finish(mine.id, outcome, this.clock.now());
      this.metrics.webhooks.inc({ outcome });
    } catch (error) {
      await this.failed(mine, error);
    }
    return true;
  }

  private settle({ id, about, objectId, livemode, account }: StripeEvent): Promise<Settled> | Settled {
    if (account !== undefined) return this.settlement.flag('account', { event: id, objectId });
    if (livemode !== this.gateway.livemode) return this.settlement.flag('mode', { event: id, objectId });
    return about === 'session' ? this.settlement.bySession(objectId) : this.settlement.byIntent(objectId);
  }

  private async failed({ id, type, attempts }: StripeEvent, error: unknown): Promise<void> {
    if (!(error instanceof Refusal))
      this.log.error('a webhook could not be handled', error, { event: id, type, attempts });
    if (attempts >= mostAttempts) {
      await this.events.finish(id, 'given-up', this.clock.now());
      this.metrics.webhooks.inc({ outcome: 'given-up' });
      return;
    }
    const delay = (delays[attempts - 1] ?? 600_000) * (0.75 + Math.random() / 2);
    const message = error instanceof Error ? error.message : String(error);
    await this.events.postpone(id, new Date(this.clock.now().getTime() + delay), message.slice(0, 500));
    this.metrics.webhooks.inc({ outcome: 'postponed' });
  }
}
