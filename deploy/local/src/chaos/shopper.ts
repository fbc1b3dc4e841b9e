import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Person } from '../people.js';

/** What a purchase is waiting for; the order is that of the way. */
export const stages = ['checkout', 'pay', 'enrolment', 'lesson', 'done'] as const;
export type Stage = (typeof stages)[number];

/** One learner's way to one course, as the client has seen it. */
export interface Purchase {
  readonly learner: string;
  readonly courseId: string;
  readonly lectureId: string;
  readonly key: string;
  stage: Stage;
  paymentId?: string;
  /** When each stage was reached, on the timeline, ms. */
  readonly reached: Partial<Record<Stage, number>>;
  tries: number;
  /** Why the last try was not the last. */
  lastProblem?: string;
  /** Answers that no fault explains. */
  readonly unexpected: string[];
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const Problem = z.looseObject({ code: z.string() });
const Checkout = z.object({ paymentId: z.string(), url: z.url() });
const Access = z.object({ access: z.boolean() });
const SignedIn = z.object({ accessToken: z.string() });
const timeoutMs = 10_000;
const tokenLastsMs = 14 * 60_000;
/** Refusals that mean: a moment later, please. Projections are behind, or another try of ours is under way. */
const passing = new Set([
  'http.request-in-progress',
  'billing.checkout-busy',
  'billing.course-not-offered',
  'progress.not-entitled',
  'progress.course-not-found',
]);

/** A learner's client: it repeats what failed, with the same idempotency key, until it succeeds or time is up. */
export class Shopper {
  private token = '';
  private signingIn: Promise<void> | undefined;
  private last: Promise<void> = Promise.resolve();
  private signedInAt = 0;
  /** Good tokens that were refused. */
  tokensRefused = 0;

  constructor(
    private readonly edgeUrl: string,
    readonly person: Person,
    private readonly now: () => number,
  ) {}

  /** Signs in, once for all who wait for it. */
  enter(): Promise<void> {
    this.signingIn ??= this.signIn().finally(() => (this.signingIn = undefined));
    return this.signingIn;
  }

  /** Walks the whole way when the one before has come to its end. Never throws; what was reached stands in the purchase. */
  buy(purchase: Purchase, deadline: () => number): Promise<void> {
    this.last = this.last.then(() => this.walk(purchase, deadline));
    return this.last;
  }

  private async walk(purchase: Purchase, deadline: () => number): Promise<void> {
    purchase.reached.checkout = this.now();
    const { courseId, lectureId, key } = purchase;
    const until = (ask: () => Promise<boolean>) => this.repeat(purchase, deadline, ask);
    let payPage = '';
    await until(async () => {
      const headers = { 'idempotency-key': key };
      const { status, body } = await this.call('POST', '/checkout', { body: { courseId }, headers });
      if (status !== 201) return this.refused(purchase, status, body);
      const checkout = Checkout.parse(body);
      if (purchase.paymentId !== undefined && purchase.paymentId !== checkout.paymentId)
        purchase.unexpected.push(`another payment for the same key: ${checkout.paymentId}`);
      purchase.paymentId = checkout.paymentId;
      payPage = checkout.url;
      return this.reach(purchase, 'pay');
    });
    await until(async () => {
      const response = await fetch(payPage, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ outcome: 'pay' }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      // 200: an earlier try has paid already
      if (response.status !== 303 && response.status !== 200) return this.refused(purchase, response.status, undefined);
      return this.reach(purchase, 'enrolment');
    });
    await until(async () => {
      const { status, body } = await this.call('GET', `/access/${courseId}`, {});
      if (status !== 200) return this.refused(purchase, status, body);
      purchase.lastProblem = 'no access yet';
      return Access.parse(body).access && this.reach(purchase, 'lesson');
    });
    await until(async () => {
      const { status, body } = await this.call('POST', `/progress/${courseId}/lectures/${lectureId}/completion`, {});
      return status === 200 ? this.reach(purchase, 'done') : this.refused(purchase, status, body);
    });
  }

  /** A page of what is the learner's own, all pages. Repeats like everything else. Throws when time is up. */
  async all<Item extends z.ZodType>(
    path: string,
    item: Item,
    deadline: () => number,
  ): Promise<z.output<z.ZodArray<Item>>> {
    const Page = z.object({ items: z.array(item), next: z.string().optional() });
    const items: z.output<z.ZodArray<Item>> = [];
    for (let next = ''; ;) {
      const { status, body } = await this.call('GET', `${path}?limit=100${next && `&after=${next}`}`, {}).catch(
        (error: unknown) => ({ status: 0, body: String(error) }),
      );
      if (status === 200) {
        const page = Page.parse(body);
        items.push(...page.items);
        if (page.next === undefined) return items;
        next = encodeURIComponent(page.next);
      } else if (this.now() > deadline()) throw new Error(`${path} answers ${status}: ${JSON.stringify(body)}`);
      else await wait(300);
    }
  }

  private async repeat(purchase: Purchase, deadline: () => number, ask: () => Promise<boolean>): Promise<void> {
    for (let pause = 150; this.now() < deadline(); pause = Math.min(pause * 1.4, 2_000)) {
      try {
        if (await ask()) return;
      } catch (error) {
        purchase.lastProblem = wordingOf(error);
      }
      purchase.tries += 1;
      await wait(pause);
    }
  }

  private reach(purchase: Purchase, stage: Stage): true {
    purchase.stage = stage;
    purchase.reached[stage] = this.now();
    return true;
  }

  private refused(purchase: Purchase, status: number, body: unknown): false {
    const code = Problem.safeParse(body).data?.code ?? '';
    purchase.lastProblem = `${status} ${code}`.trim();
    const explained = status >= 500 || status === 429 || passing.has(code);
    if (!explained) purchase.unexpected.push(`${purchase.stage}: ${status} ${JSON.stringify(body)}`);
    return false;
  }

  private async call(
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> },
  ): Promise<Answer> {
    if (this.token === '') await this.enter();
    const answer = await this.send(method, path, body, { ...headers, authorization: `Bearer ${this.token}` });
    if (answer.status === 401) {
      this.token = ''; // the next try signs in again
      if (Date.now() - this.signedInAt < tokenLastsMs) this.tokensRefused += 1;
      throw new Error('the access token is no longer valid');
    }
    return answer;
  }

  private async signIn(): Promise<void> {
    const { email, password } = this.person;
    const { status, body } = await this.send('POST', '/auth/sign-in', { email, password }, {});
    if (status !== 200) throw new Error(`sign-in answers ${status}`);
    this.token = SignedIn.parse(body).accessToken;
    this.signedInAt = Date.now();
  }

  private async send(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const response = await fetch(`${this.edgeUrl}${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
}

function wordingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
