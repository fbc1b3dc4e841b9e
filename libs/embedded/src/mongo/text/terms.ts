import { stem } from './stem.js';

const stopWords = new Set(
  (
    'a about above after again against all am an and any are aren as at be because been before being below between both but by ' +
    'can cannot could couldn did didn do does doesn doing don down during each few for from further had hadn has hasn have haven ' +
    'having he her here hers herself him himself his how i if in into is isn it its itself just let ll me more most mustn my myself ' +
    'no nor not of off on once only or other ought our ours ourselves out over own re s same shan she should shouldn so some such t ' +
    'than that the their theirs them themselves then there these they this those through to too under until up ve very was wasn we ' +
    'were weren what when where which while who whom why will with won would wouldn you your yours yourself yourselves'
  ).split(' '),
);

const english = new Set(['english', 'en']);

/** Case and diacritics folded, unless a search is sensitive to them. */
export function foldText(
  text: string,
  sensitive: { case: boolean; diacritics: boolean } = { case: false, diacritics: false },
): string {
  let folded = text;
  if (!sensitive.diacritics) folded = folded.normalize('NFD').replaceAll(/\p{M}/gu, '');
  return sensitive.case ? folded : folded.toLowerCase();
}

/** The index terms of a text: words, for English without stop words and stemmed; as written for other languages and `none`. */
export function termsOf(text: string, language: string, sensitive?: { case: boolean; diacritics: boolean }): string[] {
  const words = foldText(text, sensitive).match(/[\p{L}\p{N}_]+(?:['’][\p{L}\p{N}_]+)*/gu) ?? [];
  if (!english.has(language)) return words.map((word) => word.replaceAll('’', "'"));
  return words
    .map((word) => word.replace(/['’](s|t|re|ve|ll|d|m)?$/, ''))
    .filter((word) => !stopWords.has(word))
    .map((word) => stem(word));
}
