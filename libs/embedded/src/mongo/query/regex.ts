import { BSONRegExp } from 'bson';
import { CommandError } from '../errors.js';

/** A JavaScript pattern that matches what the PCRE pattern would; throws 51091 when it cannot be compiled. */
export function toRegExp(pattern: string, options: string): RegExp {
  let source = pattern;
  let flags = options;
  const inline = /^\(\?([imsx]+)\)/.exec(source);
  if (inline) {
    source = source.slice(inline[0].length);
    flags += inline[1] ?? '';
  }
  const bad = /[^imsxu]/.exec(flags);
  if (bad) throw new CommandError(51108, `invalid flag in regex options: ${bad[0]}`);
  if (flags.includes('x')) source = extended(source);
  source = source
    .replaceAll('\\A', '^')
    .replaceAll(/\\[zZ]/g, '$')
    .replaceAll('(?P<', '(?<');
  source = source.replaceAll('[[:alpha:]]', '[A-Za-z]').replaceAll('[[:digit:]]', '\\d');
  const known = ['i', 'm', 's'].filter((flag) => flags.includes(flag)).join('');
  try {
    // code points, not UTF-16 units, when the pattern allows it
    return new RegExp(source, `${known}u`);
  } catch {
    try {
      return new RegExp(source, known);
    } catch (error) {
      throw new CommandError(
        51091,
        `Regular expression is invalid: ${error instanceof Error ? error.message : pattern}`,
      );
    }
  }
}

/** Without the white space and comments that PCRE's `x` option allows. */
function extended(source: string): string {
  return source.replaceAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\s+|#[^\n]*/g, (part) =>
    /^(\s|#)/.test(part) ? '' : part,
  );
}

export const isRegex = (value: unknown): value is BSONRegExp | RegExp =>
  value instanceof BSONRegExp || value instanceof RegExp;

export function compileRegex(value: BSONRegExp | RegExp, options?: string): RegExp {
  if (value instanceof BSONRegExp) return toRegExp(value.pattern, options ?? value.options);
  return toRegExp(value.source, options ?? value.flags);
}

/** The literal text with which every match must begin (`^abc.*` -> `abc`); empty when none is sure. */
export function literalPrefix(regex: RegExp): string {
  if (!regex.source.startsWith('^') || regex.ignoreCase || regex.multiline) return '';
  let prefix = '';
  const { source } = regex;
  for (let i = 1; i < source.length; i++) {
    let char = source[i] ?? '';
    if (char === '|') return '';
    if ('([{.*+?$^)]}'.includes(char)) {
      // a quantifier that allows none takes the last character back
      if ('*?{'.includes(char)) prefix = prefix.slice(0, -1);
      break;
    }
    if (char === '\\') {
      const next = source[i + 1] ?? '';
      if (/[A-Za-z0-9]/.test(next)) break;
      char = next;
      i++;
    }
    prefix += char;
  }
  return hasAlternative(source) ? '' : prefix;
}

/** A `|` outside of groups makes the beginning optional. */
function hasAlternative(source: string): boolean {
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (char === '\\') i++;
    else if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') depth--;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
