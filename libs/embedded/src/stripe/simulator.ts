import Fastify from 'fastify';
// oxlint-disable-next-line import/no-named-as-default -- stripe's CommonJS build, which Jest loads, has no named export
import Stripe from 'stripe';
import { serveApi } from './api.js';
import { Books } from './books.js';
import { expireSession, isOverdue } from './checkout.js';
import { endpoints } from './endpoints.js';
import type { Faults } from './faults.js';
import { Journal } from './journal.js';
import { servePages } from './pages.js';
import { StripeRefusal } from './refusal.js';
import { Webhooks } from './webhooks.js';
import type { Charge, Delivery, PaymentIntent, Session, StripeEvent } from './wire.js';

export interface StripeOptions {
  /** 0 (the default) takes any free port. */
  port?: number;
  host?: string;
  /** Where the account is kept; without it everything is gone at the end. */
  dataDir?: string;
  secretKey: string;
  webhookSecret: string;
  /** Until one is set, webhooks wait. */
  webhookUrl?: string;
  /** How browsers reach the pay page, when not by `host` and `port`. */
  publicUrl?: string;
  merchant?: string;
  faults?: Faults;
  /** Waits between webhook attempts in ms; 1 s, 5 s, 15 s, 60 s, … unless said otherwise. */
  retryDelaysMs?: number[];
  webhookTimeoutMs?: number;
  /** Time of the account: `created`, expiry. Webhooks are retried by the machine's own clock. */
  clock?: { now(): Date };
  log?: (message: string) => void;
}

export interface StripeSimulator {
  url: string;
  port: number;
  setFaults(faults: Faults): void;
  setWebhookUrl(url: string | undefined): void;
  /** PaymentIntents, oldest first; so are the others. */
  payments(): PaymentIntent[];
  charges(): Charge[];
  sessions(): Session[];
  events(): StripeEvent[];
  deliveries(): Delivery[];
  /** Sends an event again, whatever became of it so far. Throws when there is none of this id. */
  redeliver(eventId: string): void;
  /** Expires at once the sessions whose time is up, as the simulator also does every second. */
  expireOverdue(): void;
  close(): Promise<void>;
}

const expiryCheckMs = 1000;

/**
 * Starts a Stripe that the official client talks to unchanged (`host`, `port`, `protocol: 'http'`), with its hosted pay
 * page below `/pay/` and signed webhooks. Answered changes and undelivered webhooks outlive a kill -9 in `dataDir`.
 */
export async function startStripe(options: StripeOptions): Promise<StripeSimulator> {
  const { host = '127.0.0.1', port: wishedPort = 0, merchant = 'Lyceum', log = () => undefined } = options;
  const now = () => (options.clock?.now() ?? new Date()).getTime();
  let faults: Faults = options.faults ?? {};
  const webhooks = new Webhooks({
    secret: options.webhookSecret,
    url: options.webhookUrl,
    log,
    now,
    ...(options.retryDelaysMs && { retryDelaysMs: options.retryDelaysMs }),
    ...(options.webhookTimeoutMs && { timeoutMs: options.webhookTimeoutMs }),
  });
  const setFaults = (wished: Faults) => {
    faults = wished;
    webhooks.setFaults(wished);
  };
  setFaults(faults);

  const books = new Books(
    {
      apiVersion: Stripe.API_VERSION,
      now,
      deliveriesOf: (event) => webhooks.deliveriesOf(event),
      saved: (deliveries) => webhooks.saved(deliveries),
    },
    options.dataDir === undefined ? undefined : new Journal(options.dataDir),
  );
  const redeliver = (eventId: string): boolean => {
    const event = books.get('event', eventId);
    if (event) webhooks.redeliver(books, event);
    return event !== undefined;
  };
  const expireOverdue = () => {
    for (const session of books.all('session'))
      if (isOverdue(session, books.seconds())) books.change((change) => expireSession(change, session.id));
  };

  let url = '';
  const server = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  server.setErrorHandler((error, _request, reply) => {
    const status = error instanceof StripeRefusal ? error.status : 500;
    if (status === 500) log(`page failed: ${error instanceof Error ? error.message : String(error)}`);
    return reply
      .code(status)
      .type('text/plain')
      .send(error instanceof StripeRefusal ? error.message : 'Something went wrong.');
  });
  serveApi(server, {
    books,
    secretKey: options.secretKey,
    apiVersion: Stripe.API_VERSION,
    endpoints: endpoints((id) => `${url}/pay/${id}`),
    faults: () => faults,
    log,
  });
  servePages(server, {
    books,
    merchant,
    faults: { get: () => faults, set: setFaults },
    webhookUrl: () => webhooks.endpoint(),
    redeliver,
  });

  try {
    await server.listen({ host, port: wishedPort });
  } catch (error) {
    books.close();
    throw error;
  }
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound ? bound.port : wishedPort;
  const own = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  url = (options.publicUrl ?? own).replace(/\/$/, '');
  expireOverdue();
  webhooks.start(books);
  const timer = setInterval(() => {
    try {
      expireOverdue();
    } catch (error) {
      log(`could not expire a session: ${String(error)}`);
    }
  }, expiryCheckMs);
  timer.unref();

  return {
    url,
    port,
    setFaults,
    setWebhookUrl: (wished) => webhooks.setUrl(wished),
    payments: () => books.all('paymentIntent'),
    charges: () => books.all('charge'),
    sessions: () => books.all('session'),
    events: () => books.all('event'),
    deliveries: () => books.all('delivery'),
    redeliver: (eventId) => {
      if (!redeliver(eventId)) throw new Error(`the Stripe simulator has no event ${eventId}`);
    },
    expireOverdue,
    close: async () => {
      clearInterval(timer);
      await server.close();
      await webhooks.close();
      books.close();
    },
  };
}
