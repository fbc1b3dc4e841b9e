/** Beginnings of words are kept from this many letters to that many; longer words are found by their first ones. */
const SHORTEST = 2;
const LONGEST = 12;

export interface Findable {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/**
 * Everything by which an account is found: the beginnings of the words of its name and address. They are compared for equality
 * alone, so that an index answers a page in the order of the ids, and so that keyed hashes of them would do as well.
 */
export function searchWordsOf({ firstName, lastName, email }: Findable): string[] {
  const words = [firstName, lastName, email].flatMap(wordsOf);
  return [...new Set(words.flatMap(beginningsOf))].sort();
}

/** What an account must have all of to be found by a text; the one that says most comes first. */
export const soughtWordsOf = (text: string): string[] =>
  [...new Set(wordsOf(text).map((word) => lettersOf(word).slice(0, LONGEST).join('')))].sort(
    (a, b) => b.length - a.length,
  );

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

function beginningsOf(word: string): string[] {
  const letters = lettersOf(word);
  const from = Math.min(SHORTEST, letters.length);
  const to = Math.min(LONGEST, letters.length);
  return Array.from({ length: to - from + 1 }, (_, n) => letters.slice(0, from + n).join(''));
}

const lettersOf = (word: string): string[] => Array.from(word);
