import { CommandError } from '../../errors.js';
import { pathParts, plainValue } from '../../query/path.js';
import { sorted, type SortField, sortFields } from '../../query/sort.js';
import { type Doc, isDoc, typeName } from '../../values/document.js';
import { compare } from '../../values/order.js';
import { sortKey } from '../../values/sort-key.js';
import { assignDoc, leaves } from './paths.js';
import { docSpec, scope, type Stage, type StageContext, type Stages, type Variables } from './stage.js';
import type { Partition } from './window-bounds.js';
import { type WindowFunction, windowFunction } from './window-functions.js';

/** The partitions, by the order of what they are made by, each sorted. */
function partitionsOf(
  docs: readonly Doc[],
  by: (doc: Doc) => unknown,
  fields: readonly SortField[],
  { collation }: StageContext,
): Partition[] {
  const groups = new Map<string, Doc[]>();
  for (const doc of docs) {
    const value = by(doc);
    if (Array.isArray(value))
      throw new CommandError(14, 'An expression used to partition cannot evaluate to value of type array');
    const key = sortKey(value ?? null, collation);
    const found = groups.get(key);
    if (found) found.push(doc);
    else groups.set(key, [doc]);
  }
  return [...groups.keys()].sort().map((key) => {
    const members = groups.get(key) ?? [];
    const ordered = fields.length > 0 ? sorted(members, (doc) => doc, fields, collation) : members;
    const [only] = fields;
    const keys = ordered.map((doc) => (fields.length === 1 && only ? plainValue(doc, only.parts) : undefined));
    const same = (a: Doc, b: Doc) =>
      fields.every(({ parts }) => compare(plainValue(a, parts), plainValue(b, parts), collation) === 0);
    const ties = ordered.map((doc, at) => {
      const before = ordered[at - 1];
      return before !== undefined && same(before, doc);
    });
    return { docs: ordered, keys, ties };
  });
}

const windowOptions = ['partitionBy', 'sortBy', 'output'];

const setWindowFields: Stage = (spec, context) => {
  const given = docSpec(spec, 9, `the $setWindowFields stage specification must be an object, found ${typeName(spec)}`);
  for (const key of Object.keys(given))
    if (!windowOptions.includes(key))
      throw new CommandError(40415, `BSON field '$setWindowFields.${key}' is an unknown field.`);
  const { partitionBy, sortBy, output } = given;
  if (output === undefined)
    throw new CommandError(40414, "BSON field '$setWindowFields.output' is missing but a required field");
  if (!isDoc(output)) throw new CommandError(14, "BSON field '$setWindowFields.output' is the wrong type");
  const fields = isDoc(sortBy) ? sortFields(sortBy) : [];
  const by = partitionBy === undefined ? () => null : context.compiler.compile(partitionBy);
  const outputs = Object.entries(output).map(
    ([path, inner]) => [pathParts(path), windowFunction(inner, context, fields.length > 0)] as const,
  );
  return (docs, variables) =>
    partitionsOf(docs, (doc) => by(scope(doc, variables)), fields, context).flatMap((partition) =>
      withOutputs(partition, outputs, variables),
    );
};

function withOutputs(
  partition: Partition,
  outputs: readonly (readonly [readonly string[], WindowFunction])[],
  variables: Variables,
): Doc[] {
  const columns = outputs.map(([parts, compute]) => [parts, compute(partition, variables)] as const);
  return partition.docs.map((doc, at) =>
    columns.reduce((result, [parts, values]) => assignDoc(result, parts, values[at]), doc),
  );
}

const fillOptions = ['partitionBy', 'partitionByFields', 'sortBy', 'output'];

const fill: Stage = (spec, context, name) => {
  const given = docSpec(spec, 40201, `Argument to $fill stage must be an object, but found type: ${typeName(spec)}.`);
  for (const key of Object.keys(given))
    if (!fillOptions.includes(key)) throw new CommandError(40415, `BSON field '$fill.${key}' is an unknown field.`);
  const { output, sortBy, partitionBy, partitionByFields } = given;
  if (!isDoc(output)) throw new CommandError(40414, "BSON field '$fill.output' is missing but a required field");
  const values: Doc = {};
  const methods: Doc = {};
  for (const [path, how] of Object.entries(output)) {
    if (!isDoc(how)) throw new CommandError(6050203, 'output must contain an object');
    if ('value' in how) values[path] = { $ifNull: [`$${path}`, how['value']] };
    else if (how['method'] === 'locf') methods[path] = { $locf: `$${path}` };
    else if (how['method'] === 'linear') methods[path] = { $linearFill: `$${path}` };
    else throw new CommandError(6050202, "Method must be either 'locf' or 'linear'");
  }
  const by = Array.isArray(partitionByFields)
    ? Object.fromEntries(partitionByFields.map((path: unknown) => [String(path), `$${String(path)}`]))
    : partitionBy;
  const windows =
    Object.keys(methods).length > 0
      ? setWindowFields(
          {
            ...(by === undefined ? {} : { partitionBy: by }),
            ...(sortBy === undefined ? {} : { sortBy }),
            output: methods,
          },
          context,
          name,
        )
      : undefined;
  const constants = leaves(values).map(([path, inner]) => [pathParts(path), context.compiler.compile(inner)] as const);
  return (docs, variables) =>
    (windows ? windows(docs, variables) : docs).map((doc) =>
      constants.reduce((result, [parts, value]) => assignDoc(result, parts, value(scope(doc, variables))), doc),
    );
};

export const windowStages: Stages = { $setWindowFields: setWindowFields, $fill: fill };
