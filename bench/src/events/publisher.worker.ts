import { RabbitBus } from '@lyceum/bus';
import { type Envelope, paymentSucceeded } from '@lyceum/contracts';
import { defineService, start } from '@lyceum/host';
import { changed, newId } from '@lyceum/kernel';
import { Aggregates, Database } from '@lyceum/store';
import { createLog } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { work } from '../workers.js';
import { manyTimes } from '../many-times.js';
import { paid } from './payment.js';

interface Payment {
  readonly id: string;
  readonly learnerId: string;
  readonly amount: number;
}

@Injectable()
class Payments extends Aggregates<Payment> {
  constructor(database: Database) {
    super(database, {
      collection: 'payments',
      fields: { learnerId: String, amount: Number },
      indexes: [{ keys: { learnerId: 1 } }],
    });
  }
  succeed(id: string): Promise<Payment> {
    return this.change(id, () => changed({ id, learnerId: 'ada', amount: 2900 }, [paid(id)]));
  }
}

/** The broker, which can be kept out of reach so that a backlog builds up. */
class GatedBus extends RabbitBus {
  open = true;
  override isReady(): boolean {
    return this.open && super.isReady();
  }
  override async publish(events: readonly Envelope[]): Promise<void> {
    if (!this.open) throw new Error('The gate is closed');
    await super.publish(events);
  }
}

const { AMQP_URL = '', BUS_NAMESPACE = '' } = process.env;
const log = createLog({ service: 'billing', level: 'warn', format: 'json' });
const bus = new GatedBus({ url: AMQP_URL, namespace: BUS_NAMESPACE, log });
await bus.start();

/** A service that publishes, hosted as every service is. */
const running = await start(
  defineService({
    name: 'billing',
    description: 'Publishes what was paid.',
    config: z.object({}),
    controllers: [],
    providers: [Payments],
    publishes: [paymentSucceeded],
    refusals: {},
    stateful: true,
  }),
  { bus, log },
);
const payments = running.app.get(Payments);
const database = running.app.get(Database);

const asked = {
  /** Real commands: each loads, decides and saves state and event together; the relay follows. */
  change: ({ count, width }: { count: number; width: number }) =>
    manyTimes(count, width, () => payments.succeed(newId())),
  gate: async ({ open }: { open: boolean }) => {
    bus.open = open;
  },
  /** Sends the backlog. */
  flush: async () => {
    if (!(await database.flush(120_000))) throw new Error('The outbox is not empty after two minutes');
  },
};
export type Publisher = typeof asked;
work(asked, () => running.close());
