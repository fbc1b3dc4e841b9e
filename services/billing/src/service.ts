import {
  checkoutExpired,
  checkoutStarted,
  paymentDeclined,
  paymentRefunded,
  paymentSucceeded,
} from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { BillingMetrics } from './billing-metrics.js';
import { Config } from './config.js';
import { Bookkeeping } from './ledger/bookkeeping.service.js';
import { Journal } from './ledger/journal.store.js';
import { CheckoutPagesController } from './payments/checkout-pages.controller.js';
import { CheckoutController } from './payments/checkout.controller.js';
import { Checkouts } from './payments/checkout.service.js';
import { Conclusion } from './payments/conclusion.service.js';
import { ErasedBuyers } from './payments/erased-buyers.service.js';
import { PaymentsController } from './payments/payments.controller.js';
import { Payments } from './payments/payments.store.js';
import { Reconciler } from './payments/reconciler.js';
import { Refunds } from './payments/refunds.service.js';
import { Settlement } from './payments/settlement.service.js';
import { WaitingPayers } from './payments/waiting-payers.js';
import { BillingPersonalData } from './personal-data.js';
import { Entitlements } from './projections/entitlements.store.js';
import { Offers } from './projections/offers.store.js';
import { Reactions } from './reactions.js';
import { refusals } from './refusals.js';
import { StripeEvents } from './stripe/stripe-events.store.js';
import { StripeEventsWorker } from './stripe/stripe-events.worker.js';
import { StripeGateway } from './stripe/stripe.gateway.js';
import { WebhookController } from './stripe/webhook.controller.js';

export const billing = defineService({
  name: 'billing',
  description: 'Sells courses: checkout, payments, refunds and the ledger; Stripe holds the money.',
  config: Config,
  keyVariable: 'BILLING_KEY_ENCRYPTION_KEY',
  controllers: [CheckoutPagesController, CheckoutController, PaymentsController, WebhookController],
  providers: [
    Offers,
    Entitlements,
    Payments,
    StripeEvents,
    Journal,
    BillingMetrics,
    StripeGateway,
    Settlement,
    Checkouts,
    Refunds,
    ErasedBuyers,
    Bookkeeping,
    Conclusion,
    WaitingPayers,
    Reconciler,
    StripeEventsWorker,
  ],
  reactions: Reactions,
  personalData: BillingPersonalData,
  publishes: [checkoutStarted, checkoutExpired, paymentSucceeded, paymentDeclined, paymentRefunded],
  refusals,
  stateful: true,
});
