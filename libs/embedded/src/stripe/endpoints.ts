import type { Change } from './books.js';
import { createPrice, createProduct, newPrice, newProduct, productChanges, updateProduct } from './catalogue.js';
import { createSession, expireSession } from './checkout.js';
import { createCustomer, customerChanges, newCustomer, updateCustomer } from './customers.js';
import { expand, lineItems } from './expansion.js';
import type { RawHash } from './form.js';
import { listFilters, page, paging } from './listing.js';
import { kept, merged } from './metadata.js';
import { type Param, type Read, clearable, list, metadata, readFields, text } from './parameters.js';
import { createRefund, newRefund, refundChanges, updateRefund } from './refunds.js';
import { newSession } from './session-params.js';

export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  /** Validates first (throws a refusal), then answers; the answer is made inside one change. */
  prepare(raw: RawHash): (change: Change, ids: Record<string, string>) => object;
}

type Values<S extends Record<string, Param<unknown>>> = { [K in keyof S]: Read<S[K]> };
const expansions = list(text(200), 20);

function endpoint<S extends Record<string, Param<unknown>>>(
  method: Endpoint['method'],
  path: string,
  shape: S,
  run: (change: Change, values: Values<S>, id: string) => object,
): Endpoint {
  return {
    method,
    path,
    prepare({ expand: wished, ...raw }) {
      const paths = expansions.read(wished, 'expand') ?? [];
      const values = readFields(shape, raw);
      return (change, ids) => expand(change, run(change, values, ids['id'] ?? ''), paths);
    },
  };
}

type Listable = keyof typeof listFilters;

function listAndRetrieve(kind: Listable, path: string): Endpoint[] {
  const filters = listFilters[kind];
  return [
    endpoint('GET', path, { ...paging, ...filters }, (change, asked) => {
      const { created, ending_before, limit, starting_after, ...wanted } = asked;
      return page(change.all(kind), { created, ending_before, limit, starting_after }, path, (one) =>
        Object.entries(wanted).every(([name, value]) => value === undefined || matches(one, name, value)),
      );
    }),
    endpoint('GET', `${path}/:id`, {}, (change, _none, id) => change.get(kind, id)),
  ];
}

function matches(one: object, filter: string, wanted: unknown): boolean {
  if (filter === 'types') return Array.isArray(wanted) && 'type' in one && wanted.includes(one.type);
  const value = Object.entries(one).find(([name]) => name === filter)?.[1];
  if (filter === 'type' && typeof wanted === 'string' && wanted.endsWith('*'))
    return typeof value === 'string' && value.startsWith(wanted.slice(0, -1));
  return value === wanted;
}

const createdByHand = { description: clearable(text(1000)), metadata: metadata() };

/** All calls of Stripe's API that the simulator answers. `payPage` gives the address of a session's hosted page. */
export function endpoints(payPage: (sessionId: string) => string): Endpoint[] {
  return [
    endpoint('POST', '/v1/checkout/sessions', newSession, (change, wishes) => createSession(change, wishes, payPage)),
    endpoint('POST', '/v1/checkout/sessions/:id/expire', {}, (change, _none, id) => expireSession(change, id)),
    endpoint('POST', '/v1/checkout/sessions/:id', { metadata: metadata() }, (change, wishes, id) => {
      const session = change.get('session', id);
      return change.put('session', { ...session, metadata: merged(session.metadata ?? {}, wishes.metadata) });
    }),
    endpoint('GET', '/v1/checkout/sessions/:id/line_items', paging, (change, asked, id) => {
      const { data, url } = lineItems(change, id);
      // line items come in the order in which they were given
      return page(data.toReversed(), asked, url, () => true);
    }),
    ...listAndRetrieve('session', '/v1/checkout/sessions'),

    endpoint('POST', '/v1/payment_intents/:id', createdByHand, (change, wishes, id) => {
      const intent = change.get('paymentIntent', id);
      return change.put('paymentIntent', {
        ...intent,
        description: wishes.description === undefined ? intent.description : wishes.description,
        metadata: merged(intent.metadata, wishes.metadata),
      });
    }),
    ...listAndRetrieve('paymentIntent', '/v1/payment_intents'),
    ...listAndRetrieve('charge', '/v1/charges'),

    endpoint('POST', '/v1/refunds', newRefund, createRefund),
    endpoint('POST', '/v1/refunds/:id', refundChanges, (change, wishes, id) => updateRefund(change, id, wishes)),
    ...listAndRetrieve('refund', '/v1/refunds'),

    endpoint('POST', '/v1/customers', newCustomer, createCustomer),
    endpoint('POST', '/v1/customers/:id', customerChanges, (change, wishes, id) => updateCustomer(change, id, wishes)),
    ...listAndRetrieve('customer', '/v1/customers'),

    endpoint('POST', '/v1/products', newProduct, createProduct),
    endpoint('POST', '/v1/products/:id', productChanges, (change, wishes, id) => updateProduct(change, id, wishes)),
    ...listAndRetrieve('product', '/v1/products'),
    endpoint('POST', '/v1/prices', newPrice, (change, wishes) => createPrice(change, wishes)),
    ...listAndRetrieve('price', '/v1/prices'),

    ...listAndRetrieve('balanceTransaction', '/v1/balance_transactions'),
    ...listAndRetrieve('event', '/v1/events'),
    endpoint('GET', '/v1/account', {}, () => account),
    endpoint('GET', '/v1/balance', {}, balance),
  ];
}

const account = {
  id: 'acct_1LyceumSimulator',
  object: 'account',
  business_profile: { name: 'Lyceum', support_email: null, url: null },
  charges_enabled: true,
  country: 'DE',
  default_currency: 'eur',
  details_submitted: true,
  email: null,
  metadata: kept(undefined),
  payouts_enabled: true,
  settings: { dashboard: { display_name: 'Lyceum', timezone: 'Etc/UTC' } },
  type: 'standard',
};

function balance(change: Change): object {
  const sums = new Map<string, number>();
  for (const booked of change.all('balanceTransaction'))
    sums.set(booked.currency, (sums.get(booked.currency) ?? 0) + booked.net);
  const available = [...sums].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  return { object: 'balance', available, livemode: false, pending: [] };
}
