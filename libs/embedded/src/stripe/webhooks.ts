import { createHmac } from 'node:crypto';
import type { Books } from './books.js';
import type { Faults } from './faults.js';
import { newId } from './ids.js';
import type { Delivery, StripeEvent } from './wire.js';

export interface WebhookOptions {
  secret: string;
  url?: string | undefined;
  /** Waits between attempts; the last one repeats until `mostAttempts`. */
  retryDelaysMs?: number[];
  timeoutMs?: number;
  /** The account's time in ms, for the signature; waiting is done by the machine's. */
  now(): number;
  log: (message: string) => void;
}

const seconds = 1000;
const patient = [1, 5, 15, 60, 5 * 60, 30 * 60, 60 * 60, 3 * 60 * 60].map((delay) => delay * seconds);
const mostAttempts = 30;
const mostAtOnce = 8;
const shuffleWithinMs = 300;

/** Carries events to the webhook endpoint until it says 2xx. What is still to be delivered lies in the books. */
export class Webhooks {
  private faults: Faults = {};
  private url: string | undefined;
  private books: Books | undefined;
  private counted = 0;
  private readonly waiting = new Map<string, Delivery>();
  private readonly inFlight = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  /** Many changes in one moment wake the dispatcher once. */
  private awake: NodeJS.Immediate | undefined;
  private readonly stop = new AbortController();

  constructor(private readonly options: WebhookOptions) {
    this.url = options.url;
  }

  setFaults(faults: Faults): void {
    this.faults = faults;
  }

  setUrl(url: string | undefined): void {
    this.url = url;
    this.dispatch();
  }

  endpoint(): string | undefined {
    return this.url;
  }

  /** Begins to deliver, first what an earlier run left behind. */
  start(books: Books): void {
    this.books = books;
    // after a restart nothing waits out the delay of a former attempt
    const now = Date.now();
    this.saved(books.all('delivery').map((delivery) => ({ ...delivery, nextAt: Math.min(delivery.nextAt, now) })));
  }

  saved(deliveries: Delivery[]): void {
    for (const delivery of deliveries) {
      if (delivery.state === 'waiting') this.waiting.set(delivery.id, delivery);
      else this.waiting.delete(delivery.id);
    }
    this.awake ??= setImmediate(() => {
      this.awake = undefined;
      this.dispatch();
    });
  }

  /** The deliveries of a new event: one, or as many as the faults say; they are saved together with the event. */
  deliveriesOf(event: StripeEvent): Delivery[] {
    const { duplicates = 0, dropEvery = 0, shuffle, delayMs = 0 } = this.faults;
    return Array.from({ length: 1 + Number(duplicates) }, () => {
      this.counted += 1;
      const dropped = dropEvery > 0 && this.counted % dropEvery === 0;
      const due = Date.now() + delayMs + (shuffle ? Math.random() * shuffleWithinMs : 0);
      const delivery = firstAttempt(event, due);
      return dropped ? { ...delivery, state: 'dropped', outcome: 'lost on purpose' } : delivery;
    });
  }

  /** Sends what is due and sleeps until the next is. */
  private dispatch(): void {
    clearTimeout(this.timer);
    const { books } = this;
    if (!books || !this.url || this.stop.signal.aborted) return;
    const now = Date.now();
    const soonestFirst = [...this.waiting.values()]
      .filter((delivery) => !this.inFlight.has(delivery.id))
      .sort((a, b) => a.nextAt - b.nextAt);
    for (const delivery of soonestFirst) {
      if (this.inFlight.size >= mostAtOnce) return; // each that ends dispatches again
      if (delivery.nextAt > now) {
        this.timer = setTimeout(() => this.dispatch(), Math.min(delivery.nextAt - now, 60 * seconds));
        return;
      }
      this.inFlight.set(delivery.id, this.deliver(books, this.url, delivery));
    }
  }

  /** Delivers the event once more, whatever became of its earlier deliveries. */
  redeliver(books: Books, event: StripeEvent): void {
    books.change((change) => {
      const waiting = [...this.waiting.values()].filter((delivery) => delivery.eventId === event.id);
      for (const delivery of waiting) change.put('delivery', { ...delivery, nextAt: Date.now() });
      if (waiting.length === 0) change.put('delivery', firstAttempt(event, Date.now()));
    });
  }

  async close(): Promise<void> {
    this.stop.abort();
    clearTimeout(this.timer);
    clearImmediate(this.awake);
    await Promise.all(this.inFlight.values());
  }

  private async deliver(books: Books, url: string, delivery: Delivery): Promise<void> {
    const event = books.get('event', delivery.eventId);
    const outcome = event ? await this.post(url, event) : { ok: false, said: 'event forgotten' };
    this.inFlight.delete(delivery.id);
    // an attempt that the shutdown cut off does not count
    if (!this.stop.signal.aborted || outcome.ok) this.record(books, delivery, outcome);
  }

  private record(books: Books, sent: Delivery, { ok, said }: { ok: boolean; said: string }): void {
    const attempts = sent.attempts + 1;
    const delays = this.options.retryDelaysMs ?? patient;
    const delay = delays[Math.min(attempts, delays.length) - 1] ?? seconds;
    const state = ok ? 'delivered' : attempts >= mostAttempts ? 'given-up' : 'waiting';
    const tried: Delivery = { ...sent, attempts, state, outcome: said, nextAt: Date.now() + delay };
    if (!ok) this.options.log(`webhook ${sent.type} failed (attempt ${attempts}): ${said}`);
    try {
      books.change((change) => {
        change.put('delivery', tried);
        const event = change.find('event', sent.eventId);
        if (event) change.put('event', { ...event, pending_webhooks: this.pending(tried) });
      });
    } catch (error) {
      this.options.log(`could not note a webhook delivery: ${String(error)}`);
      this.saved([tried]);
    }
  }

  private pending(changed: Delivery): number {
    const others = [...this.waiting.values()].filter((one) => one.eventId === changed.eventId && one.id !== changed.id);
    return others.length > 0 || changed.state === 'waiting' ? 1 : 0;
  }

  private async post(url: string, event: StripeEvent): Promise<{ ok: boolean; said: string }> {
    const body = JSON.stringify(event, null, 2);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': sign(body, this.options.secret, Math.floor(this.options.now() / 1000)),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.stop.signal, AbortSignal.timeout(this.options.timeoutMs ?? 10 * seconds)]),
      });
      await response.body?.cancel();
      return { ok: response.ok, said: `HTTP ${response.status}` };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { ok: false, said: cause instanceof Error ? cause.message : String(cause) };
    }
  }
}

function firstAttempt(event: StripeEvent, nextAt: number): Delivery {
  return {
    id: newId('whd_', 20),
    eventId: event.id,
    type: event.type,
    state: 'waiting',
    attempts: 0,
    nextAt,
    outcome: '',
  };
}

/** https://docs.stripe.com/webhooks/signature: the timestamp (seconds) is signed with the raw body. */
export function sign(body: string, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${signature}`;
}
