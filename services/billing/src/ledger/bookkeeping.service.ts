import { Injectable } from '@nestjs/common';
import { Payments } from '../payments/payments.store.js';
import { type Balance, entriesOf } from './journal.js';
import { Journal } from './journal.store.js';

/** The double-entry ledger: follows the payments, entry by entry, and always balances. */
@Injectable()
export class Bookkeeping {
  constructor(
    private readonly journal: Journal,
    private readonly payments: Payments,
  ) {}

  /** Enters what has happened to a payment and is not entered yet. Returns how many entries were new. */
  async post(paymentId: string): Promise<number> {
    const payment = await this.payments.get(paymentId);
    let posted = 0;
    for (const entry of payment ? entriesOf(payment) : []) if (await this.journal.insertOnce(entry)) posted += 1;
    return posted;
  }

  balances(): Promise<Balance[]> {
    return this.journal.balances();
  }
}
