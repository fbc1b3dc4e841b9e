import { deposit } from './balance.js';
import type { Change } from './books.js';
import type { Card } from './cards.js';
import { createCustomer } from './customers.js';
import { newId } from './ids.js';
import type { Basket, Charge, PaymentIntent, Session } from './wire.js';

export interface Payer {
  email: string;
  name: string | null;
}
export type Outcome =
  | { result: 'paid' | 'already-complete' | 'expired'; session: Session }
  | { result: 'declined'; session: Session; message: string };

/** One press of the pay button. A session is paid at most once, however often it is pressed. */
export function pay(change: Change, sessionId: string, payer: Payer, card: Card): Outcome {
  const session = change.get('session', sessionId);
  if (session.status === 'complete') return { result: 'already-complete', session };
  if (session.status !== 'open') return { result: 'expired', session };
  if (session.amount_total === 0)
    return { result: 'paid', session: complete(change, session, payer, 'no_payment_required') };

  const basket = change.get('basket', sessionId);
  const intent = intentOf(change, session, basket);
  const charge = chargeFor(change, intent, basket, payer, card);
  if (card.decline) {
    const failed = change.put('paymentIntent', {
      ...intent,
      last_payment_error: {
        charge: charge.id,
        code: card.decline.code,
        ...(card.decline.declineCode !== null && { decline_code: card.decline.declineCode }),
        doc_url: `https://stripe.com/docs/error-codes/${card.decline.code.replaceAll('_', '-')}`,
        message: card.decline.message,
        type: 'card_error',
      },
      latest_charge: charge.id,
      status: 'requires_payment_method',
    });
    const open = change.put('session', { ...session, payment_intent: intent.id });
    change.emit('charge.failed', charge);
    change.emit('payment_intent.payment_failed', failed);
    return { result: 'declined', session: open, message: card.decline.message };
  }
  const succeeded = change.put('paymentIntent', {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: charge.payment_method,
    status: 'succeeded',
  });
  change.emit('charge.succeeded', charge);
  change.emit('payment_intent.succeeded', succeeded);
  return { result: 'paid', session: complete(change, { ...session, payment_intent: intent.id }, payer, 'paid') };
}

function complete(change: Change, session: Session, payer: Payer, status: 'paid' | 'no_payment_required'): Session {
  const customer =
    session.customer ??
    (session.customer_creation === 'always'
      ? createCustomer(change, { email: payer.email, name: payer.name }).id
      : null);
  const completed = change.put('session', {
    ...session,
    customer,
    customer_details: {
      address: { city: null, country: 'DE', line1: null, line2: null, postal_code: null, state: null },
      business_name: null,
      email: payer.email,
      individual_name: null,
      name: payer.name,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_status: status,
    status: 'complete',
    url: null,
  });
  if (typeof completed.payment_intent === 'string' && typeof customer === 'string')
    change.put('paymentIntent', { ...change.get('paymentIntent', completed.payment_intent), customer });
  change.emit('checkout.session.completed', completed);
  return completed;
}

/** Stripe makes the PaymentIntent when the payer first tries, and keeps it for further tries. */
function intentOf(change: Change, session: Session, basket: Basket): PaymentIntent {
  if (typeof session.payment_intent === 'string') return change.get('paymentIntent', session.payment_intent);
  const id = newId('pi_3', 23);
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: session.amount_total ?? 0,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${newId('', 25)}`,
    confirmation_method: 'automatic',
    created: change.now(),
    currency: session.currency ?? '',
    customer: session.customer,
    customer_account: null,
    description: basket.payment.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: basket.payment.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: basket.payment.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: basket.payment.statementDescriptor,
    statement_descriptor_suffix: basket.payment.statementDescriptorSuffix,
    status: 'requires_payment_method',
    transfer_group: basket.payment.transferGroup,
  };
  change.put('paymentIntent', intent);
  change.emit('payment_intent.created', intent);
  return intent;
}

function chargeFor(change: Change, intent: PaymentIntent, basket: Basket, payer: Payer, card: Card): Charge {
  const id = newId('ch_3', 23);
  const { decline } = card;
  const deposited = decline
    ? null
    : deposit(change, { amount: intent.amount, currency: intent.currency, chargeId: id });
  return change.put('charge', {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: decline ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: deposited?.id ?? null,
    billing_details: { address: null, email: payer.email, name: payer.name, phone: null, tax_id: null },
    calculated_statement_descriptor: intent.statement_descriptor ?? 'LYCEUM',
    captured: !decline,
    created: change.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: decline ? 'declined_by_network' : 'approved_by_network',
      reason: decline?.declineCode ?? null,
      risk_level: 'normal',
      risk_score: 20,
      seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
      type: decline ? 'issuer_declined' : 'authorized',
    },
    paid: !decline,
    payment_intent: intent.id,
    payment_method: newId('pm_1', 23),
    payment_method_details: {
      card: {
        amount_authorized: decline ? null : intent.amount,
        authorization_code: decline ? null : newId('', 6).toUpperCase(),
        brand: card.brand,
        checks: {
          address_line1_check: null,
          address_postal_code_check: null,
          cvc_check: decline?.code === 'incorrect_cvc' ? 'fail' : 'pass',
        },
        country: 'US',
        electronic_commerce_indicator: null,
        exp_month: card.expMonth,
        exp_year: card.expYear,
        fingerprint: newId('', 16),
        funding: 'credit',
        installments: null,
        last4: card.last4,
        mandate: null,
        network: card.brand,
        network_transaction_id: null,
        regulated_status: 'unregulated',
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
      type: 'card',
    },
    receipt_email: basket.payment.receiptEmail,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: intent.transfer_group,
  });
}
