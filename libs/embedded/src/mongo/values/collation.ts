import { badValue } from '../errors.js';
import { type Doc, isDoc, toNumber } from './document.js';

/** How strings compare under a collation, and a form in which two strings that count as equal are identical. */
export interface Collation {
  readonly spec: Doc;
  compare(a: string, b: string): number;
  fold(text: string): string;
}

const withoutMarks = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '');

/** Reads a command's `collation`; undefined for none and for the binary `simple` one. */
export function collationOf(spec: unknown): Collation | undefined {
  if (!isDoc(spec) || spec['locale'] === 'simple') return undefined;
  const { locale } = spec;
  if (typeof locale !== 'string') throw badValue("BSON field 'collation.locale' is missing but a required field");
  const strength = toNumber(spec['strength']) ?? 3;
  const caseLevel = spec['caseLevel'] === true;
  const numeric = spec['numericOrdering'] === true;
  const sensitivity = strength === 1 ? (caseLevel ? 'case' : 'base') : strength === 2 ? 'accent' : 'variant';
  const collator = makeCollator(locale, {
    sensitivity: strength === 2 && caseLevel ? 'variant' : sensitivity,
    numeric,
    caseFirst: spec['caseFirst'] === 'upper' ? 'upper' : spec['caseFirst'] === 'lower' ? 'lower' : 'false',
    ignorePunctuation: spec['alternate'] === 'shifted',
  });
  return {
    spec,
    compare: (a, b) => (a === b ? 0 : collator.compare(a, b)),
    fold(text) {
      let folded = text.normalize('NFD');
      if (strength === 1) folded = withoutMarks(folded);
      if (strength <= 2 && !caseLevel) folded = folded.toLowerCase();
      return numeric ? folded.replaceAll(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '')) : folded;
    },
  };
}

function makeCollator(locale: string, options: Intl.CollatorOptions): Intl.Collator {
  try {
    return new Intl.Collator(locale.replaceAll('_', '-'), options);
  } catch {
    throw badValue(`Field 'locale' is invalid in: { locale: "${locale}" }`);
  }
}

/** Numbers may come as int32, int64 or double. */
const equalSettings = (a: unknown, b: unknown) => (toNumber(a) ?? a) === (toNumber(b) ?? b);

export const sameCollation = (a: Collation | undefined, b: Collation | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    ['locale', 'strength', 'caseLevel', 'numericOrdering', 'alternate'].every((key) =>
      equalSettings(a.spec[key], b.spec[key]),
    ));
