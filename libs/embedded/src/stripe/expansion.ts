import type { Change } from './books.js';
import { invalid } from './refusal.js';
import type { Kind } from './wire.js';

type Place = Record<string, unknown>;

const expandable: Record<string, { [field: string]: Kind }> = {
  'checkout.session': { customer: 'customer', payment_intent: 'paymentIntent' },
  payment_intent: { customer: 'customer', latest_charge: 'charge' },
  charge: { balance_transaction: 'balanceTransaction', customer: 'customer', payment_intent: 'paymentIntent' },
  refund: { balance_transaction: 'balanceTransaction', charge: 'charge', payment_intent: 'paymentIntent' },
  price: { product: 'product' },
  item: {},
};
const deepest = 4;

/** Replaces ids by the objects that they name, e.g. `payment_intent.latest_charge`; in lists `data.payment_intent`. */
export function expand<T extends object>(change: Change, answer: T, paths: string[]): T {
  const copy = structuredClone(answer);
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.length > deepest)
      throw invalid(`You cannot expand more than ${deepest} levels of a property. Property: ${path}`, {
        param: 'expand',
      });
    // a clone of our own JSON document
    walk(change, copy as Place, steps, path);
  }
  return copy;
}

function walk(change: Change, at: Place, steps: string[], path: string): void {
  const [step, ...rest] = steps;
  if (step === undefined) return;
  const inside = open(change, at, step, path);
  for (const each of Array.isArray(inside) ? inside : [inside]) if (isPlace(each)) walk(change, each, rest, path);
}

/** The value behind one step, expanded in place when it was an id. */
function open(change: Change, at: Place, step: string, path: string): unknown {
  const kind = typeof at['object'] === 'string' ? at['object'] : '';
  const value = at[step];
  if ((kind === 'list' && step === 'data') || (isPlace(value) && kind === 'item' && step === 'price')) return value;
  if (kind === 'checkout.session' && step === 'line_items') {
    const id = String(at['id']);
    return (at[step] ??= lineItems(change, id));
  }
  if (kind === 'charge' && step === 'refunds') {
    const data = change
      .all('refund')
      .filter((refund) => refund.charge === at['id'])
      .toReversed();
    return (at[step] ??= { object: 'list', data, has_more: false, url: `/v1/charges/${String(at['id'])}/refunds` });
  }
  const target = expandable[kind]?.[step];
  if (!target) throw invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
  if (typeof value === 'string') at[step] = structuredClone(change.get(target, value));
  return at[step];
}

export function lineItems(change: Change, sessionId: string) {
  const data = structuredClone(change.get('basket', sessionId).lineItems);
  return { object: 'list' as const, data, has_more: false, url: `/v1/checkout/sessions/${sessionId}/line_items` };
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null;
}
