import { badValue, failedToParse, typeMismatch } from '../errors.js';
import { fieldPredicate, isOperatorDoc } from '../query/field-operators.js';
import { compileFilter } from '../query/filter.js';
import type { FilterContext } from '../query/predicate.js';
import { compileRegex, isRegex } from '../query/regex.js';
import { sorted, sortFields } from '../query/sort.js';
import { copy, type Doc, isDoc, toNumber, typeName } from '../values/document.js';
import { shown } from '../values/shown.js';
import { compare, equal } from '../values/order.js';
import { sortKey } from '../values/sort-key.js';
import { type Place, read, write } from './path-expansion.js';

/** Applies one operator at one place. */
export type Change = (place: Place) => void;

const modifiers = new Set(['$each', '$slice', '$sort', '$position']);

function whole(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = toNumber(value);
  if (number === undefined || !Number.isInteger(number))
    throw badValue(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`);
  return number;
}

function arrayAt(place: Place, operator: string, idOf: Doc): unknown[] | undefined {
  const value = read(place);
  if (value === undefined) return undefined;
  if (!Array.isArray(value))
    throw badValue(
      `The field '${place.path}' must be an array but is of type ${typeName(value)} in document {_id: ${shown(idOf['_id'])}}` +
        (operator === '$push' ? '' : ` (${operator})`),
    );
  return value;
}

export function push(operand: unknown, root: Doc): Change {
  const many = isDoc(operand) && '$each' in operand;
  const spec: Doc = many ? operand : { $each: [operand] };
  const each = spec['$each'];
  if (!Array.isArray(each))
    throw badValue(`The argument to $each in $push must be an array but it was of type: ${typeName(each)}`);
  const unknownClause = many ? Object.keys(spec).find((key) => !modifiers.has(key)) : undefined;
  if (unknownClause) throw badValue(`Unrecognized clause in $push: ${unknownClause}`);
  const position = whole('$position', spec['$position']);
  const slice = whole('$slice', spec['$slice']);
  const sort = spec['$sort'];
  if (sort !== undefined) refuseSort(sort);
  return (place) => {
    const existing = arrayAt(place, '$push', root);
    let items = existing ? existing.slice() : [];
    const at = position === undefined ? items.length : position < 0 ? Math.max(0, items.length + position) : position;
    items.splice(at, 0, ...(copy(each) as unknown[]));
    if (sort !== undefined) items = sortedItems(items, sort);
    if (slice !== undefined) items = slice >= 0 ? items.slice(0, slice) : items.slice(slice);
    write(place, items);
  };
}

function refuseSort(sort: unknown): void {
  const directions = isDoc(sort) ? Object.values(sort) : [sort];
  if (directions.length === 0) throw badValue('The $sort pattern is empty when it should be a set of fields.');
  if (!directions.every((direction) => [1, -1].includes(toNumber(direction) ?? 0)))
    throw badValue('The $sort element value must be either 1 or -1');
}

function sortedItems(items: unknown[], sort: unknown): unknown[] {
  if (isDoc(sort)) {
    const fields = sortFields(sort);
    return sorted(items, (item) => (isDoc(item) ? item : {}), fields);
  }
  const direction = toNumber(sort) ?? 1;
  return items.toSorted((a, b) => direction * compare(a, b));
}

export function addToSet(operand: unknown, root: Doc): Change {
  const many = isDoc(operand) && Object.keys(operand)[0] === '$each';
  const each: unknown = many ? operand['$each'] : [operand];
  if (!Array.isArray(each))
    throw typeMismatch(`The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`);
  const [, more] = many ? Object.keys(operand) : [];
  if (more !== undefined) throw badValue(`Found unexpected fields after $each in $addToSet: ${more}`);
  return (place) => {
    const items = arrayAt(place, '$addToSet', root)?.slice() ?? [];
    const seen = new Set(items.map((item) => sortKey(item)));
    for (const item of each as unknown[]) {
      const key = sortKey(item);
      if (seen.has(key)) continue;
      seen.add(key);
      items.push(copy(item));
    }
    write(place, items);
  };
}

/** With these a condition of `$pull` speaks about the fields of an element. */
const logical = new Set(['$and', '$or', '$nor', '$expr', '$jsonSchema', '$comment']);

/** Whether `$pull` takes an element out. */
function pulls(condition: unknown, context: FilterContext): (item: unknown) => boolean {
  if (isRegex(condition)) {
    const regex = compileRegex(condition);
    return (item) => (typeof item === 'string' ? regex.test(item) : isRegex(item) && equal(item, condition));
  }
  if (isOperatorDoc(condition) && !logical.has(Object.keys(condition)[0] ?? '')) {
    const test = fieldPredicate('element', condition, {
      ...context,
      nested: (filter) => compileFilter(filter, context),
    });
    return (item) => test({ element: item });
  }
  if (isDoc(condition)) {
    const test = compileFilter(condition, context);
    return (item) => isDoc(item) && test(item);
  }
  return (item) => equal(item, condition, context.collation);
}

export function pull(operand: unknown, root: Doc, context: FilterContext): Change {
  const test = pulls(operand, context);
  return removing('$pull', root, test);
}

export function pullAll(operand: unknown, root: Doc): Change {
  if (!Array.isArray(operand))
    throw badValue(`$pullAll requires an array argument but was given a ${typeName(operand)}`);
  return removing('$pullAll', root, (item) => operand.some((other: unknown) => equal(item, other)));
}

function removing(operator: string, root: Doc, test: (item: unknown) => boolean): Change {
  return (place) => {
    const items = read(place);
    if (items === undefined) return;
    if (!Array.isArray(items))
      throw badValue(
        operator === '$pull'
          ? 'Cannot apply $pull to a non-array value'
          : `Cannot apply ${operator} to a non-array value of _id ${shown(root['_id'])}`,
      );
    write(
      place,
      items.filter((item: unknown) => !test(item)),
    );
  };
}

export function pop(operand: unknown, root: Doc): Change {
  const end = toNumber(operand);
  if (end !== 1 && end !== -1) throw failedToParse(`$pop expects 1 or -1, found: ${shown(operand)}`);
  return (place) => {
    const items = read(place);
    if (items === undefined) return;
    if (!Array.isArray(items))
      throw badValue(
        `Path '${place.path}' contains an element of non-array type '${typeName(items)}' in _id ${shown(root['_id'])}`,
      );
    write(place, end === 1 ? items.slice(0, -1) : items.slice(1));
  };
}
