import type Stripe from 'stripe';
import type { Change } from './books.js';
import { newId } from './ids.js';
import { kept, merged } from './metadata.js';
import { type Param, type Read, clearable, email, list, metadata, text, unsimulated } from './parameters.js';
import type { Customer } from './wire.js';

const simulated = {
  description: clearable(text(5000)),
  email: clearable(email()),
  metadata: metadata(),
  name: clearable(text(256)),
  phone: clearable(text(20)),
  preferred_locales: list(text(20)),
};

export const newCustomer = {
  ...simulated,
  address: unsimulated(),
  balance: unsimulated(),
  business_name: unsimulated(),
  cash_balance: unsimulated(),
  individual_name: unsimulated(),
  invoice_prefix: unsimulated(),
  invoice_settings: unsimulated(),
  next_invoice_sequence: unsimulated(),
  payment_method: unsimulated(),
  shipping: unsimulated(),
  source: unsimulated(),
  tax: unsimulated(),
  tax_exempt: unsimulated(),
  tax_id_data: unsimulated(),
  test_clock: unsimulated(),
  validate: unsimulated(),
} satisfies Record<Exclude<keyof Stripe.CustomerCreateParams, 'expand'>, Param<unknown>>;

export const customerChanges = { ...newCustomer, default_source: unsimulated() };

export type CustomerWishes = { [K in keyof typeof simulated]?: Read<(typeof simulated)[K]> };

export function createCustomer(change: Change, wishes: CustomerWishes): Customer {
  const customer: Customer = {
    id: newId('cus_', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: change.now(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: wishes.description ?? null,
    discount: null,
    email: wishes.email ?? null,
    invoice_prefix: newId('', 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: kept(wishes.metadata),
    name: wishes.name ?? null,
    next_invoice_sequence: 1,
    phone: wishes.phone ?? null,
    preferred_locales: wishes.preferred_locales ?? [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
  change.put('customer', customer);
  change.emit('customer.created', customer);
  return customer;
}

export function updateCustomer(change: Change, id: string, wishes: CustomerWishes): Customer {
  const before = change.get('customer', id);
  const customer: Customer = {
    ...before,
    description: given(wishes.description, before.description),
    email: given(wishes.email, before.email),
    metadata: merged(before.metadata, wishes.metadata),
    name: given(wishes.name, before.name ?? null),
    phone: given(wishes.phone, before.phone ?? null),
    preferred_locales: wishes.preferred_locales ?? before.preferred_locales ?? [],
  };
  change.put('customer', customer);
  change.emit('customer.updated', customer);
  return customer;
}

function given<T>(wish: T | undefined, now: T): T {
  return wish === undefined ? now : wish;
}
