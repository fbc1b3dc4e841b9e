import { money } from './currencies.js';
import type { Faults } from './faults.js';
import { type Html, html, htmlPage } from './html.js';
import { homeStyle } from './page-style.js';
import type { Charge, Delivery, Session } from './wire.js';

interface Home {
  merchant: string;
  webhookUrl: string | undefined;
  /** Newest first, as many as the page shall list. */
  sessions: Session[];
  charges: Charge[];
  deliveries: Delivery[];
  faults: Faults;
}

export function homePage({ merchant, webhookUrl, sessions, charges, deliveries, faults }: Home): string {
  return htmlPage(
    'Stripe simulator',
    homeStyle,
    html`<header>
        <h1>Stripe simulator</h1>
        <p>${merchant}, test mode. Webhooks go to ${webhookUrl ?? 'nobody yet: they wait until an address is set'}.</p>
      </header>
      <main class="all">
        <section>
          <h2>Faults on purpose</h2>
          <form class="faults" method="post" action="/faults">
            ${number('duplicates', 'Extra copies of each event', Number(faults.duplicates ?? 0))}
            ${number('delayMs', 'Webhook delay (ms)', faults.delayMs ?? 0)}
            ${number('dropEvery', 'Lose every n-th webhook', faults.dropEvery ?? 0)}
            ${number('apiDelayMs', 'API delay (ms)', faults.apiDelayMs ?? 0)}
            ${number('apiLoseEvery', 'Lose every n-th API answer', faults.apiLoseEvery ?? 0)}
            <label class="switch"
              ><input type="checkbox" name="shuffle" value="true" ${faults.shuffle === true && html` checked`} />
              Shuffle webhooks</label
            >
            <button class="main">Apply</button>
          </form>
        </section>
        ${section(
          'Checkout sessions',
          sessions,
          ['When', 'Session', 'Payer', 'Total', 'Status', ''],
          (session) =>
            html`<tr>
              <td>${time(session.created)}</td>
              <td class="id">${short(session.id)}</td>
              <td>${session.customer_details?.email ?? session.customer_email ?? ''}</td>
              <td>${money(session.amount_total ?? 0, session.currency ?? 'eur')}</td>
              <td>${badge(session.status ?? '', { complete: 'good', expired: 'bad', open: 'wait' })}</td>
              <td>${session.status === 'open' && html`<a href="/pay/${session.id}">Pay page</a>`}</td>
            </tr>`,
        )}
        ${section(
          'Payments',
          charges,
          ['When', 'Charge', 'Card', 'Amount', 'Refunded', 'Status'],
          (charge) =>
            html`<tr>
              <td>${time(charge.created)}</td>
              <td class="id">${charge.id}</td>
              <td>${charge.payment_method_details?.card?.brand} ····${charge.payment_method_details?.card?.last4}</td>
              <td>${money(charge.amount, charge.currency)}</td>
              <td>${charge.amount_refunded > 0 && money(charge.amount_refunded, charge.currency)}</td>
              <td>${badge(charge.failure_code ?? charge.status, { succeeded: 'good' }, 'bad')}</td>
            </tr>`,
        )}
        ${section(
          'Webhook deliveries',
          deliveries,
          ['Event', 'Type', 'State', 'Attempts', 'Last answer', ''],
          (delivery) =>
            html`<tr>
              <td class="id">${delivery.eventId}</td>
              <td>${delivery.type}</td>
              <td>${badge(delivery.state, { delivered: 'good', waiting: 'wait' }, 'bad')}</td>
              <td>${delivery.attempts}</td>
              <td>${delivery.outcome}</td>
              <td>
                <form method="post" action="/redeliver">
                  <input type="hidden" name="event" value="${delivery.eventId}" /><button
                    aria-label="Send ${delivery.type} again"
                  >
                    Send again
                  </button>
                </form>
              </td>
            </tr>`,
        )}
      </main>`,
  );
}

function section<T>(title: string, rows: T[], columns: string[], row: (one: T) => Html): Html {
  return html`<section>
    <h2>${title}</h2>
    ${
      rows.length === 0
        ? html`<p class="none">None yet.</p>`
        : html`<table>
            <thead>
              <tr>
                ${columns.map((column) => html`<th scope="col">${column}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(row)}
            </tbody>
          </table>`
    }
  </section>`;
}

function badge(text: string, looks: Record<string, string>, otherwise = ''): Html {
  return html`<span class="badge ${looks[text] ?? otherwise}">${text}</span>`;
}

function number(name: string, label: string, value: number): Html {
  return html`<label>${label}<input type="number" min="0" name="${name}" value="${value}" /></label>`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);
}

function short(id: string): string {
  return id.length > 24 ? `${id.slice(0, 20)}…` : id;
}
