import { Database, Records } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import type { Balance, Entry } from './journal.js';

@Injectable()
export class Journal extends Records<Entry> {
  constructor(database: Database) {
    super(database, {
      collection: 'journal',
      fields: {
        paymentId: { type: String, required: true },
        courseId: { type: String, required: true },
        at: { type: Date, required: true },
        currency: { type: String, required: true },
        lines: [{ account: String, debit: Number, credit: Number, _id: false }],
      },
      indexes: [{ keys: { paymentId: 1 } }, { keys: { at: 1 } }],
    });
  }

  ofPayment(paymentId: string): Promise<Entry[]> {
    return this.find({ paymentId }, { sort: ['at', 'id'] });
  }

  /** Sums of every account. */
  balances(): Promise<Balance[]> {
    return this.aggregate<Balance>([
      { $unwind: '$lines' },
      {
        $group: {
          _id: { account: '$lines.account', currency: '$currency' },
          debit: { $sum: '$lines.debit' },
          credit: { $sum: '$lines.credit' },
        },
      },
      { $project: { _id: 0, account: '$_id.account', currency: '$_id.currency', debit: 1, credit: 1 } },
    ]);
  }
}
