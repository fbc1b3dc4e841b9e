import type { CardProblem } from './cards.js';
import { money } from './currencies.js';
import { type Html, html, htmlPage } from './html.js';
import { payStyle } from './page-style.js';
import type { Basket, Session } from './wire.js';

export interface Typed {
  email: string;
  name: string;
}
export type FormProblem = CardProblem | { field: 'email'; message: string };

interface PayPage {
  session: Session;
  basket: Basket;
  merchant: string;
  /** Why the last try was refused by the bank. */
  declined: string | null;
  typed?: Typed;
  problem?: FormProblem;
}

export function payPage({ session, basket, merchant, declined, typed, problem }: PayPage): string {
  const currency = session.currency ?? '';
  const total = money(session.amount_total ?? 0, currency);
  return htmlPage(
    `Pay ${total} to ${merchant}`,
    payStyle,
    html`<main>
      <section class="order" aria-label="Your order">
        <div>
          <p class="merchant">${merchant} <span class="badge">Test mode</span></p>
          <p class="due">Amount due</p>
          <p class="total">${total}</p>
          <ul class="lines">
            ${basket.lineItems.map(
              (line) =>
                html`<li>
                  <span
                    >${line.description}${(line.quantity ?? 1) > 1 && html`<small>Qty ${line.quantity}, ${money(line.price.unit_amount ?? 0, currency)} each</small>`}</span
                  >
                  <span>${money(line.amount_total, currency)}</span>
                </li>`,
            )}
          </ul>
          <p class="sum"><span>Total due</span><span>${total}</span></p>
        </div>
      </section>
      <section class="form">
        <h1>Pay with card</h1>
        ${declined !== null && html`<p class="alert" role="alert">${declined} Try another card.</p>`}
        <form method="post" novalidate>
          ${email(session, typed, problem)}
          ${field({ name: 'card_number', label: 'Card number', value: '4242 4242 4242 4242', autocomplete: 'cc-number', problem })}
          <div class="two">
            ${field({ name: 'card_expiry', label: 'Expiry (MM / YY)', value: inThreeYears(session.created), autocomplete: 'cc-exp', problem })}
            ${field({ name: 'card_cvc', label: 'Security code', value: '123', autocomplete: 'cc-csc', problem })}
          </div>
          ${field({ name: 'name', label: 'Name on card', value: typed?.name ?? 'Ada Lovelace', autocomplete: 'cc-name', problem })}
          <button class="main" name="outcome" value="pay">Pay ${total}</button>
          <div class="others">
            <button name="outcome" value="decline">Decline this payment</button>
            <button name="outcome" value="abandon">Cancel and go back</button>
          </div>
        </form>
        ${testCards}
      </section>
    </main>`,
  );
}

const testCards = html`<details>
  <summary>Test cards: no real money moves</summary>
  <table>
    <tr>
      <td><code>4242 4242 4242 4242</code></td>
      <td>pays</td>
    </tr>
    <tr>
      <td><code>4000 0000 0000 0002</code></td>
      <td>is declined</td>
    </tr>
    <tr>
      <td><code>4000 0000 0000 9995</code></td>
      <td>has insufficient funds</td>
    </tr>
    <tr>
      <td><code>4000 0000 0000 0069</code></td>
      <td>has expired</td>
    </tr>
    <tr>
      <td><code>4000 0000 0000 0127</code></td>
      <td>has a wrong security code</td>
    </tr>
  </table>
</details>`;

function email(session: Session, typed: Typed | undefined, problem: FormProblem | undefined): Html {
  const fixed = session.customer_email;
  return field({
    name: 'email',
    label: 'Email',
    value: fixed ?? typed?.email ?? 'learner@example.com',
    type: 'email',
    autocomplete: 'email',
    readOnly: fixed !== null,
    problem,
  });
}

interface Field {
  name: string;
  label: string;
  value: string;
  autocomplete: string;
  type?: string;
  readOnly?: boolean;
  problem: FormProblem | undefined;
}

function field({ name, label, value, autocomplete, type = 'text', readOnly = false, problem }: Field): Html {
  const wrong = problem?.field === name ? problem.message : null;
  const numeric = name.startsWith('card_');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      ${numeric && html` inputmode="numeric"`}${readOnly && html` readonly`}${wrong !== null && html` aria-invalid="true" aria-describedby="${name}-wrong"`}
    />
    ${wrong !== null && html`<p class="wrong" id="${name}-wrong" role="alert">${wrong}</p>`}
  </div>`;
}

function inThreeYears(now: number): string {
  return `12 / ${String((new Date(now * 1000).getUTCFullYear() + 3) % 100).padStart(2, '0')}`;
}

/** A page that only says something, with one way on. */
export function noticePage(title: string, message: string, way?: { href: string; label: string }): string {
  return htmlPage(
    title,
    payStyle,
    html`<div class="notice" role="main">
      <h1>${title}</h1>
      <p>${message}</p>
      ${way && html`<a href="${way.href}">${way.label}</a>`}
    </div>`,
  );
}
