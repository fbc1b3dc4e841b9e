import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { type Erasure, inPages } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { Journal } from './ledger/journal.store.js';
import { type ConcludedPayment, ErasedBuyers } from './payments/erased-buyers.service.js';
import { isReceived } from './payments/payment.js';
import { paymentView } from './payments/payment.views.js';
import { Payments } from './payments/payments.store.js';
import { Entitlements } from './projections/entitlements.store.js';
import { Offers } from './projections/offers.store.js';
import { StripeEvents } from './stripe/stripe-events.store.js';

/**
 * What somebody has paid, with its entries in the ledger. Billing knows neither names nor addresses: whoever pays gives them to
 * Stripe on its own page; we hand Stripe none, make no customer there, and keep nothing of what its webhooks tell of them.
 */
@Injectable()
export class BillingPersonalData extends PersonalData {
  constructor(
    private readonly payments: Payments,
    private readonly journal: Journal,
    private readonly webhooks: StripeEvents,
    private readonly entitlements: Entitlements,
    private readonly offers: Offers,
    private readonly buyers: ErasedBuyers,
  ) {
    super();
  }

  override async *collect(userId: string): AsyncIterable<Section> {
    for await (const items of inPages((page) => this.payments.history(userId, page), 50)) {
      const records = items.map((payment) => {
        const { learnerId: _, checkout: _page, ...view } = paymentView(payment);
        const stripe = this.buyers.idsAtStripe(payment);
        return {
          ...view,
          declines: payment.declines,
          ...(payment.status === 'failed' ? { reason: payment.reason } : {}),
          stripe,
        };
      });
      yield { name: 'payments', title: 'Your payments', records };
      const entries = (await Promise.all(items.map(({ id }) => this.journal.ofPayment(id)))).flat();
      yield {
        name: 'ledger',
        title: 'Entries of your payments in the ledger',
        records: entries.map(({ id, ...entry }) => ({ entryId: id, ...entry })),
      };
      const told = await this.webhooks.about(items.flatMap((payment) => this.buyers.idsAtStripe(payment)));
      yield {
        name: 'told-by-stripe',
        title: 'What Stripe has told us about your payments in the last month',
        records: told.map(({ id, type, objectId, receivedAt, outcome }) => ({
          id,
          type,
          objectId,
          receivedAt,
          outcome,
        })),
      };
    }
    const had = await this.entitlements.ofLearners([userId]);
    const records = had.map(({ courseId, endedAt }) => ({ courseId, endedAt }));
    if (had.length > 0) yield { name: 'courses-you-have', title: 'Courses that you have or had', records };
    for await (const items of inPages((page) => this.offers.ofInstructor(userId, page)))
      yield {
        name: 'offers',
        title: 'Courses of yours that are on offer',
        records: items.map(({ id, title, price }) => ({ courseId: id, title, price })),
      };
  }

  override async erase(userId: string, { erasedAt }: Erasure): Promise<Erased> {
    const concluded = await this.buyers.close(userId, erasedAt);
    const of = (outcome: ConcludedPayment['outcome']) => concluded.filter((each) => each.outcome === outcome);
    const notes = await this.webhooks.forget(concluded.flatMap(({ payment }) => this.buyers.idsAtStripe(payment)));
    const courses = await this.entitlements.eraseLearner(userId);
    return {
      erased: [
        { what: 'checkouts that came to nothing', count: of('gone').length },
        { what: 'what Stripe had told us about payments', count: notes },
        { what: 'notes of who has which course', count: courses },
      ],
      kept: [...accountsOf(concluded), ...(of('awaited').length > 0 ? [keptAwaited] : [])],
      ...(of('later').length > 0 ? { waitsFor: 'Stripe, to close pay pages and give money back' } : {}),
    };
  }
}

function accountsOf(concluded: readonly ConcludedPayment[]): NonNullable<Erased['kept']> {
  const received = concluded.map(({ payment }) => payment).filter(isReceived);
  if (received.length === 0) return [];
  const last = Math.max(...received.map(({ buyerErased }) => buyerErased?.keepUntil?.getTime() ?? 0));
  const accounts = {
    what: 'payments and refunds with their entries in the ledger, under the number of an account that is no more',
    why: 'kept as the law on accounting asks: course, amounts, dates and Stripe’s numbers; there is no name and no address in them',
    ...(last > 0 ? { until: new Date(last).toISOString() } : {}),
  };
  return [accounts, keptAtStripe];
}

const keptAtStripe = {
  what: 'what you have told Stripe on its pay pages',
  why: 'we do not have it; Stripe keeps it as the laws on payments ask, and answers to you for it: stripe.com/privacy',
};
const keptAwaited = {
  what: 'payments that are under way',
  why: 'their money may still come or is just going back; then nothing is kept but the accounts',
};
