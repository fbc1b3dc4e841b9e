import { Clock } from '@lyceum/kernel';
import { Injectable } from '@nestjs/common';
import { Entitlements } from '../projections/entitlements.store.js';
import { gotCourse } from './delivered.js';
import type { Received } from './payment.js';
import { Payments } from './payments.store.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Enrollment needs a moment to hear of a payment, and we to hear of the enrolment. */
const grace = MINUTE;
const firstLookDays = 30;
/** Money may arrive a day after its checkout began, and be noticed later still. */
const laterLookDays = 2;

/**
 * Finds payments that are kept while their learner has never got the course for them. There must be none: each is somebody
 * who has paid for nothing.
 */
@Injectable()
export class WaitingPayers {
  /** Those found by earlier looks, so that one that waits for long is not forgotten. */
  private known: ReadonlySet<string> = new Set();
  private looked = false;

  constructor(
    private readonly payments: Payments,
    private readonly entitlements: Entitlements,
    private readonly clock: Clock,
  ) {}

  /** The payments' ids. The first look goes back a month, later ones two days. */
  async find(goOn: () => boolean): Promise<string[]> {
    const now = this.clock.now().getTime();
    const since = new Date(now - (this.looked ? laterLookDays : firstLookDays) * DAY);
    const until = new Date(now - grace);
    const waiting = await this.withoutCourse(await this.payments.keptOf([...this.known]));
    let after: string | undefined;
    do {
      const page = await this.payments.keptSince(since, until, after);
      waiting.push(...(await this.withoutCourse(page.items)));
      after = page.next;
    } while (after !== undefined && goOn());
    this.looked ||= after === undefined;
    this.known = new Set(waiting);
    return [...this.known];
  }

  private async withoutCourse(payments: readonly Received[]): Promise<string[]> {
    if (payments.length === 0) return [];
    const all = await this.entitlements.ofLearners([...new Set(payments.map(({ learnerId }) => learnerId))]);
    // whoever was erased had the course then, or is owed the money: that must not take long either
    const done = (payment: Received) => payment.buyerErased?.owed === false || gotCourse(payment, all);
    return payments.filter((payment) => !done(payment)).map(({ id }) => id);
  }
}
