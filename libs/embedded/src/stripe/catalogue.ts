import type Stripe from 'stripe';
import type { Change } from './books.js';
import { currency, largestAmount } from './currencies.js';
import { newId } from './ids.js';
import { kept, merged } from './metadata.js';
import {
  type Param,
  type Read,
  choice,
  clearable,
  fields,
  flag,
  list,
  metadata,
  required,
  text,
  unsimulated,
  url,
  whole,
} from './parameters.js';
import { invalid } from './refusal.js';
import type { Price, Product } from './wire.js';

type Params<T> = Record<Exclude<keyof T, 'expand'>, Param<unknown>>;

const amount = () => whole(0, largestAmount);

export const newProduct = {
  active: flag(),
  default_price_data: unsimulated(),
  description: clearable(text(40_000)),
  id: text(255),
  images: list(url(), 8),
  marketing_features: unsimulated(),
  metadata: metadata(),
  name: required(text(250)),
  package_dimensions: unsimulated(),
  shippable: flag(),
  statement_descriptor: text(22),
  tax_code: text(),
  tax_details: unsimulated(),
  type: choice('service'),
  unit_label: text(12),
  url: url(),
} satisfies Params<Stripe.ProductCreateParams>;

export const productChanges = {
  active: flag(),
  description: clearable(text(40_000)),
  metadata: metadata(),
  name: text(250),
};

/** A product that comes with a price or a line item instead of being created beforehand. */
export const inlineProduct = fields({
  description: text(40_000),
  images: list(url(), 8),
  metadata: metadata(),
  name: required(text(250)),
  tax_code: text(),
  tax_details: unsimulated(),
  unit_label: text(12),
});

export const newPrice = {
  active: flag(),
  billing_scheme: choice('per_unit'),
  currency: required(currency()),
  currency_options: unsimulated(),
  custom_unit_amount: unsimulated(),
  lookup_key: text(200),
  metadata: metadata(),
  nickname: text(),
  product: text(),
  product_data: fields({
    active: flag(),
    id: text(),
    metadata: metadata(),
    name: required(text(250)),
    statement_descriptor: text(22),
    tax_code: text(),
    tax_details: unsimulated(),
    unit_label: text(12),
  }),
  recurring: unsimulated(),
  tax_behavior: choice('exclusive', 'inclusive', 'unspecified'),
  tiers: unsimulated(),
  tiers_mode: unsimulated(),
  transfer_lookup_key: unsimulated(),
  transform_quantity: unsimulated(),
  unit_amount: amount(),
  unit_amount_decimal: unsimulated(),
} satisfies Params<Stripe.PriceCreateParams>;

/** `price_data` of a line item. */
export const inlinePrice = fields({
  currency: required(currency()),
  product: text(),
  product_data: inlineProduct,
  recurring: unsimulated(),
  tax_behavior: choice('exclusive', 'inclusive', 'unspecified'),
  unit_amount: amount(),
  unit_amount_decimal: unsimulated(),
});

interface ProductWishes {
  active?: boolean | undefined;
  description?: string | null | undefined;
  id?: string | undefined;
  images?: string[] | undefined;
  metadata?: Record<string, string | null> | null | undefined;
  name: string;
  shippable?: boolean | undefined;
  statement_descriptor?: string | undefined;
  tax_code?: string | undefined;
  unit_label?: string | undefined;
  url?: string | undefined;
}

export function createProduct(change: Change, wishes: ProductWishes): Product {
  const product = newProductOf(change, wishes);
  change.emit('product.created', product);
  return product;
}

function newProductOf(change: Change, wishes: ProductWishes): Product {
  const id = wishes.id ?? newId('prod_', 14);
  if (change.find('product', id))
    throw invalid('Product already exists.', { code: 'resource_already_exists', param: 'id' });
  const product: Product = {
    id,
    object: 'product',
    active: wishes.active ?? true,
    created: change.now(),
    default_price: null,
    description: wishes.description ?? null,
    images: wishes.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: kept(wishes.metadata),
    name: wishes.name,
    package_dimensions: null,
    shippable: wishes.shippable ?? null,
    statement_descriptor: wishes.statement_descriptor ?? null,
    tax_code: wishes.tax_code ?? null,
    tax_details: null,
    type: 'service',
    unit_label: wishes.unit_label ?? null,
    updated: change.now(),
    url: wishes.url ?? null,
  };
  return change.put('product', product);
}

export function updateProduct(
  change: Change,
  id: string,
  wishes: { [K in keyof typeof productChanges]: Read<(typeof productChanges)[K]> },
): Product {
  const before = change.get('product', id);
  const product: Product = {
    ...before,
    active: wishes.active ?? before.active,
    description: wishes.description === undefined ? before.description : wishes.description,
    metadata: merged(before.metadata, wishes.metadata),
    name: wishes.name ?? before.name,
    updated: change.now(),
  };
  change.put('product', product);
  change.emit('product.updated', product);
  return product;
}

interface PriceWishes {
  active?: boolean | undefined;
  currency: string;
  lookup_key?: string | undefined;
  metadata?: Record<string, string | null> | null | undefined;
  nickname?: string | undefined;
  product?: string | undefined;
  product_data?: ProductWishes | undefined;
  tax_behavior?: 'exclusive' | 'inclusive' | 'unspecified' | undefined;
  unit_amount?: number | undefined;
}

/** `at` is the place of the price among the parameters: '' for a price of its own, else e.g. `line_items[0][price_data]`. */
export function createPrice(change: Change, wishes: PriceWishes, at = ''): Price {
  const param = (name: string) => (at === '' ? name : `${at}[${name}]`);
  if (wishes.unit_amount === undefined)
    throw invalid(`Missing required param: ${param('unit_amount')}.`, {
      code: 'parameter_missing',
      param: param('unit_amount'),
    });
  if ((wishes.product === undefined) === (wishes.product_data === undefined))
    throw invalid(`You must specify either \`product\` or \`product_data\`${at && ` in ${at}`}.`, {
      ...(wishes.product === undefined && { code: 'parameter_missing' }),
      param: param('product'),
    });
  const product =
    wishes.product_data === undefined
      ? change.get('product', wishes.product ?? '', param('product'))
      : newProductOf(change, wishes.product_data);
  const ownPrice = at === '';
  const price: Price = {
    id: newId('price_1', 23),
    object: 'price',
    // a price made for one line item cannot be used again
    active: ownPrice && (wishes.active ?? true),
    billing_scheme: 'per_unit',
    created: change.now(),
    currency: wishes.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: wishes.lookup_key ?? null,
    metadata: kept(wishes.metadata),
    nickname: wishes.nickname ?? null,
    product: product.id,
    recurring: null,
    tax_behavior: wishes.tax_behavior ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: wishes.unit_amount,
    unit_amount_decimal: String(wishes.unit_amount),
  };
  change.put('price', price);
  if (ownPrice) change.emit('price.created', price);
  return price;
}
