import { CommandError } from '../../errors.js';
import { pathParts, plainValue } from '../../query/path.js';
import { asDouble, type Doc, isDoc, toNumber } from '../../values/document.js';
import { compare } from '../../values/order.js';
import { compute } from '../../values/numbers.js';
import { sortKey } from '../../values/sort-key.js';
import { addUnits, type Unit, unitOf } from '../expressions/date-arithmetic.js';
import { assignDoc } from './paths.js';
import { docSpec, type Stage, type Stages } from './stage.js';

interface Range {
  readonly step: number;
  readonly unit: Unit | undefined;
  readonly bounds: 'full' | 'partition' | readonly [unknown, unknown];
}

function rangeOf(value: unknown): Range {
  if (!isDoc(value)) throw new CommandError(40414, "BSON field '$densify.range' is missing but a required field");
  const step = toNumber(value['step']);
  if (step === undefined || step <= 0)
    throw new CommandError(
      5733401,
      'the step parameter in a range statement must be a strictly positive numeric value',
    );
  const { bounds, unit } = value;
  const known = bounds === 'full' || bounds === 'partition';
  if (!known && !(Array.isArray(bounds) && bounds.length === 2))
    throw new CommandError(
      5733402,
      "the bounds in a range statement must be the string 'full', 'partition', or an ascending array of two numbers or two dates",
    );
  return {
    step,
    unit: unit === undefined ? undefined : unitOf(unit),
    bounds: known ? bounds : [(bounds as unknown[])[0], (bounds as unknown[])[1]],
  };
}

function next(value: unknown, { step, unit }: Range): unknown {
  if (value instanceof Date) {
    if (unit === undefined)
      throw new CommandError(5733501, 'Encountered date densify value when step unit is not given');
    return addUnits(value, unit, step, undefined);
  }
  if (unit !== undefined)
    throw new CommandError(5733501, 'Encountered numeric densify value in collection when step has a date unit');
  return compute('add', value, Number.isInteger(step) ? step : asDouble(step));
}

const densify: Stage = (spec) => {
  const given = docSpec(spec, 5733502, 'the $densify stage specification must be an object');
  const { field, partitionByFields = [] } = given;
  if (typeof field !== 'string')
    throw new CommandError(40414, "BSON field '$densify.field' is missing but a required field");
  const range = rangeOf(given['range']);
  const parts = pathParts(field);
  const by = (Array.isArray(partitionByFields) ? (partitionByFields as unknown[]) : []).map((path) =>
    pathParts(String(path)),
  );
  return (docs) => {
    const valued = docs.filter((doc) => !isMissing(plainValue(doc, parts)));
    const values = valued.map((doc) => plainValue(doc, parts)).sort((a, b) => compare(a, b));
    const groups = new Map<string, Doc[]>();
    for (const doc of valued) {
      const key = by.map((path) => sortKey(plainValue(doc, path))).join('');
      groups.set(key, [...(groups.get(key) ?? []), doc]);
    }
    const dense = [...groups.values()].flatMap((group) => {
      const members = group.toSorted((a, b) => compare(plainValue(a, parts), plainValue(b, parts)));
      const first = plainValue(members[0], parts);
      const last = plainValue(members.at(-1), parts);
      const [from, to, open] =
        range.bounds === 'full'
          ? [values[0], values.at(-1), false]
          : range.bounds === 'partition'
            ? [first, last, false]
            : [range.bounds[0], range.bounds[1], true];
      return filled(members, parts, by, range, from, to, open);
    });
    return [...docs.filter((doc) => isMissing(plainValue(doc, parts))), ...dense];
  };
};

const isMissing = (value: unknown) => value === undefined || value === null;

/** The members with what is missing between two values; `open` leaves out the upper one. */
function filled(
  members: readonly Doc[],
  parts: readonly string[],
  by: readonly (readonly string[])[],
  range: Range,
  from: unknown,
  to: unknown,
  open: boolean,
): Doc[] {
  const [sample] = members;
  const made: Doc[] = [];
  const there = new Set(members.map((doc) => sortKey(plainValue(doc, parts))));
  for (let value = from; open ? compare(value, to) < 0 : compare(value, to) <= 0; value = next(value, range)) {
    if (there.has(sortKey(value))) continue;
    const base = by.reduce<Doc>((doc, path) => assignDoc(doc, path, plainValue(sample, path)), {});
    made.push(assignDoc(base, parts, value));
  }
  return [...members, ...made].sort((a, b) => compare(plainValue(a, parts), plainValue(b, parts)));
}

export const densifyStages: Stages = { $densify: densify };
