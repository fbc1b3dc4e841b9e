import type { Change } from './books.js';
import { createPrice } from './catalogue.js';
import { largestAmount, money, smallestAmount } from './currencies.js';
import { newId } from './ids.js';
import { kept } from './metadata.js';
import { invalid } from './refusal.js';
import type { LineWish, SessionWishes } from './session-params.js';
import type { LineItem, Price, Session } from './wire.js';

const minute = 60;
const day = 24 * 60 * minute;

/** Opens a session in payment mode. `payPage` gives the address of its hosted page. */
export function createSession(change: Change, wishes: SessionWishes, payPage: (id: string) => string): Session {
  if (wishes.mode !== 'payment')
    throw invalid(`The Stripe simulator does not simulate Checkout in '${wishes.mode}' mode, only 'payment'.`, {
      code: 'not_simulated',
      param: 'mode',
    });
  if (wishes.success_url === undefined)
    throw invalid('Missing required param: success_url.', { code: 'parameter_missing', param: 'success_url' });
  if (!wishes.line_items?.length)
    throw invalid('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' });
  if (wishes.customer !== undefined && wishes.customer_email !== undefined)
    throw invalid('You may only specify one of these parameters: customer, customer_email.', { param: 'customer' });
  const customer = wishes.customer === undefined ? null : change.get('customer', wishes.customer, 'customer');

  const lineItems = wishes.line_items.map((wish, position) => lineItem(change, wish, `line_items[${position}]`));
  const currency = oneCurrency(lineItems, wishes.currency);
  const total = lineItems.reduce((sum, line) => sum + line.amount_total, 0);
  checkTotal(total, currency);

  const id = newId('cs_test_', 58);
  const session: Session = {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: wishes.cancel_url ?? null,
    client_reference_id: wishes.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: change.now(),
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: customer?.id ?? null,
    customer_account: null,
    customer_creation: customer ? null : (wishes.customer_creation ?? 'if_required'),
    customer_details: null,
    customer_email: wishes.customer_email ?? null,
    discounts: [],
    expires_at: expiry(change.now(), wishes.expires_at),
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: kept(wishes.metadata),
    mode: 'payment',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: wishes.submit_type ?? null,
    subscription: null,
    success_url: wishes.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: payPage(id),
    wallet_options: null,
  };
  change.put('basket', {
    id,
    lineItems,
    payment: {
      description: wishes.payment_intent_data?.description ?? null,
      metadata: kept(wishes.payment_intent_data?.metadata),
      receiptEmail: wishes.payment_intent_data?.receipt_email ?? null,
      statementDescriptor: wishes.payment_intent_data?.statement_descriptor ?? null,
      statementDescriptorSuffix: wishes.payment_intent_data?.statement_descriptor_suffix ?? null,
      transferGroup: wishes.payment_intent_data?.transfer_group ?? null,
    },
  });
  return change.put('session', session);
}

export function expireSession(change: Change, id: string): Session {
  const session = change.get('session', id);
  if (session.status !== 'open')
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    );
  const expired = change.put('session', { ...session, status: 'expired', url: null });
  cancelUnpaidIntent(change, session);
  change.emit('checkout.session.expired', expired);
  return expired;
}

/** Sessions whose time is up; `now` in seconds. */
export function isOverdue(session: Session, now: number): boolean {
  return session.status === 'open' && session.expires_at <= now;
}

function cancelUnpaidIntent(change: Change, session: Session): void {
  if (typeof session.payment_intent !== 'string') return;
  const intent = change.put('paymentIntent', {
    ...change.get('paymentIntent', session.payment_intent),
    canceled_at: change.now(),
    cancellation_reason: 'automatic',
    status: 'canceled',
  });
  change.emit('payment_intent.canceled', intent);
}

function lineItem(change: Change, wish: LineWish, at: string): LineItem {
  if ((wish.price === undefined) === (wish.price_data === undefined))
    throw invalid(`You must specify either \`price\` or \`price_data\` in ${at}.`, { param: at });
  const price: Price =
    wish.price_data === undefined
      ? change.get('price', wish.price ?? '', `${at}[price]`)
      : createPrice(change, wish.price_data, `${at}[price_data]`);
  if (wish.price !== undefined && !price.active)
    throw invalid(`The price specified is inactive. This field only accepts active prices.`, { param: `${at}[price]` });
  if (wish.quantity === undefined) throw invalid(`Quantity is required. Add \`quantity\` to \`${at}\``, { param: at });
  const amount = (price.unit_amount ?? 0) * wish.quantity;
  return {
    id: newId('li_1', 23),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: change.get('product', price.product).name,
    metadata: kept(wish.metadata),
    price,
    quantity: wish.quantity,
  };
}

function oneCurrency(lines: LineItem[], wished: string | undefined): string {
  const currencies = new Set(lines.map((line) => line.currency));
  const [only] = currencies;
  if (currencies.size > 1 || only === undefined)
    throw invalid('All line items of a Checkout Session must have the same currency.', { param: 'line_items' });
  if (wished !== undefined && wished !== only)
    throw invalid(`The price's currency (${only}) does not match the session's currency (${wished}).`, {
      param: 'currency',
    });
  return only;
}

function checkTotal(total: number, currency: string): void {
  const smallest = smallestAmount(currency);
  if (total > 0 && total < smallest)
    throw invalid(
      `The Checkout Session's total amount due must add up to at least ${money(smallest, currency)} ${currency}`,
      { code: 'amount_too_small' },
    );
  if (total > largestAmount)
    throw invalid(
      `The Checkout Session's total amount must be no more than ${money(largestAmount, currency)} ${currency}`,
      { code: 'amount_too_large' },
    );
}

function expiry(now: number, wished: number | undefined): number {
  if (wished === undefined) return now + day;
  if (wished < now + 30 * minute)
    throw invalid('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param: 'expires_at',
    });
  if (wished > now + day)
    throw invalid('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param: 'expires_at',
    });
  return wished;
}
