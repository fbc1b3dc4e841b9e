import { Aggregates, Database, type Page, where } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { type Payment, type Received, isReceived } from './payment.js';

const received = ['paid', 'partly-refunded', 'refunded'];
const notGivenBack = ['paid', 'partly-refunded'];

@Injectable()
export class Payments extends Aggregates<Payment> {
  constructor(database: Database) {
    super(database, {
      collection: 'payments',
      fields: {
        status: { type: String, enum: ['opening', 'open', 'expired', 'failed', ...received], required: true },
        slot: String,
        learnerId: { type: String, required: true },
        courseId: { type: String, required: true },
        courseTitle: { type: String, required: true },
        price: { amount: { type: Number, required: true }, currency: { type: String, required: true } },
        createdAt: { type: Date, required: true },
        expiresAt: { type: Date, required: true },
        successUrl: String,
        cancelUrl: String,
        declines: [String],
        calledBy: String,
        callUntil: Date,
        sessionId: String,
        url: String,
        expiredAt: Date,
        reason: String,
        failedAt: Date,
        paymentIntentId: String,
        paidAt: Date,
        refunds: [{ refundId: String, amount: Number, at: Date, _id: false }],
        refundReasons: { type: [{ at: Date, text: String, _id: false }], default: undefined },
        buyerErased: { type: { at: Date, owed: Boolean, keepUntil: Date }, _id: false },
      },
      indexes: [
        // exactly one payment under way for each learner and course
        { keys: { slot: 1 }, unique: true, where: { slot: { $exists: true } } },
        { keys: { learnerId: 1, createdAt: -1, _id: -1 } },
        { keys: { learnerId: 1, courseId: 1, status: 1 } },
        { keys: { status: 1, createdAt: 1, _id: 1 } },
        { keys: { paidAt: 1, _id: 1 }, where: { paidAt: { $exists: true } } },
        { keys: { 'buyerErased.owed': 1, _id: 1 }, where: { 'buyerErased.owed': true } },
        {
          keys: { 'buyerErased.keepUntil': 1, _id: 1 },
          where: { 'buyerErased.keepUntil': { $exists: true } },
        },
        { keys: { paymentIntentId: 1 }, where: { paymentIntentId: { $exists: true } } },
      ],
    });
  }

  inSlot(slot: string): Promise<Payment | undefined> {
    return this.findOne({ slot });
  }

  /** What the learner has paid for the course and has not got back in full, latest first. */
  async kept(learnerId: string, courseId: string): Promise<Received[]> {
    const status = where({ $in: notGivenBack });
    return (await this.find({ learnerId, courseId, status }, { sort: ['-paidAt'] })).filter(isReceived);
  }

  /** Those of these payments whose money is here. */
  async keptOf(ids: readonly string[]): Promise<Received[]> {
    return (await this.getAll(ids)).filter(isReceived).filter(({ status }) => notGivenBack.includes(status));
  }

  /** Payments that arrived in a time and whose money is still here, page by page, oldest first. */
  async keptSince(since: Date, until: Date, after: string | undefined): Promise<Page<Received>> {
    const filter = { paidAt: where({ $gte: since, $lt: until }), status: where({ $in: notGivenBack }) };
    const { items, ...rest } = await this.page(filter, { limit: 200, after, sort: 'paidAt' });
    return { items: items.filter(isReceived), ...rest };
  }

  async ofIntents(paymentIntentIds: readonly string[]): Promise<Received[]> {
    return (await this.find({ paymentIntentId: where({ $in: paymentIntentIds }) })).filter(isReceived);
  }

  history(learnerId: string, request: { limit: number; after?: string | undefined }): Promise<Page<Payment>> {
    return this.page({ learnerId }, { ...request, sort: '-createdAt' });
  }

  /** Payments of people who were erased, of which money may still come or must go back. */
  owedToErased(request: { limit: number; after?: string | undefined }): Promise<Page<Payment>> {
    return this.page({ 'buyerErased.owed': true }, request);
  }

  /** Payments of people who were erased, whose accounts need not be kept any more. */
  keptLongEnough(now: Date, request: { limit: number; after?: string | undefined }): Promise<Page<Payment>> {
    const filter = { 'buyerErased.keepUntil': where({ $lt: now }) };
    return this.page(filter, { ...request, sort: 'buyerErased.keepUntil' });
  }

  /** Payments under way that began before `begunBefore`, oldest first, page by page. */
  underWay(begunBefore: Date, after: string | undefined): Promise<Page<Payment>> {
    const filter = { status: where({ $in: ['opening', 'open'] }), createdAt: where({ $lt: begunBefore }) };
    return this.page(filter, { limit: 100, after, sort: 'createdAt' });
  }
}
