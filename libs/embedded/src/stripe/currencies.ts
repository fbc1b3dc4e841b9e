import { invalid } from './refusal.js';
import type { Param } from './parameters.js';

// https://docs.stripe.com/currencies
const presentable = new Set(
  `aed afn all amd ang aoa ars aud awg azn bam bbd bdt bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc
  cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs
  khr kmf krw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd
  pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs
  uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw bhd jod kwd omr tnd`.split(/\s+/),
);
const withoutMinorUnit = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const withThreeDecimals = new Set('bhd jod kwd omr tnd'.split(' '));

const smallest: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};
/** Stripe's highest amount: eight digits. */
export const largestAmount = 99_999_999;

export function currency(): Param<string | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      const code = typeof raw === 'string' ? raw.toLowerCase() : '';
      if (!presentable.has(code))
        throw invalid(
          `Invalid currency: ${typeof raw === 'string' ? raw : JSON.stringify(raw)}. Stripe currently supports these currencies: ${[...presentable].join(', ')}`,
          { param: path },
        );
      return code;
    },
  };
}

/** The lowest chargeable total in minor units; currencies without a published one get the worth of a small coin. */
export function smallestAmount(code: string): number {
  return smallest[code] ?? (withoutMinorUnit.has(code) ? 1 : 50);
}

export function decimalsOf(code: string): number {
  return withoutMinorUnit.has(code) ? 0 : withThreeDecimals.has(code) ? 3 : 2;
}

/** `money(4900, 'eur')` is `€49.00`, `money(1000, 'jpy')` is `¥1,000`: minor units as people read them. */
export function money(amount: number, code: string): string {
  const digits = decimalsOf(code);
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / 10 ** digits);
}
