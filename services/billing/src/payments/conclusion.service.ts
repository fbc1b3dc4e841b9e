import { Database } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { BillingMetrics } from '../billing-metrics.js';
import { Bookkeeping } from '../ledger/bookkeeping.service.js';
import { Checkouts } from './checkout.service.js';
import { ErasedBuyers } from './erased-buyers.service.js';
import { Payments } from './payments.store.js';

interface Purchase {
  readonly paymentId: string;
  readonly learnerId: string;
  readonly courseId: string;
}

/** What follows from a payment's arrival. Safe to repeat. */
@Injectable()
export class Conclusion {
  constructor(
    private readonly bookkeeping: Bookkeeping,
    private readonly checkouts: Checkouts,
    private readonly payments: Payments,
    private readonly erasedBuyers: ErasedBuyers,
    private readonly database: Database,
    private readonly metrics: BillingMetrics,
  ) {}

  async paid(purchase: Purchase): Promise<void> {
    const posted = await this.bookkeeping.post(purchase.paymentId);
    await this.checkouts.closeOthers(purchase);
    const kept = await this.payments.kept(purchase.learnerId, purchase.courseId);
    if (posted > 0 && kept.length > 1) this.metrics.doublePayments.inc();
    if (await this.database.erased.has(purchase.learnerId)) await this.erasedBuyers.settle(purchase.paymentId);
  }
}
