import type Stripe from 'stripe';

// Stripe's own types, so that the compiler checks every object that leaves the simulator. The client turns
// `*_decimal` into its Decimal class; on the wire it is text.
type OnWire<T, Decimals extends keyof T> = Omit<T, Decimals> & { [K in Decimals]: string | null };

export type Session = Stripe.Checkout.Session;
export type PaymentIntent = Stripe.PaymentIntent;
export type Charge = Stripe.Charge;
export type Refund = Stripe.Refund;
export type Customer = Stripe.Customer;
export type Product = Stripe.Product;
export type Price = OnWire<Stripe.Price, 'unit_amount_decimal'> & { product: string };
export type LineItem = Omit<Stripe.LineItem, 'price'> & { price: Price };
export type BalanceTransaction = Stripe.BalanceTransaction;

export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** What a session sells and what its payment shall carry; Stripe keeps both out of the session object. */
export interface Basket {
  id: string;
  lineItems: LineItem[];
  payment: {
    description: string | null;
    metadata: Record<string, string>;
    receiptEmail: string | null;
    statementDescriptor: string | null;
    statementDescriptorSuffix: string | null;
    transferGroup: string | null;
  };
}

/** One POST of one event to the webhook endpoint, with its retries. Times in ms since 1970. */
export interface Delivery {
  id: string;
  eventId: string;
  type: string;
  state: 'waiting' | 'delivered' | 'dropped' | 'given-up';
  attempts: number;
  nextAt: number;
  outcome: string;
}

/** The first answer to an idempotency key. */
export interface Replay {
  id: string;
  fingerprint: string;
  path: string;
  status: number;
  body: object;
  at: number;
}

export interface Kinds {
  session: Session;
  basket: Basket;
  paymentIntent: PaymentIntent;
  charge: Charge;
  refund: Refund;
  customer: Customer;
  product: Product;
  price: Price;
  balanceTransaction: BalanceTransaction;
  event: StripeEvent;
  delivery: Delivery;
  replay: Replay;
}
export type Kind = keyof Kinds;

/** How Stripe calls each kind in "No such …". */
export const spoken: Record<Kind, string> = {
  session: 'checkout.session',
  basket: 'checkout.session',
  paymentIntent: 'payment_intent',
  charge: 'charge',
  refund: 'refund',
  customer: 'customer',
  product: 'product',
  price: 'price',
  balanceTransaction: 'balance_transaction',
  event: 'event',
  delivery: 'delivery',
  replay: 'idempotency key',
};
