import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { coursePublished } from '@lyceum/contracts';
import { type StripeSimulator, startStripe } from '@lyceum/embedded/stripe';
import { type RunningService, start } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import { type Answer, type As, type BootedService, bootService, eventually } from '@lyceum/testing';
// oxlint-disable-next-line import/no-named-as-default -- stripe's CommonJS build, which Jest loads, has no named export
import Stripe from 'stripe';
import { Reconciler } from '../src/payments/reconciler.js';
import { billing } from '../src/service.js';

/** Runs like any clock, and can be put forward. */
export class TravellingClock extends Clock {
  private ahead = 0;
  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
  advance(ms: number): void {
    this.ahead += ms;
  }
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const admin: As = { id: 'boss', roles: ['ADMIN'] };
const secretKey = 'sk_test_billing';
const webhookSecret = 'whsec_shop_secret';

interface PaymentBody {
  paymentId: string;
  status: string;
  refunded: { amount: number };
  [field: string]: unknown;
}

/** Billing on a real database, beside a Stripe simulator that sends it webhooks. */
export class Shop {
  private courses = 0;
  private learners = 0;
  private readonly others: RunningService[] = [];

  private constructor(
    readonly booted: BootedService,
    readonly simulator: StripeSimulator,
    readonly clock: TravellingClock,
    readonly stripe: Stripe,
  ) {}

  static async open(): Promise<Shop> {
    const clock = new TravellingClock();
    const simulator = await startStripe({
      secretKey,
      webhookSecret,
      clock,
      retryDelaysMs: [50, 100, 200, 400, 1_000],
    });
    const booted = await bootService(billing, {
      clock,
      env: {
        STRIPE_SECRET_KEY: secretKey,
        STRIPE_WEBHOOK_SECRETS: `whsec_older_secret,${webhookSecret}`,
        STRIPE_API_URL: simulator.url,
        STRIPE_TIMEOUT_MS: '1500',
        RECONCILE_INTERVAL_SECONDS: '86400',
      },
    }).catch(async (error: unknown) => {
      await simulator.close();
      throw error;
    });
    simulator.setWebhookUrl(`${booted.url}/webhooks/stripe`);
    const { hostname: host, port } = new URL(simulator.url);
    const stripe = new Stripe(secretKey, { host, port, protocol: 'http', telemetry: false });
    return new Shop(booted, simulator, clock, stripe);
  }

  async close(): Promise<void> {
    for (const other of this.others) await other.close();
    await this.simulator.close();
    await this.booted.close();
  }

  /** One more instance on the same database. */
  async instance(): Promise<RunningService> {
    const { env, bus } = this.booted;
    const log = createLog({ service: 'billing', level: 'silent', format: 'json' });
    const service = await start(billing, { env, bus, clock: this.clock, log, processMetrics: false });
    this.others.push(service);
    return service;
  }

  learner(): As {
    return { id: `learner-${(this.learners += 1)}` };
  }

  /** Publishes a course, or one of this id anew. */
  async course(price = 4900, { id = `course-${(this.courses += 1)}`, edition = 1 } = {}): Promise<string> {
    const lecture = { sections: [], thumbnailMediaId: 'm1', tags: [], category: 'programming', language: 'en' };
    await this.booted.deliver(
      coursePublished,
      {
        ...lecture,
        courseId: id,
        edition,
        slug: id,
        title: `About ${id}`,
        summary: '',
        instructorId: 'grace',
        price: { amount: price, currency: 'EUR' },
        difficulty: 'beginner',
        publishedAt: new Date().toISOString(),
      },
      { version: edition },
    );
    return id;
  }

  checkout(as: As, courseId: string): Promise<Answer> {
    return this.booted.call('POST', '/checkout', { as, body: { courseId } });
  }

  /** Begins a checkout that works. */
  async pageFor(as: As, courseId: string): Promise<{ paymentId: string; url: string; price: { amount: number } }> {
    const { status, body } = await this.checkout(as, courseId);
    assert.equal(status, 201, JSON.stringify(body));
    return body as { paymentId: string; url: string; price: { amount: number } };
  }

  /** Presses the button of a pay page. */
  async press(url: string, outcome: 'pay' | 'decline' = 'pay'): Promise<number> {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' });
    return answer.status;
  }

  async payment(as: As, paymentId: string): Promise<PaymentBody> {
    return (await this.booted.call('GET', `/payments/${paymentId}`, { as })).body as PaymentBody;
  }

  async becomes(as: As, paymentId: string, status: string): Promise<PaymentBody> {
    return eventually(async () => {
      const payment = await this.payment(as, paymentId);
      assert.equal(payment.status, status);
      return payment;
    });
  }

  /** Buys a course and waits until the payment has succeeded. */
  async bought(as: As, courseId: string): Promise<string> {
    const { paymentId, url } = await this.pageFor(as, courseId);
    await this.press(url);
    await this.becomes(as, paymentId, 'paid');
    return paymentId;
  }

  /** What was published about a payment. */
  told(paymentId: string): string[] {
    return this.booted.bus.published
      .filter((event) => event.subject === paymentId)
      .map((event) => event.type.replace(/^billing\.|\.v1$/g, ''));
  }

  reconcile(): Promise<boolean> {
    return this.booted.service.app.get(Reconciler).reconcile();
  }

  /** The sum of a metric's samples that carry all of the labels. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const text = await this.booted.service.app.get(Metrics).registry.metrics();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name) && Object.entries(labels).every(([k, v]) => line.includes(`${k}="${v}"`)))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** A webhook as Stripe would send it. */
  async webhook(event: object, { secret = webhookSecret, ageSeconds = 0, header = '' } = {}): Promise<Answer> {
    const body = JSON.stringify(event);
    const timestamp = Math.floor(this.clock.now().getTime() / 1_000) - ageSeconds;
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const answer = await fetch(`${this.booted.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': header || `t=${timestamp},v1=${signature}` },
      body,
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }

  /** An event that says that a session was completed. */
  completed(sessionId: string, rest: object = {}): object {
    return {
      id: `evt_${newId().replaceAll('-', '')}`,
      object: 'event',
      type: 'checkout.session.completed',
      livemode: false,
      data: { object: { id: sessionId, object: 'checkout.session', payment_status: 'paid' } },
      ...rest,
    };
  }
}
