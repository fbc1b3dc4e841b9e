import { Long } from 'bson';
import { CommandError, failedToParse } from '../../errors.js';
import { compileFilter } from '../../query/filter.js';
import { anyValue, pathParts } from '../../query/path.js';
import { type Doc, isDoc, toNumber, typeName } from '../../values/document.js';
import { shown } from '../../values/shown.js';
import { sortKey } from '../../values/sort-key.js';
import { valueAt } from '../expressions/compile.js';
import type { Expression } from '../expressions/expression.js';
import { refuseVariable } from '../expressions/logic-operators.js';
import { assignDoc } from './paths.js';
import { bindable, docSpec, type Neighbours, scope, type Stage, type Stages, type Variables } from './stage.js';

const lookupOptions = ['from', 'localField', 'foreignField', 'as', 'pipeline', 'let'];

function textOption(spec: Doc, key: string, stage: string): string | undefined {
  const value = spec[key];
  if (value === undefined || typeof value === 'string') return value;
  throw failedToParse(`${stage} argument '${key}: ${shown(value)}' must be a string, is type ${typeName(value)}`);
}

const lookup: Stage = (spec, context) => {
  const given = docSpec(spec, 9, 'the $lookup specification must be an Object');
  for (const key of Object.keys(given))
    if (!lookupOptions.includes(key)) throw failedToParse(`unknown argument to $lookup: ${key}`);
  const [from, local, foreign, as] = ['from', 'localField', 'foreignField', 'as'].map((key) =>
    textOption(given, key, '$lookup'),
  );
  const { pipeline, let: bound } = given;
  if (as === undefined) throw failedToParse("must specify 'as' field for a $lookup");
  if (pipeline !== undefined && !Array.isArray(pipeline))
    throw new CommandError(14, "$lookup 'pipeline' must be an array");
  if ((local === undefined) !== (foreign === undefined) || (pipeline === undefined && local === undefined))
    throw failedToParse("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  if (from === undefined && pipeline === undefined) throw failedToParse("must specify 'from' field for a $lookup");
  const vars: [string, Expression][] = isDoc(bound)
    ? Object.entries(bound).map(([name, value]) => [name, context.compiler.compile(value)])
    : [];
  vars.forEach(([name]) => refuseVariable(name));
  const inner = Array.isArray(pipeline)
    ? context.pipeline(
        pipeline as unknown[],
        vars.map(([name]) => name),
      )
    : undefined;
  const target = pathParts(as);
  return (docs, variables) => {
    const joined = foreign === undefined ? undefined : joiner(context.neighbours, from ?? '', foreign);
    let everything: readonly Doc[] | undefined;
    let constant: readonly Doc[] | undefined;
    return docs.map((doc) => {
      let found: readonly Doc[];
      if (local !== undefined && joined) found = joined(localValues(doc, local));
      else found = everything ??= from === undefined ? [] : context.neighbours.all(from);
      if (inner && vars.length === 0 && !joined) found = constant ??= inner(found, variables);
      else if (inner) {
        const more = Object.fromEntries(vars.map(([name, value]) => [name, value(scope(doc, variables))]));
        found = inner(found, extended(variables, more));
      }
      return assignDoc(doc, target, [...found]);
    });
  };
};

const extended = (variables: Variables, more: Variables): Variables =>
  Object.assign(Object.create(variables) as Record<string, unknown>, more);

/** An array stands for its elements (an empty one for nothing), a missing field for null. */
function localValues(doc: Doc, path: string): unknown[] {
  const values: unknown[] = [];
  anyValue(doc, pathParts(path), true, (value, whole) => {
    if (!whole) values.push(value ?? null);
    return false;
  });
  return values;
}

/** Finds the other collection's documents by values of one field; by an index when there is one, else by a map made once. */
function joiner(neighbours: Neighbours, from: string, field: string): (values: readonly unknown[]) => readonly Doc[] {
  let map: Map<string, Doc[]> | undefined;
  return (values) => {
    if (!map) {
      const indexed = neighbours.byIndex(from, field, values);
      if (indexed) return indexed;
    }
    map ??= byField(neighbours.all(from), field);
    const found = new Set<Doc>();
    for (const value of values) for (const doc of map.get(sortKey(value)) ?? []) found.add(doc);
    return [...found];
  };
}

function byField(docs: readonly Doc[], field: string): Map<string, Doc[]> {
  const map = new Map<string, Doc[]>();
  for (const doc of docs) {
    const keys = new Set<string>();
    anyValue(doc, pathParts(field), true, (value) => {
      keys.add(sortKey(value ?? null));
      return false;
    });
    for (const key of keys) {
      const list = map.get(key);
      if (list) list.push(doc);
      else map.set(key, [doc]);
    }
  }
  return map;
}

const unionWith: Stage = (spec, context) => {
  if (typeof spec !== 'string' && !isDoc(spec))
    throw failedToParse(`the $unionWith stage specification must be an object or string, but found ${typeName(spec)}`);
  const given: Doc = isDoc(spec) ? spec : { coll: spec };
  const { coll, pipeline = [] } = given;
  for (const key of Object.keys(given))
    if (!['coll', 'pipeline'].includes(key))
      throw new CommandError(40415, `BSON field '$unionWith.${key}' is an unknown field.`);
  if (coll !== undefined && typeof coll !== 'string')
    throw new CommandError(14, "BSON field '$unionWith.coll' is the wrong type");
  if (!Array.isArray(pipeline)) throw new CommandError(14, "BSON field '$unionWith.pipeline' is the wrong type");
  const inner = context.pipeline(pipeline as unknown[]);
  return (docs, variables) => [...docs, ...inner(coll === undefined ? [] : context.neighbours.all(coll), variables)];
};

const facet: Stage = (spec, context) => {
  const given = docSpec(spec, 40169, 'the $facet specification must be a non-empty object');
  const parts = Object.entries(given);
  if (parts.length === 0) throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  const runs = parts.map(([name, pipeline]) => {
    if (name.startsWith('$') || name.includes('.'))
      throw new CommandError(16410, 'FieldPath field names may not start with $ or contain a dot');
    if (!Array.isArray(pipeline))
      throw new CommandError(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(pipeline)}`);
    return [name, context.pipeline(pipeline as unknown[], [], true)] as const;
  });
  return (docs, variables) => [Object.fromEntries(runs.map(([name, run]) => [name, [...run(docs, variables)]]))];
};

const graphOptions = [
  'from',
  'startWith',
  'connectFromField',
  'connectToField',
  'as',
  'maxDepth',
  'depthField',
  'restrictSearchWithMatch',
];

const graphLookup: Stage = (spec, context) => {
  const given = docSpec(spec, 40327, 'the $graphLookup specification must be an object');
  for (const key of Object.keys(given))
    if (!graphOptions.includes(key)) throw new CommandError(40104, `Unknown argument to $graphLookup: ${key}`);
  const { maxDepth, startWith, restrictSearchWithMatch: restriction } = given;
  const most = maxDepth === undefined ? Number.POSITIVE_INFINITY : (toNumber(maxDepth) ?? -1);
  if (maxDepth !== undefined && toNumber(maxDepth) === undefined)
    throw new CommandError(40100, 'maxDepth must be numeric');
  if (most < 0) throw new CommandError(40101, `maxDepth requires a nonnegative argument, found: ${String(maxDepth)}`);
  if (restriction !== undefined && !isDoc(restriction))
    throw new CommandError(40185, 'restrictSearchWithMatch must be an object');
  const [from, source, target, as, depthField] = ['from', 'connectFromField', 'connectToField', 'as', 'depthField'].map(
    (key) => textOption(given, key, '$graphLookup'),
  );
  if (from === undefined)
    throw failedToParse("missing 'from' option to $graphLookup stage specification: must specify 'from'");
  if (source === undefined || target === undefined || as === undefined || startWith === undefined)
    throw new CommandError(
      40105,
      '$graphLookup requires from, as, startWith, connectFromField, and connectToField to be specified.',
    );
  const start = context.compiler.compile(startWith);
  const { evaluate, bind } = bindable(context.compiler);
  const allowed = compileFilter(isDoc(restriction) ? restriction : {}, { evaluate, collation: context.collation });
  const into = pathParts(as);
  return (docs, variables) => {
    bind(variables);
    const joined = joiner(context.neighbours, from, target);
    return docs.map((doc) => {
      const reached = new Map<string, Doc>();
      let front = listed(start(scope(doc, variables)));
      const seen = new Set<string>();
      for (let depth = 0; front.length > 0 && depth <= most; depth++) {
        const next: unknown[] = [];
        const fresh = front.filter((value) => !seen.has(sortKey(value)));
        fresh.forEach((value) => seen.add(sortKey(value)));
        for (const found of fresh.length > 0 ? joined(fresh) : []) {
          const key = sortKey(found['_id']);
          if (reached.has(key) || !allowed(found)) continue;
          reached.set(
            key,
            depthField === undefined ? found : assignDoc(found, pathParts(depthField), Long.fromNumber(depth)),
          );
          next.push(...listed(valueAt(found, pathParts(source))));
        }
        front = next;
      }
      return assignDoc(doc, into, [...reached.values()]);
    });
  };
};

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value ?? null]);

export const joiningStages: Stages = {
  $lookup: lookup,
  $unionWith: unionWith,
  $facet: facet,
  $graphLookup: graphLookup,
};
