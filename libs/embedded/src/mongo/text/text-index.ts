import { badValue, CommandError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { anyValue, pathParts } from '../query/path.js';
import type { Predicate } from '../query/predicate.js';
import { type Doc, isDoc, toNumber, truthy } from '../values/document.js';
import { foldText, termsOf } from './terms.js';

const textOr = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);

interface Search {
  readonly terms: readonly string[];
  readonly excluded: readonly string[];
  readonly phrases: readonly string[];
  readonly excludedPhrases: readonly string[];
  readonly sensitive: { readonly case: boolean; readonly diacritics: boolean };
}

/** The words of a collection: term -> record -> score, scored as MongoDB scores them. */
export class TextIndex {
  readonly name: string;
  readonly language: string;
  private readonly weights: ReadonlyMap<string, number>;
  private readonly belongs: Predicate | undefined;
  private readonly postings = new Map<string, Map<number, number>>();
  private readonly termsByRecord = new Map<number, string[]>();

  constructor(readonly definition: Doc) {
    this.name = String(definition['name']);
    this.language = textOr(definition['default_language'], 'english');
    const weights = isDoc(definition['weights']) ? definition['weights'] : {};
    this.weights = new Map(Object.entries(weights).map(([path, weight]) => [path, toNumber(weight) ?? 1]));
    const partial = definition['partialFilterExpression'];
    this.belongs = isDoc(partial) ? compileFilter(partial) : undefined;
  }

  add(doc: Doc, record: number): void {
    if (this.belongs && !this.belongs(doc)) return;
    const scores = new Map<string, number>();
    for (const { text, weight, language } of this.texts(doc)) {
      const counts = new Map<string, { count: number; frequency: number; step: number }>();
      const terms = termsOf(text, language);
      for (const term of terms) {
        const data = counts.get(term) ?? { count: 0, frequency: 0, step: 0 };
        data.step = data.step === 0 ? 1 : data.step * 2;
        data.count++;
        data.frequency += 1 / data.step;
        counts.set(term, data);
      }
      for (const [term, { count, frequency }] of counts) {
        const share = (0.5 * count) / terms.length + 0.5;
        const wholeText = foldText(text).length === term.length ? 1.1 : 1;
        scores.set(term, (scores.get(term) ?? 0) + weight * frequency * share * wholeText);
      }
    }
    for (const [term, score] of scores) {
      let records = this.postings.get(term);
      if (!records) this.postings.set(term, (records = new Map()));
      records.set(record, score);
    }
    this.termsByRecord.set(record, [...scores.keys()]);
  }

  remove(record: number): void {
    for (const term of this.termsByRecord.get(record) ?? []) {
      const records = this.postings.get(term);
      records?.delete(record);
      if (records?.size === 0) this.postings.delete(term);
    }
    this.termsByRecord.delete(record);
  }

  /** The records that a `$text` condition finds, with their scores. `docOf` is needed for phrases. */
  find(condition: Doc, docOf: (record: number) => Doc | undefined): Map<number, number> {
    const language = textOr(condition['$language'], this.language);
    const search = parseSearch(condition, language);
    const found = new Map<number, number>();
    for (const term of new Set(search.terms))
      for (const [record, score] of this.postings.get(term) ?? []) found.set(record, (found.get(record) ?? 0) + score);
    for (const term of search.excluded)
      for (const record of this.postings.get(term)?.keys() ?? []) found.delete(record);
    const { phrases, excludedPhrases, sensitive } = search;
    if (phrases.length === 0 && excludedPhrases.length === 0 && !sensitive.case && !sensitive.diacritics) return found;
    for (const record of found.keys()) {
      const doc = docOf(record);
      const texts = doc ? this.texts(doc).map(({ text }) => foldText(text, sensitive)) : [];
      const has = (phrase: string) => texts.some((text) => text.includes(phrase));
      const exactTerms =
        sensitive.case || sensitive.diacritics ? texts.flatMap((text) => termsOf(text, 'none', sensitive)) : [];
      const exact =
        (!sensitive.case && !sensitive.diacritics) ||
        rawTerms(condition, sensitive).some((term) => exactTerms.some((other) => other.startsWith(term)));
      if (!exact || !phrases.every(has) || excludedPhrases.some(has)) found.delete(record);
    }
    return found;
  }

  private texts(doc: Doc): { text: string; weight: number; language: string }[] {
    const { language_override: override } = this.definition;
    const named = doc[typeof override === 'string' ? override : 'language'];
    const language = typeof named === 'string' && this.language !== 'none' ? named : this.language;
    const result: { text: string; weight: number; language: string }[] = [];
    const everywhere = this.weights.get('$**');
    if (everywhere !== undefined) collectStrings(doc, (text) => result.push({ text, weight: everywhere, language }));
    for (const [path, weight] of this.weights) {
      if (path === '$**') continue;
      anyValue(doc, pathParts(path), true, (value) => {
        if (typeof value === 'string') result.push({ text: value, weight, language });
        return false;
      });
    }
    return result;
  }
}

function collectStrings(value: unknown, add: (text: string) => void): void {
  if (typeof value === 'string') add(value);
  else if (Array.isArray(value)) for (const item of value as unknown[]) collectStrings(item, add);
  else if (isDoc(value)) for (const item of Object.values(value)) collectStrings(item, add);
}

const languages = new Set(
  'none danish da dutch nl english en finnish fi french fr german de hungarian hu italian it norwegian nb portuguese pt romanian ro russian ru spanish es swedish sv turkish tr'.split(
    ' ',
  ),
);

function refuseLanguage(language: string): void {
  if (!languages.has(language.toLowerCase()))
    throw badValue(`unsupported language: "${language}" for text index version 3`);
}

const sensitivity = (condition: Doc) => ({
  case: truthy(condition['$caseSensitive']),
  diacritics: truthy(condition['$diacriticSensitive']),
});

const rawTerms = (condition: Doc, sensitive: { case: boolean; diacritics: boolean }) =>
  termsOf(String(condition['$search']).replaceAll(/"[^"]*"|(^|\s)-\S+/g, ' '), 'none', sensitive);

function parseSearch(condition: Doc, language: string): Search {
  const { $search: text } = condition;
  refuseLanguage(language);
  if (typeof text !== 'string') throw new CommandError(14, '"$search" had the wrong type. Expected string');
  for (const key of Object.keys(condition))
    if (!['$search', '$language', '$caseSensitive', '$diacriticSensitive'].includes(key))
      throw badValue(`extra fields in $text: ${key}`);
  const sensitive = sensitivity(condition);
  const terms: string[] = [];
  const excluded: string[] = [];
  const phrases: string[] = [];
  const excludedPhrases: string[] = [];
  for (const match of text.matchAll(/(^|\s)?(-?)"([^"]*)"|(\S+)/g)) {
    const [, , minus, phrase, word = ''] = match;
    if (phrase !== undefined) {
      (minus ? excludedPhrases : phrases).push(foldText(phrase, sensitive));
      if (!minus) terms.push(...termsOf(phrase, language));
    } else if (word.startsWith('-')) excluded.push(...termsOf(word, language));
    else terms.push(...termsOf(word, language));
  }
  return { terms, excluded, phrases, excludedPhrases, sensitive };
}
