import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Facts, MailFact, Sums } from './checks.js';
import type { Instance } from './plan.js';
import { figuresIn, totalOf } from './figures.js';
import type { Shopper } from './shopper.js';
import type { Timeline } from './timeline.js';
import type { World } from './world.js';

const Money = z.object({ amount: z.int(), currency: z.string() });
const Payment = z.object({ paymentId: z.string(), courseId: z.string(), status: z.string(), price: Money });
const Enrolment = z.object({ courseId: z.string(), status: z.string() });
const Progress = z.object({ courseId: z.string(), percent: z.number(), completed: z.boolean() });
const Certificate = z.object({ courseId: z.string() });
const Notification = z.object({ notificationId: z.string() });
const Queues = z.array(z.object({ name: z.string(), messages: z.int() }));

/** Looks at the platform as a person, an operator and the providers see it; never into a database. */
export class Inspector {
  constructor(
    private readonly world: World,
    private readonly timeline: Timeline,
  ) {}

  /** The metrics of every instance that answers. */
  async figures(): Promise<Map<Instance, ReturnType<typeof figuresIn>>> {
    const found = new Map<Instance, ReturnType<typeof figuresIn>>();
    const ask = async ([name, url]: [Instance, string]) => {
      if (name.startsWith('edge')) return; // its metrics are on its management port only
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      const text = await response?.text().catch(() => undefined);
      if (response?.ok && text !== undefined) found.set(name, figuresIn(text));
    };
    await Promise.all([...this.world.addresses].map(ask));
    return found;
  }

  /** Documents with events that have not left, and the age of the oldest in ms; undefined while an instance does not answer. */
  async outbox(): Promise<{ pending: number; lagMs: number } | undefined> {
    const all = [...(await this.figures()).values()];
    if (all.length < this.world.addresses.size - 2) return undefined;
    const pending = totalOf(all, 'lyceum_outbox_pending_documents');
    const lags = all.flatMap((figures) => figures.filter(({ name }) => name === 'lyceum_outbox_lag_seconds'));
    return { pending, lagMs: Math.max(0, ...lags.map(({ value }) => value * 1_000)) };
  }

  /** Every queue of the broker with all its messages, also those that a consumer holds. */
  async queues(): Promise<z.output<typeof Queues>> {
    const said = await this.world.broker.control('list_queues', '-q', '--formatter', 'json', 'name', 'messages');
    return Queues.parse(JSON.parse(said));
  }

  mails(): MailFact[] {
    return this.world.standIns.mailbox.messages().flatMap(({ customArgs, categories, to }) => {
      const deliveryId = customArgs['delivery_id'];
      return deliveryId === undefined ? [] : [{ deliveryId, kind: categories[0] ?? '', to: to[0]?.email ?? '' }];
    });
  }

  /**
   * When everything that had waited at `since` had left the outboxes, on the timeline. Looks every second until it is so,
   * or until `deadline`.
   */
  async drainedAt(since: number, deadline: number): Promise<number | undefined> {
    while (this.timeline.now < deadline) {
      const now = this.timeline.now;
      const outbox = await this.outbox().catch(() => undefined);
      if (outbox && (outbox.pending === 0 || outbox.lagMs < now - since)) return now;
      await wait(1_000);
    }
    return undefined;
  }

  /** Waits until nothing waits any more: no event, no message, no mail; at most until `deadline`. */
  async quiet(deadline: number): Promise<boolean> {
    for (;;) {
      const outbox = await this.outbox().catch(() => undefined);
      const mailAge = totalOf([...(await this.figures()).values()], 'lyceum_notify_pending_age_seconds');
      const still = outbox?.pending === 0 && mailAge === 0 && (await this.waiting()).length === 0;
      if (still || this.timeline.now > deadline) return still;
      await wait(1_000);
    }
  }

  async facts(shoppers: readonly Shopper[], deadline: () => number): Promise<Facts> {
    const figures = [...(await this.figures())];
    const lists = await Promise.all(
      shoppers.map(async (shopper) => {
        const learner = shopper.person.email;
        const mine = <Item extends z.ZodType>(path: string, item: Item) => shopper.all(path, item, deadline);
        return {
          payments: (await mine('/payments', Payment)).map(({ price, ...each }) => ({ ...each, ...price, learner })),
          enrolments: (await mine('/enrollments', Enrolment)).map((each) => ({ ...each, learner })),
          progress: (await mine('/progress', Progress)).map((each) => ({ ...each, learner })),
          certificates: (await mine('/certificates', Certificate)).map((each) => ({ ...each, learner })),
          notifications: (await mine('/notifications', Notification)).length,
        };
      }),
    );
    const { stripe } = this.world.standIns;
    const ofEach = (name: string) =>
      figures.flatMap(([instance, found]) => {
        const own = found.filter((figure) => figure.name === name);
        return own.length > 0 ? [{ instance, value: own.reduce((sum, { value }) => sum + value, 0) }] : [];
      });
    return {
      payments: lists.flatMap(({ payments }) => payments),
      enrolments: lists.flatMap(({ enrolments }) => enrolments),
      progress: lists.flatMap(({ progress }) => progress),
      certificates: lists.flatMap(({ certificates }) => certificates),
      notifications: lists.reduce((sum, { notifications }) => sum + notifications, 0),
      mails: this.mails(),
      charges: stripe
        .charges()
        .flatMap(({ paid, amount, amount_refunded, currency }) =>
          paid ? [{ amount: amount - amount_refunded, currency: currency.toUpperCase() }] : [],
        ),
      queues: await this.queues(),
      outboxes: ofEach('lyceum_outbox_pending_documents'),
      ledgers: figures.flatMap(([instance, found]) => ledgerIn(instance, found)),
      ledgerExcess: ofEach('lyceum_billing_ledger_excess_minor_units'),
      paidNotEntitled: ofEach('lyceum_billing_paid_not_entitled'),
      mismatched: ofEach('lyceum_billing_payment_mismatched_total'),
      failedMails: figures.flatMap(([instance, found]) =>
        found
          .filter(({ name, labels }) => name === 'lyceum_notify_deliveries_total' && labels['outcome'] === 'failed')
          .map(({ value }) => ({ instance, value })),
      ),
      tokensRefused: shoppers.reduce((sum, { tokensRefused }) => sum + tokensRefused, 0),
      selfEnded: this.timeline.selfEnded,
    };
  }

  private async waiting(): Promise<z.output<typeof Queues>> {
    return (await this.queues()).filter(({ name, messages }) => messages > 0 && !isResting(name));
  }
}

/** Queues in which something lies by design: dead letters, which are counted apart, and the note of a service's bindings. */
const isResting = (name: string): boolean => /\.(dead|bindings)$/.test(name);

function ledgerIn(instance: Instance, figures: ReturnType<typeof figuresIn>): { instance: Instance; stripe: Sums }[] {
  const lines = figures.filter(
    ({ name, labels }) => name === 'lyceum_billing_ledger_minor_units' && labels['account'] === 'stripe',
  );
  if (lines.length === 0) return [];
  return [
    { instance, stripe: Object.fromEntries(lines.map(({ labels, value }) => [labels['currency'] ?? '', value])) },
  ];
}
