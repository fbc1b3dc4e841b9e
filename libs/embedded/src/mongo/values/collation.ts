import { badValue, CommandError } from '../errors.js';
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
  if (typeof locale !== 'string')
    throw new CommandError(40414, "BSON field 'collation.locale' is missing but a required field");
  const strength = toNumber(spec['strength']) ?? 3;
  if (strength < 1 || strength > 5)
    throw new CommandError(51024, `BSON field 'strength' value must be between 1 and 5, actual value '${strength}'`);
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
  const invalid = badValue(`Field 'locale' is invalid in: { locale: "${locale}" }`);
  try {
    const name = locale.replaceAll('_', '-');
    if (Intl.Collator.supportedLocalesOf([name]).length === 0) throw invalid;
    return new Intl.Collator(name, options);
  } catch {
    throw invalid;
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
