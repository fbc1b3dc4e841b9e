import { Database, Records, where } from '@lyceum/store';
import { Injectable } from '@nestjs/common';

/** A webhook that Stripe has sent: only what is needed to ask Stripe how things are now. */
export interface StripeEvent {
  /** Stripe's id of the event: each is taken in once. */
  readonly id: string;
  readonly type: string;
  /** What it is about: a checkout session, or a PaymentIntent. */
  readonly about: 'session' | 'intent';
  readonly objectId: string;
  readonly livemode: boolean;
  /** The connected account that it happened on; absent for our own. */
  readonly account?: string | undefined;
  readonly receivedAt: Date;
  readonly attempts: number;
  /** When it is to be handled, at the earliest. Whoever handles it moves this on first, so that nobody else does. */
  readonly dueAt?: Date | undefined;
  readonly outcome?: 'settled' | 'foreign' | 'mismatched' | 'unknown' | 'given-up' | undefined;
  readonly lastError?: string | undefined;
  /** Handled ones are kept for as long as Stripe itself keeps events. */
  readonly forgetAt?: Date | undefined;
}

const DAY = 86_400_000;
const keptDays = 30;

@Injectable()
export class StripeEvents extends Records<StripeEvent> {
  constructor(database: Database) {
    super(database, {
      collection: 'stripe_events',
      fields: {
        type: { type: String, required: true },
        about: { type: String, required: true },
        objectId: { type: String, required: true },
        livemode: Boolean,
        account: String,
        receivedAt: { type: Date, required: true },
        attempts: Number,
        dueAt: Date,
        outcome: String,
        lastError: String,
        forgetAt: Date,
      },
      indexes: [
        { keys: { dueAt: 1 }, where: { dueAt: { $exists: true } } },
        { keys: { forgetAt: 1 }, expireAfterSeconds: 0 },
        { keys: { objectId: 1 } },
      ],
    });
  }

  due(now: Date, limit: number): Promise<StripeEvent[]> {
    return this.find({ dueAt: where({ $lte: now }) }, { sort: ['dueAt'], limit });
  }

  /** Takes an event for handling until `until`; undefined when another instance has it, or has done it. */
  claim({ id, attempts }: StripeEvent, now: Date, until: Date): Promise<StripeEvent | undefined> {
    return this.update(id, { dueAt: until, attempts: attempts + 1 }, { dueAt: where({ $lte: now }) });
  }

  async finish(id: string, outcome: NonNullable<StripeEvent['outcome']>, now: Date): Promise<void> {
    const forgetAt = new Date(now.getTime() + keptDays * DAY);
    await this.update(id, { outcome, forgetAt, dueAt: undefined, lastError: undefined });
  }

  /** Those that are about one of these sessions or PaymentIntents. */
  about(objectIds: readonly string[]): Promise<StripeEvent[]> {
    return this.find({ objectId: where({ $in: [...objectIds] }) }, { sort: ['receivedAt'] });
  }

  /** Forgets what was handled of them. Should Stripe send one again, it is asked again how things are, and nothing changes. */
  forget(objectIds: readonly string[]): Promise<number> {
    return this.removeAll({ objectId: where({ $in: [...objectIds] }), dueAt: where({ $exists: false }) });
  }

  async postpone(id: string, dueAt: Date, lastError: string): Promise<void> {
    await this.update(id, { dueAt, lastError });
  }
}
