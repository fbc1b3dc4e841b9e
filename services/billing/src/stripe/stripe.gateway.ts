import { CONFIG } from '@lyceum/host';
import { Log } from '@lyceum/telemetry';
import { Inject, Injectable } from '@nestjs/common';
// oxlint-disable-next-line import/no-named-as-default -- stripe's CommonJS build, which Jest loads, has no named export
import Stripe from 'stripe';
import type { Config } from '../config.js';
import type { Agreement, Sighting } from '../payments/payment.js';
import type { RefundOrder } from '../payments/refunding.js';
import { refusals } from '../refusals.js';
import { sightingOf } from './sighting.js';

/** Stripe has understood the call and said no: asking again changes nothing. */
export class StripeRefused extends Error {
  override readonly name = 'StripeRefused';
  constructor(
    readonly code: string,
    cause: Error,
  ) {
    super(cause.message, { cause });
  }
}

/**
 * The calls that we make to Stripe, with its official client. Each throws {@link StripeRefused} for a final no, and the
 * refusal `billing.stripe-unavailable` for everything that may be better later.
 */
@Injectable()
export class StripeGateway {
  /** Whether our key moves real money. */
  readonly livemode: boolean;
  private readonly stripe: Stripe;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly log: Log,
  ) {
    this.livemode = /^(sk|rk)_live_/.test(config.STRIPE_SECRET_KEY);
    this.stripe = new Stripe(config.STRIPE_SECRET_KEY, {
      timeout: config.STRIPE_TIMEOUT_MS,
      maxNetworkRetries: config.STRIPE_RETRIES,
      telemetry: false,
      appInfo: { name: 'Lyceum' },
      ...(config.STRIPE_API_URL ? addressOf(config.STRIPE_API_URL) : {}),
    });
  }

  /**
   * Opens the pay page of a payment. The payment's id is the idempotency key and every parameter comes from the payment:
   * however often this is called, there is one session.
   */
  async openSession(payment: Agreement): Promise<{ sessionId: string; url: string }> {
    const { id: paymentId, courseId, learnerId, courseTitle, price } = payment;
    const metadata = { paymentId, courseId, learnerId };
    const session = await this.call('opening a pay page', () =>
      this.stripe.checkout.sessions.create(
        {
          mode: 'payment',
          line_items: [
            {
              quantity: 1,
              price_data: {
                currency: price.currency.toLowerCase(),
                unit_amount: price.amount,
                product_data: { name: courseTitle, metadata: { courseId } },
              },
            },
          ],
          client_reference_id: paymentId,
          metadata,
          payment_intent_data: { metadata, description: courseTitle },
          expires_at: Math.floor(payment.expiresAt.getTime() / 1_000),
          success_url: payment.successUrl,
          cancel_url: payment.cancelUrl,
        },
        { idempotencyKey: paymentId },
      ),
    );
    if (!session.url) throw new StripeRefused('session_not_open', new Error(`${session.id} is ${session.status}`));
    return { sessionId: session.id, url: session.url };
  }

  /** Closes a pay page, so that it can no longer be paid. Nothing happens to one that is closed or paid already. */
  async closeSession(sessionId: string): Promise<void> {
    try {
      await this.call('closing a pay page', () => this.stripe.checkout.sessions.expire(sessionId));
    } catch (error) {
      if (!(error instanceof StripeRefused)) throw error;
    }
  }

  /** The session as it is now, or undefined when our account has none of this id. */
  async look(sessionId: string): Promise<Sighting | undefined> {
    try {
      const session = await this.call('looking at a session', () =>
        this.stripe.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent.latest_charge'] }),
      );
      return await this.sighted(session);
    } catch (error) {
      if (error instanceof StripeRefused && error.code === 'resource_missing') return undefined;
      throw error;
    }
  }

  /** The session that a PaymentIntent belongs to, or undefined when it was not made by a checkout of our account. */
  async lookByIntent(paymentIntentId: string): Promise<Sighting | undefined> {
    const expand = ['data.payment_intent.latest_charge'];
    const { data } = await this.call('looking for a session', () =>
      this.stripe.checkout.sessions.list({ payment_intent: paymentIntentId, limit: 1, expand }),
    );
    return data[0] && this.sighted(data[0]);
  }

  /** Gives money back. Two calls with one key give it back once. */
  async refund({ paymentId, paymentIntentId, amount, key }: RefundOrder): Promise<void> {
    await this.call('refunding', () =>
      this.stripe.refunds.create(
        { payment_intent: paymentIntentId, amount, reason: 'requested_by_customer', metadata: { paymentId } },
        { idempotencyKey: key },
      ),
    );
  }

  /** Refunds made since then, whoever made them: also by hand in Stripe's dashboard. */
  async refundsSince(since: Date): Promise<{ refundId: string; paymentIntentId: string }[]> {
    const gte = Math.floor(since.getTime() / 1_000);
    const refunds = await this.call('listing refunds', () =>
      this.stripe.refunds.list({ created: { gte }, limit: 100 }).autoPagingToArray({ limit: 10_000 }),
    );
    return refunds.flatMap(({ id, payment_intent: intent }) =>
      intent === null ? [] : [{ refundId: id, paymentIntentId: typeof intent === 'string' ? intent : intent.id }],
    );
  }

  private async sighted(session: Stripe.Checkout.Session): Promise<Sighting> {
    const intent = session.payment_intent;
    const charge = typeof intent === 'object' ? intent?.latest_charge : undefined;
    const refundedSomething = typeof charge === 'object' && charge !== null && charge.amount_refunded > 0;
    const refunds = refundedSomething
      ? await this.call('listing refunds', () =>
          this.stripe.refunds.list({ charge: charge.id, limit: 100 }).autoPagingToArray({ limit: 1_000 }),
        )
      : [];
    return sightingOf(session, refunds);
  }

  private async call<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      const final =
        error.statusCode !== 409 &&
        (error instanceof Stripe.errors.StripeInvalidRequestError ||
          error instanceof Stripe.errors.StripeIdempotencyError);
      const { code = error.type, requestId, statusCode } = error;
      this.log.warn(`Stripe: ${what} failed`, { code, requestId, statusCode, reason: error.message });
      if (final) throw new StripeRefused(code, error);
      throw refusals.stripeUnavailable(undefined, { retryAfterSeconds: 5 });
    }
  }
}

function addressOf(url: string): { host: string; port: string; protocol: 'http' | 'https' } {
  const { hostname, port, protocol } = new URL(url);
  const plain = protocol === 'http:';
  return { host: hostname, port: port || (plain ? '80' : '443'), protocol: plain ? 'http' : 'https' };
}
