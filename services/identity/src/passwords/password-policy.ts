import { commonPasswords, commonWords } from './common-passwords.js';

export const SHORTEST = 12;
export const LONGEST = 128;

/** One character for each that the person sees typed: the same text from any keyboard or system is the same password. */
export const normalised = (password: string): string => password.normalize('NFKC');

const lengthOf = (text: string): number => Array.from(text).length;

export const hasAllowedLength = (password: string): boolean => {
  const length = lengthOf(normalised(password));
  return length >= SHORTEST && length <= LONGEST;
};

/** What an attacker who knows the person would try first. */
export interface PasswordContext {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** How much must be left of a password without the words that anybody would guess. */
const ENOUGH = 8;
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
];
const runs = [...rows, ...rows.map((row) => Array.from(row).toReversed().join(''))];
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** Why a password of allowed length is too easy to guess, in a sentence for the person; undefined when it is good. */
export function weaknessOf(password: string, context: PasswordContext): string | undefined {
  const folded = normalised(password).toLowerCase();
  if (new Set(folded).size < 5) return 'It has too few different characters';
  if (isMadeOfRuns(folded)) return 'It follows the keyboard or the alphabet';
  const unit = repeatedUnit(folded);
  if (lengthOf(unit) < ENOUGH) return 'It repeats a few characters';
  if ([folded, unit].some(isCommon)) return 'It is among the passwords that are guessed first';
  if (isGuessable(folded, context)) return 'It is too close to your name, your address or ours';
  return undefined;
}

function isCommon(text: string): boolean {
  if (commonPasswords.has(text) || commonWords.has(text)) return true;
  const inner = /^[^\p{L}]*(.*?)[^\p{L}]*$/su.exec(text)?.[1] ?? '';
  return [inner, plain(text), plain(inner)].some((word) => commonWords.has(word) || commonPasswords.has(word));
}

/** `p@ssw0rd!1` -> `password`: signs that stand for letters are read as such, the rest at both ends falls away. */
const plain = (text: string): string =>
  Array.from(text.replaceAll(/^[^\p{L}@$]+|[^\p{L}@$]+$/gu, ''), (sign) => lookalikes[sign] ?? sign)
    .join('')
    .replaceAll(/^\P{L}+|\P{L}+$/gu, '');

/** The shortest text that gives this one when repeated, cut anywhere: `abcabcab` -> `abc`. */
function repeatedUnit(text: string): string {
  const signs = Array.from(text);
  const period = signs.findIndex((_, at) => at > 0 && signs.every((sign, i) => i < at || sign === signs[i - at]));
  return period === -1 ? text : signs.slice(0, period).join('');
}

/** Whether it falls into pieces of four or more neighbours: `abcdef123456`, `qwertyuiop98765`. */
function isMadeOfRuns(text: string): boolean {
  let left = text;
  while (left.length > 0) {
    const piece = longestRun(left);
    if (piece < Math.min(4, left.length)) return false;
    left = left.slice(piece);
  }
  return true;
}

function longestRun(text: string): number {
  let length = text.length;
  while (length > 1 && !runs.some((run) => run.includes(text.slice(0, length)))) length -= 1;
  return length;
}

function wordsOf({ email, firstName, lastName }: PasswordContext): string[] {
  const local = email.slice(0, email.lastIndexOf('@'));
  const words = [
    local,
    ...local.split(/[^\p{L}]+/u),
    ...[firstName, lastName].flatMap((name) => [name, ...name.split(/\P{L}+/u)]),
  ];
  return [...words.map((word) => word.normalize('NFKC').toLowerCase()), 'lyceum', 'password']
    .filter((word) => lengthOf(word) >= 3)
    .sort((a, b) => b.length - a.length);
}

function isGuessable(text: string, context: PasswordContext): boolean {
  const rest = wordsOf(context).reduce((left, word) => left.replaceAll(word, ''), text);
  return rest !== text && lengthOf(rest.replaceAll(/[\s!-/:-@[-`{-~]/g, '')) < ENOUGH;
}
