import { isDoc } from '../values/document.js';

export const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

/** A path's parts; the same array for the same path, so do not change it. */
export function pathParts(path: string): readonly string[] {
  let parts = known.get(path);
  if (!parts) {
    parts = path.split('.');
    if (known.size > 10_000) known.clear();
    known.set(path, parts);
  }
  return parts;
}
const known = new Map<string, readonly string[]>();

const own = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

/**
 * Shows every value that a path means in a document, MongoDB's way: arrays on the way are searched element by element
 * and by index, an array at the end is shown element by element (if `leaves`) and then whole; a path that leads nowhere
 * shows `undefined`. `whole` marks an array that is shown as a whole. Stops at the first value for which `found` is true and tells whether there was one.
 */
export function anyValue(
  root: unknown,
  parts: readonly string[],
  leaves: boolean,
  found: (value: unknown, whole: boolean) => boolean,
  from = 0,
): boolean {
  let value = root;
  let at = from;
  while (at < parts.length && !Array.isArray(value)) {
    if (!isDoc(value)) return found(undefined, false);
    value = own(value, parts[at] ?? '');
    at++;
  }
  if (!Array.isArray(value)) return found(value, false);
  if (at === parts.length) {
    if (leaves) for (const item of value) if (found(item, false)) return true;
    return found(value, true);
  }
  const part = parts[at] ?? '';
  const index = isIndex(part) ? Number(part) : -1;
  for (let i = 0; i < value.length; i++) {
    const item: unknown = value[i];
    if (isDoc(item) && anyValue(item, parts, leaves, found, at)) return true;
    if (i === index) {
      if (at + 1 === parts.length) {
        if (found(item, Array.isArray(item))) return true;
      } else if ((isDoc(item) || Array.isArray(item)) && anyValue(item, parts, leaves, found, at + 1)) return true;
    }
  }
  return false;
}

/** All values of a path with arrays opened once, as `distinct` sees them. */
export function leafValues(root: unknown, path: string): unknown[] {
  const values: unknown[] = [];
  anyValue(root, pathParts(path), true, (value, whole) => {
    if (value !== undefined && !whole) values.push(value);
    return false;
  });
  return values;
}

/** The value at a path without opening any array (`a.0` is the first element). */
export function plainValue(root: unknown, parts: readonly string[]): unknown {
  let value = root;
  for (const part of parts) {
    if (Array.isArray(value)) value = isIndex(part) ? (value as unknown[])[Number(part)] : undefined;
    else if (isDoc(value)) value = own(value, part);
    else return undefined;
  }
  return value;
}
