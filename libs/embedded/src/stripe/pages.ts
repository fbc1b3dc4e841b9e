import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Books } from './books.js';
import { demoCard, readCard } from './cards.js';
import { expireSession, isOverdue } from './checkout.js';
import type { Faults } from './faults.js';
import { readForm } from './form.js';
import { homePage } from './home-page.js';
import { pageHeaders } from './html.js';
import { homeStyle, payStyle } from './page-style.js';
import { isEmail } from './parameters.js';
import { type FormProblem, noticePage, payPage } from './pay-page.js';
import { pay } from './paying.js';
import type { Session } from './wire.js';

interface PagesOptions {
  books: Books;
  merchant: string;
  faults: { get(): Faults; set(faults: Faults): void };
  webhookUrl: () => string | undefined;
  redeliver: (eventId: string) => boolean;
}

const shown = 30;

/** The hosted pay page and the simulator's own home page. */
export function servePages(
  server: FastifyInstance,
  { books, merchant, faults, webhookUrl, redeliver }: PagesOptions,
): void {
  server.get('/', (_request, reply) => {
    const page = homePage({
      merchant,
      webhookUrl: webhookUrl(),
      sessions: newest(books.all('session')),
      charges: newest(books.all('charge')),
      deliveries: newest(books.all('delivery')),
      faults: faults.get(),
    });
    return reply.headers(pageHeaders(homeStyle)).send(page);
  });

  server.post('/faults', (request, reply) => {
    const wished = textOf(request.body);
    const number = (name: string) => Math.max(0, Math.trunc(Number(wished(name)) || 0));
    faults.set({
      duplicates: number('duplicates'),
      delayMs: number('delayMs'),
      dropEvery: number('dropEvery'),
      apiDelayMs: number('apiDelayMs'),
      apiLoseEvery: number('apiLoseEvery'),
      shuffle: wished('shuffle') === 'true',
    });
    return reply.redirect('/', 303);
  });

  server.post('/redeliver', (request, reply) => {
    if (redeliver(textOf(request.body)('event'))) return reply.redirect('/', 303);
    return notice(reply, 404, 'No such event', 'The simulator does not know this event.');
  });

  server.get<{ Params: { id: string } }>('/pay/:id', (request, reply) => {
    const session = current(request.params.id);
    if (session?.status !== 'open') return closed(reply, session);
    return form(reply, 200, session);
  });

  server.post<{ Params: { id: string } }>('/pay/:id', (request, reply) => {
    const session = current(request.params.id);
    const field = textOf(request.body);
    const outcome = field('outcome') || 'pay';
    if (!session || !['pay', 'decline', 'abandon'].includes(outcome))
      return session
        ? notice(reply, 400, 'Nothing happened', 'The outcome must be pay, decline or abandon.')
        : closed(reply, session);
    if (outcome === 'abandon')
      return session.cancel_url === null
        ? notice(reply, 200, 'Not paid', 'You left without paying. You may close this page.', {
            href: `/pay/${session.id}`,
            label: 'Back to the payment',
          })
        : reply.redirect(session.cancel_url, 303);

    const now = books.seconds();
    const email = session.customer_email ?? (field('email') || 'learner@example.com');
    const typed = { email, name: field('name') };
    const card =
      outcome === 'decline' || field('card_number') === ''
        ? demoCard(outcome === 'decline' ? 'decline' : 'pay', now)
        : readCard({ number: field('card_number'), expiry: field('card_expiry'), cvc: field('card_cvc') }, now);
    if (!isEmail(email))
      return form(reply, 422, session, typed, { field: 'email', message: 'Enter a valid email address.' });
    if ('field' in card) return form(reply, 422, session, typed, card);
    const paid = books.change((change) => pay(change, session.id, { email, name: typed.name || null }, card));
    if (paid.result === 'declined') return reply.redirect(`/pay/${session.id}`, 303);
    if (paid.result === 'expired') return closed(reply, paid.session);
    return reply.redirect(successUrl(paid.session), 303);
  });

  /** The session as it is at this moment: one whose time is up has expired, even if the timer has not come round yet. */
  function current(id: string): Session | undefined {
    const session = books.get('session', id);
    if (!session || !isOverdue(session, books.seconds())) return session;
    return books.change((change) => expireSession(change, id));
  }

  function form(
    reply: FastifyReply,
    status: number,
    session: Session,
    typed?: { email: string; name: string },
    problem?: FormProblem,
  ) {
    const basket = books.get('basket', session.id);
    if (!basket) return closed(reply, undefined);
    const intent =
      typeof session.payment_intent === 'string' ? books.get('paymentIntent', session.payment_intent) : undefined;
    const declined = intent?.last_payment_error?.message ?? null;
    const page = payPage({ session, basket, merchant, declined, ...(typed && { typed }), ...(problem && { problem }) });
    return reply
      .code(status)
      .headers(pageHeaders(payStyle, [session.success_url, session.cancel_url]))
      .send(page);
  }

  function closed(reply: FastifyReply, session: Session | undefined) {
    if (!session)
      return notice(
        reply,
        404,
        'Something went wrong',
        'The page that you were looking for could not be found. Check the link and try again.',
      );
    if (session.status === 'complete')
      return notice(reply, 200, "You're all done here", 'This payment was completed. You were not charged twice.', {
        href: successUrl(session),
        label: `Back to ${merchant}`,
      });
    const way = session.cancel_url === null ? undefined : { href: session.cancel_url, label: `Back to ${merchant}` };
    return notice(
      reply,
      410,
      'This checkout has timed out',
      'The link to this payment is no longer valid. You were not charged.',
      way,
    );
  }
}

function notice(
  reply: FastifyReply,
  status: number,
  title: string,
  message: string,
  way?: { href: string; label: string },
) {
  return reply
    .code(status)
    .headers(pageHeaders(payStyle))
    .send(noticePage(title, message, way));
}

function newest<T>(all: T[]): T[] {
  return all.slice(-shown).toReversed();
}

function successUrl(session: Session): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function textOf(body: unknown): (name: string) => string {
  const form = readForm(typeof body === 'string' ? body : '');
  return (name) => {
    const value = form[name];
    return typeof value === 'string' ? value.trim() : '';
  };
}
