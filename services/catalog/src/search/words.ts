const LONGEST = 30;
/** Scripts that are written without spaces: pairs of characters stand in for words. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+$/u;
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー])[\p{L}\p{M}\p{N}])+[+#]*/gu;
const FILLERS = new Set(['a', 'an', 'and', 'by', 'for', 'from', 'in', 'is', 'of', 'on', 'or', 'the', 'to', 'with']);

/** Text as it is compared: lower case, without accents, compatibility forms resolved. */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .normalize('NFC')
    .toLowerCase();

/** The distinct words of a text, in order. `C++ für Einsteiger` is `c++`, `fur`, `einsteiger`. */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const [word] of folded(text).matchAll(WORD)) {
    const letters = Array.from(word).slice(0, LONGEST);
    if (letters.length > 1 && UNSPACED.test(word))
      for (let at = 0; at + 1 < letters.length; at += 1) words.add(letters.slice(at, at + 2).join(''));
    else words.add(letters.join(''));
  }
  return [...words];
}

/** The words that a query is about: without fillers, unless it has nothing else; at most eight. */
export function queryWordsOf(query: string): string[] {
  const words = wordsOf(query);
  const telling = words.filter((word) => !FILLERS.has(word));
  return (telling.length > 0 ? telling : words).slice(0, 8);
}

/** How many typing errors a word of that length may have. Short words have too many neighbours. */
export const typosIn = (word: string): number => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);

/**
 * Which letters a word has, as 32 bits. One typing error changes at most two of them, so words whose bits differ in more are
 * no neighbours: that rules out nearly all of a vocabulary without looking at letters.
 */
export function letterBits(word: string): number {
  let bits = 0;
  for (let place = 0; place < word.length; place += 1) bits |= 1 << (word.charCodeAt(place) & 31);
  return bits;
}

/** How many of 32 bits are set. */
export function bitCount(bits: number): number {
  let left = bits - ((bits >>> 1) & 0x5555_5555);
  left = (left & 0x3333_3333) + ((left >>> 2) & 0x3333_3333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** Whether one was probably meant when the other was typed. */
export function isTypoOf(typed: string, meant: string): boolean {
  const allowed = Math.min(typosIn(typed), typosIn(meant));
  return typed !== meant && allowed > 0 && distance(typed, meant, allowed) <= allowed;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment); more than `limit` is `limit + 1`. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, at(before, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) > limit) return limit + 1;
    before = above;
    above = current;
  }
  return at(above, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
