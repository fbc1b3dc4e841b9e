import { BSONRegExp } from 'bson';
import { CommandError } from '../../errors.js';
import { isRegex, toRegExp, compileRegex } from '../../query/regex.js';
import { toNumber, typeName } from '../../values/document.js';
import { compareStrings } from '../../values/order.js';
import {
  compiledFields,
  isNil,
  namedOperands,
  onAll,
  onValue,
  onValues,
  type Operator,
  type Operators,
  valuesOf,
} from './expression.js';
import { textOf } from './type-operators.js';

const asciiOnly = (text: string, change: (letters: string) => string) =>
  text.replaceAll(/[A-Za-z]+/g, (letters) => change(letters));

/** What counts as text for `$toUpper` and its relatives: null and missing are empty. */
function coerced(value: unknown, name: string): string {
  if (isNil(value)) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date || toNumber(value) !== undefined) return textOf(value);
  throw new CommandError(16007, `can't convert from BSON type ${typeName(value)} to String (${name})`);
}

const points = (text: string) => Array.from(text);

function position(value: unknown, code: number, what: string): number {
  const number = toNumber(value);
  if (number === undefined || !Number.isInteger(number))
    throw new CommandError(code, `${what} must be a 32-bit integer`);
  return number;
}

function substringByPoints([text, from, count]: readonly unknown[], name: string): string {
  const start = position(from, 34450, `${name}: starting index`);
  const length = position(count, 34452, `${name}: length`);
  if (start < 0) throw new CommandError(34455, `${name}: the starting index must be nonnegative integer.`);
  if (length < 0) throw new CommandError(34454, `${name}: length must be a nonnegative integer.`);
  return points(coerced(text, name))
    .slice(start, start + length)
    .join('');
}

function substringByBytes([text, from, count]: readonly unknown[], name: string): string {
  const bytes = Buffer.from(coerced(text, name));
  const start = toNumber(from);
  const length = toNumber(count);
  if (start === undefined) throw new CommandError(16034, `${name}:  starting index must be a numeric type`);
  if (length === undefined) throw new CommandError(16035, `${name}:  length must be a numeric type`);
  if (start < 0) throw new CommandError(50752, `${name}: starting index must be non-negative (got: ${start})`);
  const end = length < 0 ? bytes.length : Math.min(bytes.length, start + length);
  const inside = (at: number) => at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
  if (inside(start))
    throw new CommandError(28656, `${name}:  Invalid range, starting index is a UTF-8 continuation byte.`);
  if (inside(end))
    throw new CommandError(28657, `${name}:  Invalid range, ending index is in the middle of a UTF-8 character.`);
  return bytes.toString('utf8', Math.min(start, bytes.length), Math.max(start, end));
}

const search =
  (codes: { text: number; part: number; bound: number }, parts: (text: string) => readonly unknown[]) =>
  ([text, part, from, to]: readonly unknown[], name: string): unknown => {
    if (isNil(text)) return null;
    if (typeof text !== 'string')
      throw new CommandError(codes.text, `${name} requires a string as the first argument, found: ${typeName(text)}`);
    if (typeof part !== 'string')
      throw new CommandError(codes.part, `${name} requires a string as the second argument, found: ${typeName(part)}`);
    const [all, wanted] = [parts(text), parts(part)];
    const bound = (value: unknown, fallback: number) => {
      if (isNil(value)) return fallback;
      const number = position(value, codes.bound, `${name} index`);
      if (number < 0) throw new CommandError(codes.bound + 1, `${name} requires a nonnegative index, found: ${number}`);
      return number;
    };
    const last = Math.min(all.length, bound(to, all.length)) - wanted.length;
    for (let at = bound(from, 0); at <= last; at++) if (wanted.every((unit, i) => all[at + i] === unit)) return at;
    return -1;
  };

const blanks = ' \t\n\v\f\r\0\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

const trimming =
  (left: boolean, right: boolean): Operator =>
  (operand, compiler, name) => {
    const fields = compiledFields(
      namedOperands(name, operand, ['chars'], { notADocument: 50696, unknown: 50694, missing: { input: 50695 } }),
      compiler,
    );
    return (scope) => {
      const { input, chars } = valuesOf(fields, scope);
      if (isNil(input)) return null;
      if (typeof input !== 'string')
        throw new CommandError(50699, `${name} requires its input to be a string, got ${typeName(input)} instead.`);
      if ('chars' in fields && isNil(chars)) return null;
      if (chars !== undefined && typeof chars !== 'string')
        throw new CommandError(50700, `${name} requires 'chars' to be a string, got ${typeName(chars)} instead.`);
      const unwanted = new Set(points(chars ?? blanks));
      const units = points(input);
      let [from, to] = [0, units.length];
      while (left && from < to && unwanted.has(units[from] ?? '')) from++;
      while (right && to > from && unwanted.has(units[to - 1] ?? '')) to--;
      return units.slice(from, to).join('');
    };
  };

const replacing =
  (codes: readonly [input: number, find: number, replacement: number], every: boolean): Operator =>
  (operand, compiler, name) => {
    const fields = compiledFields(
      namedOperands(name, operand, [], {
        notADocument: 51751,
        unknown: 51750,
        missing: { input: 51749, find: 51748, replacement: 51747 },
      }),
      compiler,
    );
    return (scope) => {
      const { input, find, replacement } = valuesOf(fields, scope);
      const given = [input, find, replacement];
      for (const [i, value] of given.entries())
        if (!isNil(value) && typeof value !== 'string')
          throw new CommandError(codes[i] ?? 0, `${name} requires strings, found: ${typeName(value)}`);
      if (given.some(isNil)) return null;
      const [text, part, next] = given as string[] as [string, string, string];
      if (every) return text.replaceAll(part, () => next);
      return text.replace(part, () => next);
    };
  };

/** The pattern of `$regexMatch` and its relatives; undefined when there is none. */
function patternOf(regex: unknown, options: unknown, name: string): RegExp | undefined {
  if (!isNil(options) && typeof options !== 'string')
    throw new CommandError(51106, `${name} needs 'options' to be of type string`);
  if (isNil(regex)) return undefined;
  if (isRegex(regex)) {
    const own = regex instanceof BSONRegExp ? regex.options : regex.flags.replaceAll(/[^imsx]/g, '');
    if (own !== '' && typeof options === 'string')
      throw new CommandError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
    return compileRegex(regex, own === '' && typeof options === 'string' ? options : own);
  }
  if (typeof regex !== 'string') throw new CommandError(51105, `${name} needs 'regex' to be of type string or regex`);
  try {
    return toRegExp(regex, typeof options === 'string' ? options : '');
  } catch (error) {
    if (error instanceof CommandError && error.code === 51091)
      throw new CommandError(51111, `Invalid Regex in ${name}: ${error.message}`);
    throw error;
  }
}

interface Match {
  match: string;
  idx: number;
  captures: (string | null)[];
}

function matches(text: string, pattern: RegExp, every: boolean): Match[] {
  const all = new RegExp(pattern.source, [...new Set(`${pattern.flags}g`)].join(''));
  const found: Match[] = [];
  for (const match of text.matchAll(all)) {
    found.push({
      match: match[0],
      idx: points(text.slice(0, match.index)).length,
      captures: match.slice(1).map((group: string | undefined) => group ?? null),
    });
    if (!every) break;
  }
  return found;
}

const byPattern =
  (result: (text: string | undefined, pattern: RegExp | undefined) => unknown): Operator =>
  (operand, compiler, name) => {
    const fields = compiledFields(
      namedOperands(name, operand, ['options'], {
        notADocument: 51103,
        unknown: 31024,
        missing: { input: 31022, regex: 31023 },
      }),
      compiler,
    );
    return (scope) => {
      const { input, regex, options } = valuesOf(fields, scope);
      const pattern = patternOf(regex, options, name);
      if (!isNil(input) && typeof input !== 'string')
        throw new CommandError(51104, `${name} needs 'input' to be of type string`);
      return result(input ?? undefined, pattern);
    };
  };

const compareIgnoringCase = ([a, b]: readonly unknown[], name: string) =>
  Math.sign(compareStrings(upper(coerced(a, name)), upper(coerced(b, name))));

const upper = (text: string) => asciiOnly(text, (letters) => letters.toUpperCase());
const lower = (text: string) => asciiOnly(text, (letters) => letters.toLowerCase());

const lengthOf = (code: number, measure: (text: string) => number): Operator =>
  onValue((value, name) => {
    if (typeof value !== 'string')
      throw new CommandError(code, `${name} requires a string argument, found: ${typeName(value)}`);
    return measure(value);
  });

export const textOperators: Operators = {
  $concat: onAll((values) => {
    for (const value of values)
      if (!isNil(value) && typeof value !== 'string')
        throw new CommandError(16702, `$concat only supports strings, not ${typeName(value)}`);
    return values.some(isNil) ? null : values.join('');
  }),
  $toUpper: onValue((value, name) => upper(coerced(value, name))),
  $toLower: onValue((value, name) => lower(coerced(value, name))),
  $strcasecmp: onValues(2, compareIgnoringCase),
  $strLenCP: lengthOf(34471, (text) => points(text).length),
  $strLenBytes: lengthOf(34473, (text) => Buffer.byteLength(text)),
  $substr: onValues(3, substringByBytes),
  $substrBytes: onValues(3, substringByBytes),
  $substrCP: onValues(3, substringByPoints),
  $indexOfCP: onValues(2, search({ text: 40093, part: 40094, bound: 40096 }, points), 4),
  $indexOfBytes: onValues(
    2,
    search({ text: 40091, part: 40092, bound: 40096 }, (text) => [...Buffer.from(text)]),
    4,
  ),
  $split: onValues(2, ([text, by]) => {
    if (isNil(text) || isNil(by)) return null;
    if (typeof text !== 'string')
      throw new CommandError(
        40085,
        `$split requires an expression that evaluates to a string as a first argument, found: ${typeName(text)}`,
      );
    if (typeof by !== 'string')
      throw new CommandError(
        40086,
        `$split requires an expression that evaluates to a string as a second argument, found: ${typeName(by)}`,
      );
    if (by === '') throw new CommandError(40087, '$split requires a non-empty separator');
    return text.split(by);
  }),
  $trim: trimming(true, true),
  $ltrim: trimming(true, false),
  $rtrim: trimming(false, true),
  $replaceOne: replacing([51746, 51745, 51744], false),
  $replaceAll: replacing([51746, 51745, 51744], true),
  $regexMatch: byPattern((text, pattern) => text !== undefined && pattern !== undefined && pattern.test(text)),
  $regexFind: byPattern((text, pattern) =>
    text === undefined || pattern === undefined ? null : (matches(text, pattern, false)[0] ?? null),
  ),
  $regexFindAll: byPattern((text, pattern) =>
    text === undefined || pattern === undefined ? [] : matches(text, pattern, true),
  ),
};
