import { badValue, CommandError } from '../errors.js';
import { isIndex, pathParts } from '../query/path.js';
import { type Doc, isDoc, setField } from '../values/document.js';
import { shown } from '../values/shown.js';

const mostPadding = 1_500_000;

export type Container = Doc | unknown[];
/** A place in a document that may be written: a field of an object or an element of an array. */
export interface Place {
  readonly container: Container;
  readonly key: string;
  /** Where it is, for messages. */
  readonly path: string;
}

export interface Positions {
  /** The element that the filter matched in the array at this path, for `$`. */
  matched(arrayPath: string): number | undefined;
  /** The test of `$[identifier]`. */
  readonly filters: ReadonlyMap<string, (item: unknown) => boolean>;
}

export const read = ({ container, key }: Place): unknown =>
  Array.isArray(container) ? container[Number(key)] : Object.hasOwn(container, key) ? container[key] : undefined;

export function write({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) {
    setField(container, key, value);
    return;
  }
  const index = Number(key);
  if (index > container.length + mostPadding)
    throw new CommandError(2, `can't backfill more than ${mostPadding} elements`);
  while (container.length < index) container.push(null);
  container[index] = value;
}

export function remove({ container, key }: Place): void {
  if (!Array.isArray(container)) delete container[key];
  else if (Number(key) < container.length) container[Number(key)] = null;
}

const describe = (key: string, value: unknown) => `{${key}: ${shown(value)}}`;

/**
 * Finds the places that an update path means, `$`, `$[]` and `$[id]` resolved. With `create`, missing objects on the
 * way are made and a value in the way is refused (28 PathNotViable); without it such a path leads nowhere. What is on the
 * way becomes the root's own, so that the document that it is a copy of keeps its content.
 */
export function placesOf(root: Doc, path: string, positions: Positions, create: boolean): Place[] {
  const places: Place[] = [];
  walk(root, pathParts(path), 0, '', positions, create, places);
  return places;
}

function walk(
  node: unknown,
  parts: readonly string[],
  at: number,
  trail: string,
  positions: Positions,
  create: boolean,
  places: Place[],
): void {
  const part = parts[at] ?? '';
  const last = at === parts.length - 1;
  const visit = (container: Container, key: string) => {
    const place = { container, key, path: trail === '' ? key : `${trail}.${key}` };
    if (last) {
      places.push(place);
      return;
    }
    let next = read(place);
    if (next === undefined) {
      if (!create) return;
      if (/^\$(\[|$)/.test(parts[at + 1] ?? ''))
        throw badValue(`The path '${place.path}' must exist in the document in order to apply array updates.`);
      next = {};
      write(place, next);
    } else if (Array.isArray(next) || isDoc(next)) {
      // the version before shares everything that is not on the way to a change
      next = Array.isArray(next) ? next.slice() : { ...next };
      write(place, next);
    }
    walk(next, parts, at + 1, place.path, positions, create, places);
  };
  if (part === '$' || part.startsWith('$[')) {
    if (!Array.isArray(node)) {
      if (part === '$') throw noMatch();
      throw badValue(`Cannot apply array updates to non-array element ${describe(parts[at - 1] ?? '', node)}`);
    }
    for (const index of chosen(node, part, trail, positions)) visit(node, String(index));
    return;
  }
  if (Array.isArray(node)) {
    if (isIndex(part)) visit(node, part);
    else if (create) throw notViable(part, parts[at - 1] ?? '', 'an array');
    return;
  }
  if (isDoc(node)) visit(node, part);
  else if (create) throw notViable(part, parts[at - 1] ?? '', node);
}

const noMatch = () => badValue('The positional operator did not find the match needed from the query.');

const notViable = (field: string, parent: string, value: unknown) =>
  new CommandError(
    28,
    `Cannot create field '${field}' in element ${value === 'an array' ? `{${parent}: [...]}` : describe(parent, value)}`,
    {},
  );

function chosen(items: readonly unknown[], part: string, trail: string, positions: Positions): number[] {
  if (part === '$') {
    const index = positions.matched(trail);
    if (index === undefined) throw noMatch();
    return [index];
  }
  const indexes = [...items.keys()];
  if (part === '$[]') return indexes;
  const identifier = part.slice(2, -1);
  const test = positions.filters.get(identifier);
  if (!test) throw badValue(`No array filter found for identifier '${identifier}' in path '${trail}.${part}'`);
  return indexes.filter((index) => test(items[index]));
}
