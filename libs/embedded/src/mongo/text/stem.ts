/*
 * Porter's algorithm (M.F. Porter, "An algorithm for suffix stripping", 1980) with the "logi", "bli" and "alli" changes
 * of its author's own version.
 */

const consonant = '(?:[^aeiouy]|(?<![^aeiou])y|^y)';
const vowel = '(?:[aeiou]|(?<=[^aeiou])y)';
const measureAtLeast1 = new RegExp(`^${consonant}*(?:${vowel}+${consonant}+)`);
const measureExactly1 = new RegExp(`^${consonant}*${vowel}+${consonant}+${vowel}*$`);
const measureAtLeast2 = new RegExp(`^${consonant}*(?:${vowel}+${consonant}+){2}`);
const hasVowel = new RegExp(`^${consonant}*${vowel}`);
const endsConsonantVowelConsonant = /(?:^|[^aeiou])[aeiouy][^aeiouwxy]$/;

const second: readonly [string, string][] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log'],
];
const third: readonly [string, string][] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const fourth = /(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize|(?<=[st])ion)$/;

function replaceSuffix(word: string, suffixes: readonly [string, string][]): string {
  for (const [suffix, replacement] of suffixes) {
    if (!word.endsWith(suffix)) continue;
    const base = word.slice(0, -suffix.length);
    return measureAtLeast1.test(base) ? base + replacement : word;
  }
  return word;
}

function withoutPastAndGerund(word: string): string {
  if (word.endsWith('eed')) return measureAtLeast1.test(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const base = word.replace(/(ed|ing)$/, '');
  if (base === word || !hasVowel.test(base)) return word;
  if (/(at|bl|iz)$/.test(base)) return `${base}e`;
  if (/([^aeioulsz])\1$/.test(base)) return base.slice(0, -1);
  return measureExactly1.test(base) && endsConsonantVowelConsonant.test(base) ? `${base}e` : base;
}

/** The stem of an English word in lower case. */
export function stem(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  let result = word.replace(/(ss|i)es$/, '$1').replace(/([^s])s$/, '$1');
  result = withoutPastAndGerund(result);
  if (result.endsWith('y') && hasVowel.test(result.slice(0, -1))) result = `${result.slice(0, -1)}i`;
  result = replaceSuffix(result, second);
  result = replaceSuffix(result, third);
  const base = result.replace(fourth, '');
  if (base !== result && measureAtLeast2.test(base)) result = base;
  if (result.endsWith('e')) {
    const stripped = result.slice(0, -1);
    if (
      measureAtLeast2.test(stripped) ||
      (measureExactly1.test(stripped) && !endsConsonantVowelConsonant.test(stripped))
    )
      result = stripped;
  }
  return result.endsWith('ll') && measureAtLeast2.test(result.slice(0, -1)) ? result.slice(0, -1) : result;
}
