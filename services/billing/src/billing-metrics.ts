import { Metrics } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

/** What operators watch: each of these has an alert. */
@Injectable()
export class BillingMetrics {
  readonly mismatched: Counter<'what'>;
  readonly healed: Counter<'what'>;
  readonly webhooks: Counter<'outcome'>;
  readonly reconciledAt: Gauge;
  readonly doublePayments: Counter;
  readonly ledgerExcess: Gauge<'currency'>;
  readonly ledger: Gauge<'account' | 'currency'>;
  readonly paidNotEntitled: Gauge;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.mismatched = new Counter({
      name: 'lyceum_billing_payment_mismatched_total',
      help: 'What Stripe showed under a payment of ours but does not agree with it, by what differs; nothing was granted',
      labelNames: ['what'],
      registers,
    });
    this.healed = new Counter({
      name: 'lyceum_billing_reconciled_total',
      help: 'Payments that the reconciler set right because a webhook was lost or a process died, by what they became',
      labelNames: ['what'],
      registers,
    });
    this.webhooks = new Counter({
      name: 'lyceum_billing_webhooks_total',
      help: 'Webhooks by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    this.reconciledAt = new Gauge({
      name: 'lyceum_billing_reconciled_timestamp_seconds',
      help: 'When the reconciler last finished a round',
      registers,
    });
    this.ledgerExcess = new Gauge({
      name: 'lyceum_billing_ledger_excess_minor_units',
      help: 'Debits minus credits of the whole ledger: anything but 0 is a bug',
      labelNames: ['currency'],
      registers,
    });
    this.ledger = new Gauge({
      name: 'lyceum_billing_ledger_minor_units',
      help: 'What lies on each account of the ledger, counted as its debit side; `stripe` is what Stripe holds for us',
      labelNames: ['account', 'currency'],
      registers,
    });
    this.paidNotEntitled = new Gauge({
      name: 'lyceum_billing_paid_not_entitled',
      help: 'Payments of more than a minute ago for which the learner has not got the course: anything but 0 is a bug',
      registers,
    });
    this.doublePayments = new Counter({
      name: 'lyceum_billing_double_payments_total',
      help: 'Payments that arrived for a course which the learner had paid already',
      registers,
    });
  }
}
