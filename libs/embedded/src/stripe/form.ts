import { invalid } from './refusal.js';

/** A form value as Stripe's bracket notation means it: text, or a hash whose keys may be list positions. */
export type Raw = string | RawHash;
export interface RawHash {
  [key: string]: Raw;
}

const deepest = 8;

/**
 * Reads `a=1&b[c]=2&d[0][e]=3&f[]=4` into nested hashes; lists are hashes keyed by position.
 * Throws a 400 refusal for names that contradict each other or are nested too deeply.
 */
export function readForm(text: string): RawHash {
  const root = hash();
  for (const [name, value] of new URLSearchParams(text)) place(root, segments(name), value, name);
  return root;
}

export function hash(): RawHash {
  // without a prototype `__proto__` and `constructor` are ordinary names
  const empty: RawHash = Object.create(null);
  return empty;
}

function segments(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match?.[1]) throw invalid(`Invalid parameter name: ${name}`, { param: name });
  const inner = [...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1] ?? '');
  if (inner.length > deepest) throw invalid(`Parameter is nested too deeply: ${name}`, { param: name });
  return [match[1], ...inner];
}

function place(root: RawHash, path: string[], value: string, name: string): void {
  let at = root;
  for (const [depth, segment] of path.entries()) {
    const key = segment === '' ? String(Object.keys(at).length) : segment;
    if (depth === path.length - 1) {
      if (typeof at[key] === 'object') throw invalid(`Invalid parameter: ${name}`, { param: name });
      at[key] = value;
      return;
    }
    const next = at[key] ?? hash();
    if (typeof next === 'string') throw invalid(`Invalid parameter: ${name}`, { param: name });
    at[key] = next;
    at = next;
  }
}
