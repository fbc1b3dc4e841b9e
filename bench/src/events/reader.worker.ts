import { On } from '@lyceum/bus';
import { type EventOf, paymentSucceeded } from '@lyceum/contracts';
import { defineService, start } from '@lyceum/host';
import { Database, Projection, from } from '@lyceum/store';
import { Controller, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { work } from '../workers.js';
import { Arrivals } from './arrivals.js';

type Paid = EventOf<typeof paymentSucceeded>;

interface Purchase {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly amount: number;
}

@Injectable()
class Purchases extends Projection<Purchase> {
  readonly feeds = [from(paymentSucceeded, (event) => this.paid(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'purchases',
      fields: { learnerId: String, courseId: String, amount: Number },
      indexes: [{ keys: { learnerId: 1, courseId: 1 } }],
    });
  }
  paid({ data, aggregateversion }: Paid): Promise<boolean> {
    const { paymentId: id, learnerId, courseId, price } = data;
    return this.put(aggregateversion, { id, learnerId, courseId, amount: price.amount });
  }
  total(): Promise<number> {
    return this.count({});
  }
}

const arrivals = new Arrivals();
let writes = true;

@Controller()
class Reactions {
  constructor(private readonly purchases: Purchases) {}

  @On(paymentSucceeded) async whenPaid(event: Paid): Promise<void> {
    if (writes) await this.purchases.paid(event);
    arrivals.one();
  }
}

/** A service that keeps a projection of another one's events, hosted as every service is. */
const running = await start(
  defineService({
    name: 'enrollment',
    description: 'Remembers what was paid.',
    config: z.object({}),
    controllers: [],
    providers: [Purchases],
    reactions: Reactions,
    publishes: [],
    refusals: {},
    stateful: true,
  }),
);

const asked = {
  expect: async (expected: { count: number; writes: boolean }) => {
    ({ writes } = expected);
    arrivals.expect(expected.count);
  },
  all: () => arrivals.all(),
  rows: () => running.app.get(Purchases).total(),
};
export type Reader = typeof asked;
work(asked, () => running.close());
