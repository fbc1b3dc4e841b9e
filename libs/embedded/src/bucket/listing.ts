/** One page of a listing: what is there, what is folded into common prefixes, and where the next page begins. */
export interface Page {
  keys: string[];
  commonPrefixes: string[];
  next: string | undefined;
}

/**
 * Cuts one page out of keys that are sorted by {@link compareUtf8}. Keys and common prefixes count alike towards `max`.
 * `after` is a key or, when it ends a page that folded, a common prefix: everything below it is skipped.
 */
export function listPage(
  sorted: readonly string[],
  { prefix, delimiter, after, max }: { prefix: string; delimiter: string; after: string | undefined; max: number },
): Page {
  const page: Page = { keys: [], commonPrefixes: [], next: undefined };
  if (max === 0) return page;
  const afterPrefix =
    after !== undefined && delimiter && after.length > prefix.length && after.endsWith(delimiter) ? after : undefined;
  let last: string | undefined;
  let folded: string | undefined;
  for (let i = firstAtOrAfter(sorted, maxUtf8(prefix, after ?? '')); i < sorted.length; i++) {
    const key = sorted[i] ?? '';
    if (!key.startsWith(prefix)) break;
    if (key === after || (afterPrefix !== undefined && key.startsWith(afterPrefix))) continue;
    if (folded !== undefined && key.startsWith(folded)) continue;
    const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    if (page.keys.length + page.commonPrefixes.length === max) {
      page.next = last;
      break;
    }
    if (at === -1) {
      page.keys.push(key);
      last = key;
      continue;
    }
    folded = key.slice(0, at + delimiter.length);
    page.commonPrefixes.push(folded);
    last = folded;
  }
  return page;
}

/** Orders strings as their UTF-8 bytes would be: like `<`, but characters beyond the basic plane come last. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}
const rank = (unit: number) => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);
const maxUtf8 = (a: string, b: string) => (compareUtf8(a, b) < 0 ? b : a);

function firstAtOrAfter(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(sorted[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
