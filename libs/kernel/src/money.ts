/** An amount in the currency's minor unit (EUR 49.00 is 4900, JPY 1000 is 1000, KWD 1.234 is 1234). */
export interface Money {
  readonly amount: number;
  /** ISO 4217 code, upper case. */
  readonly currency: string;
}

// ISO 4217 minor units where they are not 2. Intl's fraction digits differ from ISO for some of these, so they are listed.
const exponents: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
  CLF: 4, UYW: 4,
}; // prettier-ignore

const known = new Set([...Intl.supportedValuesOf('currency'), ...Object.keys(exponents)]);

/** Whether `code` is an ISO 4217 currency (upper case). */
export function isCurrency(code: string): boolean {
  return known.has(code);
}

/** Digits after the point in the currency's major unit: EUR 2, JPY 0, KWD 3. Throws RangeError for an unknown code. */
export function exponentOf(currency: string): number {
  if (!isCurrency(currency)) throw new RangeError(`Unknown currency ${currency}`);
  return exponents[currency] ?? 2;
}

/** Makes a checked amount. Throws RangeError unless it is a safe integer of an ISO currency. */
export function money(amount: number, currency: string): Money {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a whole number of minor units`);
  exponentOf(currency);
  return { amount, currency };
}

/** Adds two amounts of one currency. Throws RangeError when the currencies differ. */
export function add(a: Money, b: Money): Money {
  return money(a.amount + sameCurrency(a, b).amount, a.currency);
}

/** Takes `b` from `a`. Throws RangeError when the currencies differ. */
export function subtract(a: Money, b: Money): Money {
  return money(a.amount - sameCurrency(a, b).amount, a.currency);
}

/** For people: `€49.00`, `¥1,000`. */
export function formatMoney({ amount, currency }: Money, locale = 'en'): string {
  const digits = exponentOf(currency);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}

function sameCurrency(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`${a.currency} and ${b.currency} do not add up`);
  return b;
}
