import { compileFilter } from '../query/filter.js';
import { plainValue, pathParts } from '../query/path.js';
import type { FilterContext } from '../query/predicate.js';
import { copy, type Doc, isDoc, setField } from '../values/document.js';

/** The clauses of a filter that say something about the array at `arrayPath`. */
function clausesOn(filter: Doc, arrayPath: string): Doc[] {
  const clauses: Doc[] = [];
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$and' && Array.isArray(condition)) {
      for (const part of condition as unknown[]) if (isDoc(part)) clauses.push(...clausesOn(part, arrayPath));
    } else if (key === '$or' && Array.isArray(condition)) {
      if (condition.some((part) => isDoc(part) && clausesOn(part, arrayPath).length > 0))
        clauses.push({ [key]: condition });
    } else if (key === arrayPath || key.startsWith(`${arrayPath}.`)) clauses.push({ [key]: condition });
  }
  return clauses;
}

/**
 * The index of the array element because of which the filter matched: the first that satisfies every clause about the
 * array, else the first that satisfies one. Undefined when the filter says nothing about that array.
 */
export function matchedIndex(filter: Doc, doc: Doc, arrayPath: string, context: FilterContext): number | undefined {
  const parts = pathParts(arrayPath);
  const items = plainValue(doc, parts);
  const clauses = clausesOn(filter, arrayPath);
  if (!Array.isArray(items) || clauses.length === 0) return undefined;
  const alone = (index: number): Doc => {
    const changed = copy(doc);
    let container: Doc | unknown[] = changed;
    for (const part of parts.slice(0, -1))
      container = (Array.isArray(container) ? container[Number(part)] : container[part]) as Doc | unknown[];
    const last = parts.at(-1) ?? '';
    const only = [items[index]];
    if (Array.isArray(container)) container[Number(last)] = only;
    else setField(container, last, only);
    return changed;
  };
  const candidates = items.map((_, index) => alone(index));
  const all = compileFilter({ $and: clauses }, context);
  const index = candidates.findIndex((candidate) => all(candidate));
  if (index !== -1) return index;
  for (const clause of clauses) {
    const test = compileFilter(clause, context);
    const found = candidates.findIndex((candidate) => test(candidate));
    if (found !== -1) return found;
  }
  return undefined;
}
