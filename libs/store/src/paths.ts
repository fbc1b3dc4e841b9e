import type { Loose } from './shape.js';

/** Places in a document: `standing.email`. They go through plain objects, never through lists. */
export type Path = string;

export function valueAt(document: Loose, path: Path): unknown {
  let value: unknown = document;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** A copy in which each path has its value; undefined takes it away. */
export function withValues(document: Loose, values: ReadonlyMap<Path, unknown>): Loose {
  let copy = document;
  for (const [path, value] of values) copy = withValue(copy, path.split('.'), value);
  return copy;
}

export const topOf = (path: Path): string => path.split('.', 1)[0] ?? path;

function withValue(document: Loose, [name = '', ...rest]: readonly string[], value: unknown): Loose {
  const inner = document[name];
  if (rest.length > 0) {
    if (!isObject(inner) && value === undefined) return document;
    return { ...document, [name]: withValue(isObject(inner) ? inner : {}, rest, value) };
  }
  if (value !== undefined) return { ...document, [name]: value };
  const { [name]: _gone, ...others } = document;
  return others;
}

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
