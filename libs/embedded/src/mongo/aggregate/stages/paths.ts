import { CommandError } from '../../errors.js';
import { isOperatorDoc } from '../../query/field-operators.js';
import { type Doc, isDoc, setField } from '../../values/document.js';

/** A copy of the document with a value at a path; `undefined` takes the field away; arrays are gone through. */
export function assign(target: unknown, parts: readonly string[], value: unknown, at = 0): unknown {
  const part = parts[at];
  if (part === undefined) return value;
  if (Array.isArray(target)) return target.map((item: unknown) => assign(item, parts, value, at));
  const base: Doc = isDoc(target) ? { ...target } : {};
  const next = assign(Object.hasOwn(base, part) ? base[part] : undefined, parts, value, at + 1);
  if (next === undefined) delete base[part];
  else setField(base, part, next);
  return base;
}

export const assignDoc = (target: Doc, parts: readonly string[], value: unknown): Doc =>
  assign(target, parts, value) as Doc;

/** `{ a: { b: expression } }` means the path `a.b`. */
export function leaves(spec: Doc, prefix = ''): [path: string, expression: unknown][] {
  return Object.entries(spec).flatMap(([key, value]): [string, unknown][] => {
    const path = prefix + key;
    if (key.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    if (key === '' || path.split('.').includes(''))
      throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
    if (!isDoc(value) || isOperatorDoc(value)) return [[path, value]];
    if (Object.keys(value).length === 0)
      throw new CommandError(40180, `an empty object is not a valid value. Found empty object at path ${path}`);
    return leaves(value, `${path}.`);
  });
}
