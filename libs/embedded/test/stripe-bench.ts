import { mkdtempSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// oxlint-disable-next-line import/no-named-as-default -- stripe's CommonJS build, which Jest loads, has no named export
import Stripe from 'stripe';
import { type StripeOptions, type StripeSimulator, startStripe } from '../src/stripe/index.js';

export { Stripe };
export const secretKey = 'sk_test_simulator';
export const webhookSecret = 'whsec_simulator';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: Stripe.Event;
  status: number;
}

type Answer = (event: Stripe.Event, nth: number) => number;
const accept: Answer = () => 200;

/** A webhook endpoint that verifies as a merchant does; `answer` decides the status of each delivery. */
export async function receiver(port = 0) {
  const received: Received[] = [];
  let answer: Answer = accept;
  const verifier = new Stripe('sk_test_unused');
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const event = verifier.webhooks.constructEvent(raw, request.headers['stripe-signature'] ?? '', webhookSecret);
      const status = answer(event, received.filter((one) => one.event.id === event.id).length + 1);
      received.push({ headers: request.headers, body: raw.toString('utf8'), event, status });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${bound}/webhooks/stripe`,
    received,
    types: () => received.map((one) => one.event.type),
    answerWith(decide: Answer) {
      answer = decide;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function clientOf(simulator: StripeSimulator, key = secretKey): Stripe {
  return new Stripe(key, {
    host: '127.0.0.1',
    port: simulator.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

export async function bench(options: Partial<StripeOptions> = {}) {
  const simulator = await startStripe({ secretKey, webhookSecret, retryDelaysMs: [20, 40, 80], ...options });
  return { simulator, stripe: clientOf(simulator) };
}

export function course(change: Stripe.Checkout.SessionCreateParams = {}): Stripe.Checkout.SessionCreateParams {
  return {
    mode: 'payment',
    success_url: 'http://shop.test/thanks?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://shop.test/basket',
    line_items: [
      {
        quantity: 1,
        price_data: { currency: 'eur', unit_amount: 4900, product_data: { name: 'Sailing for beginners' } },
      },
    ],
    ...change,
  };
}

/** Presses a button of the hosted page, as its form does. */
export function press(
  session: { url: string | null },
  form: Record<string, string> = { outcome: 'pay' },
): Promise<Response> {
  return fetch(session.url ?? '', { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

export async function eventually(check: () => void | Promise<void>, withinMs = 5000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('Stripe did not refuse');
}

export function idOf(object: string | { id: string } | null): string {
  return typeof object === 'string' ? object : (object?.id ?? '');
}

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'lyceum-stripe-'));
}
