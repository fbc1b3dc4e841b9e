import { CONFIG, Repeating } from '@lyceum/host';
import { Clock, Refusal } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BillingMetrics } from '../billing-metrics.js';
import type { Config } from '../config.js';
import { Bookkeeping } from '../ledger/bookkeeping.service.js';
import { balanceOf, excess } from '../ledger/journal.js';
import { refusals } from '../refusals.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { Checkouts } from './checkout.service.js';
import { ErasedBuyers } from './erased-buyers.service.js';
import { type Payment, refundedOf } from './payment.js';
import { Payments } from './payments.store.js';
import { Settlement } from './settlement.service.js';
import { WaitingPayers } from './waiting-payers.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Younger payments are still being worked on by those who began them. */
const grace = MINUTE;
/** Stripe gives up on a webhook after three days; a refund may be pending for some, too. */
const refundDays = 5;
const atOnce = 8;
const leaseMs = 60_000;

/** Compares our payments with Stripe and sets right what a lost webhook or a crash has left behind. One instance at a time. */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Repeating;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly payments: Payments,
    private readonly checkouts: Checkouts,
    private readonly settlement: Settlement,
    private readonly bookkeeping: Bookkeeping,
    private readonly erasedBuyers: ErasedBuyers,
    private readonly waitingPayers: WaitingPayers,
    private readonly gateway: StripeGateway,
    private readonly clock: Clock,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    this.rounds = new Repeating(
      config.RECONCILE_INTERVAL_SECONDS * 1_000,
      async () => void (await this.reconcile()),
      (error) => this.failed('the comparison with Stripe failed', error),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    this.stopping = true;
    return this.rounds.stop();
  }

  /** One round. False when another instance is at it. */
  reconcile(): Promise<boolean> {
    return this.database.leases.hold('reconciler', leaseMs, async (lost) => {
      const goOn = () => !lost.aborted && !this.stopping;
      await this.healUnderWay(goOn);
      await this.healRefunds(goOn);
      await this.erasedBuyers.sweep(goOn);
      await this.checkLedger();
      await this.checkEntitlements(goOn);
      this.metrics.reconciledAt.set(this.clock.now().getTime() / 1_000);
    });
  }

  private async healUnderWay(goOn: () => boolean): Promise<void> {
    const begunBefore = new Date(this.clock.now().getTime() - grace);
    let after: string | undefined;
    do {
      const page = await this.payments.underWay(begunBefore, after);
      await this.each(page.items, goOn, (payment) => this.heal(payment));
      after = page.next;
    } while (after !== undefined && goOn());
  }

  private async healRefunds(goOn: () => boolean): Promise<void> {
    const refunds = await this.gateway.refundsSince(new Date(this.clock.now().getTime() - refundDays * DAY));
    const intents = [...new Set(refunds.map(({ paymentIntentId }) => paymentIntentId))];
    for (let start = 0; start < intents.length && goOn(); start += 100) {
      const some = new Set(intents.slice(start, start + 100));
      const payments = await this.payments.ofIntents([...some]);
      const known = new Set(payments.flatMap((payment) => payment.refunds.map(({ refundId }) => refundId)));
      const missing = new Set(
        refunds
          .filter(({ refundId, paymentIntentId }) => some.has(paymentIntentId) && !known.has(refundId))
          .map(({ paymentIntentId }) => paymentIntentId),
      );
      const behind = payments.filter(({ paymentIntentId }) => missing.has(paymentIntentId));
      await this.each(behind, goOn, (payment) => this.settlement.refresh(payment));
    }
  }

  private heal(payment: Payment): Promise<Payment> {
    return payment.status === 'opening' ? this.checkouts.heal(payment) : this.settlement.refresh(payment);
  }

  /** One payment that cannot be set right does not stop the others; a Stripe that does not answer ends the round. */
  private async each<P extends Payment>(
    payments: readonly P[],
    goOn: () => boolean,
    work: (payment: P) => Promise<Payment>,
  ): Promise<void> {
    for (let start = 0; start < payments.length && goOn(); start += atOnce) {
      const some = payments.slice(start, start + atOnce);
      const outcomes = await Promise.allSettled(some.map(async (payment) => ({ payment, now: await work(payment) })));
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') this.failed('a payment could not be compared with Stripe', outcome.reason);
        else if (isAnother(outcome.value.payment, outcome.value.now)) this.noteHealed(outcome.value.now);
      if (outcomes.some((outcome) => outcome.status === 'rejected' && outcome.reason instanceof Refusal))
        throw refusals.stripeUnavailable();
    }
  }

  private noteHealed({ id, status }: Payment): void {
    this.metrics.healed.inc({ what: status });
    this.log.info('a payment was behind Stripe and has caught up', { paymentId: id, status });
  }

  private async checkLedger(): Promise<void> {
    const balances = await this.bookkeeping.balances();
    for (const [currency, accounts] of Map.groupBy(balances, (balance) => balance.currency))
      this.metrics.ledgerExcess.set({ currency }, excess(accounts));
    for (const { account, currency } of balances)
      this.metrics.ledger.set({ account, currency }, balanceOf(balances, account, currency).amount);
  }

  private async checkEntitlements(goOn: () => boolean): Promise<void> {
    const waiting = await this.waitingPayers.find(goOn);
    this.metrics.paidNotEntitled.set(waiting.length);
    if (waiting.length > 0)
      this.log.error('billing.paid-not-entitled', undefined, { paymentIds: waiting.slice(0, 20) });
  }

  private failed(what: string, error: unknown): void {
    if (error instanceof Refusal) this.log.warn(what, { code: error.code });
    else this.log.error(what, error);
  }
}

const isAnother = (before: Payment, after: Payment): boolean =>
  before.status !== after.status || refundedOf(before).amount !== refundedOf(after).amount;
