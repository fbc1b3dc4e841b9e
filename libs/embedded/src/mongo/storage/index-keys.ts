import { CommandError } from '../errors.js';
import { isIndex, pathParts } from '../query/path.js';
import type { Collation } from '../values/collation.js';
import { type Doc, isDoc } from '../values/document.js';
import { inverted, sortKey } from '../values/sort-key.js';

export interface IndexField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** The entries that one document has in an index. */
export interface IndexKeys {
  readonly keys: readonly string[];
  /** For each field, whether an array was opened to get at it; empty when none was. */
  readonly opened: readonly boolean[];
  /** No field of the index exists in the document. */
  readonly allMissing: boolean;
}

interface Cursor {
  node: unknown;
  at: number;
}

/** Opens arrays as MongoDB's indexes do: all fields below one array come from the same element; two arrays are refused. */
export function indexKeys(doc: Doc, fields: readonly IndexField[], collation: Collation | undefined): IndexKeys {
  return oneKey(doc, fields, collation) ?? manyKeys(doc, fields, collation);
}

const noneOpened: readonly boolean[] = [];

/** The keys of a document that has no array on the way to the fields, which most have not. */
function oneKey(doc: Doc, fields: readonly IndexField[], collation: Collation | undefined): IndexKeys | undefined {
  let key = '';
  let allMissing = true;
  for (const { parts, descending } of fields) {
    let node: unknown = doc;
    for (const part of parts) {
      if (Array.isArray(node)) return undefined;
      node = isDoc(node) && Object.hasOwn(node, part) ? node[part] : undefined;
    }
    if (Array.isArray(node)) return undefined;
    if (node !== undefined) allMissing = false;
    const one = sortKey(node === undefined ? null : node, collation);
    key += descending ? inverted(one) : one;
  }
  return { keys: [key], opened: noneOpened, allMissing };
}

function manyKeys(doc: Doc, fields: readonly IndexField[], collation: Collation | undefined): IndexKeys {
  const opened = fields.map(() => false);
  const keys = new Set<string>();
  let allMissing = true;

  const expand = (cursors: readonly Cursor[]): void => {
    const moved = cursors.map((cursor, i) => descend(cursor, fields[i]?.parts ?? []));
    let array: unknown[] | undefined;
    for (const [i, { node, at }] of moved.entries()) {
      if (!Array.isArray(node) || at > (fields[i]?.parts.length ?? 0)) continue;
      if (array !== undefined && array !== node)
        throw new CommandError(171, `cannot index parallel arrays [${fields.map(({ path }) => path).join('] [')}]`);
      array = node as unknown[];
    }
    if (array === undefined) {
      if (moved.some(({ node }) => node !== undefined)) allMissing = false;
      keys.add(
        moved
          .map(({ node }, i) => {
            const key = sortKey(node === undefined ? null : node === emptyArray ? undefined : node, collation);
            return fields[i]?.descending ? inverted(key) : key;
          })
          .join(''),
      );
      return;
    }
    const items: unknown[] = array.length === 0 ? [emptyArray] : array;
    for (const item of items) {
      expand(
        moved.map((cursor, i) => {
          if (cursor.node !== array) return cursor;
          opened[i] = true;
          const length = fields[i]?.parts.length ?? 0;
          // `length + 1` marks an element that is taken as it is, also when it is an array itself
          if (cursor.at === length) return { node: item, at: length + 1 };
          if (item === emptyArray) return { node: undefined, at: length + 1 };
          return isDoc(item) ? { node: item, at: cursor.at } : { node: undefined, at: length + 1 };
        }),
      );
    }
  };
  expand(fields.map(() => ({ node: doc, at: 0 })));
  return { keys: [...keys], opened, allMissing };
}

/** Stands for an empty array, which is indexed below null. */
const emptyArray = Symbol('emptyArray');

/** Follows objects (and array indexes that are meant as such) up to the first array or the end. */
function descend({ node, at }: Cursor, parts: readonly string[]): Cursor {
  let current = node;
  let index = at;
  while (index < parts.length) {
    const part = parts[index] ?? '';
    if (Array.isArray(current)) {
      const asField = current.some((item: unknown) => isDoc(item) && Object.hasOwn(item, part));
      if (!isIndex(part) || asField) return { node: current, at: index };
      current = (current as unknown[])[Number(part)];
    } else if (isDoc(current)) current = Object.hasOwn(current, part) ? current[part] : undefined;
    else return { node: undefined, at: parts.length + 1 };
    index++;
  }
  return { node: current, at: index };
}

export const indexFields = (key: Doc): IndexField[] =>
  Object.entries(key).map(([path, direction]) => ({ path, parts: pathParts(path), descending: Number(direction) < 0 }));
