import { Long } from 'bson';
import { CommandError } from '../../errors.js';
import { pathParts, plainValue } from '../../query/path.js';
import { carryScore, compileProjection } from '../../query/projection.js';
import { type Doc, isDoc, setField, typeName } from '../../values/document.js';
import { shown } from '../../values/shown.js';
import { redactions } from '../expressions/compile.js';
import type { Expression } from '../expressions/expression.js';
import { assignDoc, leaves } from './paths.js';
import { bindable, docSpec, scope, type Stage, type Stages, type Variables } from './stage.js';

const addFields: Stage = (spec, { compiler }, name) => {
  const given = docSpec(spec, 40272, `${name} specification stage must be an object, got ${typeName(spec)}`);
  const fields = leaves(given).map(([path, inner]) => [pathParts(path), compiler.compile(inner)] as const);
  return (docs, variables) =>
    docs.map((doc) => {
      const here = scope(doc, variables);
      let result = doc;
      for (const [parts, expression] of fields) result = assignDoc(result, parts, expression(here));
      carryScore(doc, result);
      return result;
    });
};

const project: Stage = (spec, { compiler }) => {
  const fields = docSpec(spec, 15969, '$project specification must be an object');
  if (Object.keys(fields).length === 0)
    throw new CommandError(
      51272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    );
  const { evaluate, bind } = bindable(compiler);
  const projection = compileProjection(fields, evaluate);
  return (docs, variables) => {
    bind(variables);
    return docs.map(projection);
  };
};

const unset: Stage = (spec, context, name) => {
  if (typeof spec !== 'string' && !Array.isArray(spec))
    throw new CommandError(31002, '$unset specification must be a string or an array');
  const paths = Array.isArray(spec) ? (spec as unknown[]) : [spec];
  if (paths.length === 0)
    throw new CommandError(31119, '$unset specification must be a string or an array with at least one field');
  if (paths.some((path) => typeof path !== 'string'))
    throw new CommandError(31120, '$unset specification must be a string or an array containing only string values');
  return project(Object.fromEntries(paths.map((path) => [String(path), 0])), context, name);
};

function rootBy(expression: Expression, doc: Doc, variables: Variables): Doc {
  const next = expression(scope(doc, variables));
  if (!isDoc(next))
    throw new CommandError(
      40228,
      `'newRoot' expression must evaluate to an object, but resulting value was: ${next === undefined ? 'MISSING' : shown(next)}. Type of resulting value: '${typeName(next)}'.`,
    );
  const result = { ...next };
  carryScore(doc, result);
  return result;
}

const replaceWith: Stage = (spec, { compiler }) => {
  const expression = compiler.compile(spec);
  return (docs, variables) => docs.map((doc) => rootBy(expression, doc, variables));
};

const replaceRoot: Stage = (spec, context, name) => {
  const { newRoot, ...rest } = docSpec(spec, 40229, 'expected an object as specification for $replaceRoot stage');
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new CommandError(40415, `BSON field '$replaceRoot.${unknown}' is an unknown field.`);
  if (newRoot === undefined)
    throw new CommandError(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  return replaceWith(newRoot, context, name);
};

const redact: Stage = (spec, { compiler }) => {
  const expression = compiler.compile(spec);
  function inside(value: unknown, variables: Variables): unknown {
    if (isDoc(value)) return redacted(value, variables);
    if (!Array.isArray(value)) return value;
    return value.flatMap((item: unknown) => {
      const kept = inside(item, variables);
      return kept === undefined ? [] : [kept];
    });
  }
  function redacted(doc: Doc, variables: Variables): Doc | undefined {
    switch (expression(scope(doc, variables))) {
      case redactions.KEEP:
        return doc;
      case redactions.PRUNE:
        return undefined;
      case redactions.DESCEND: {
        const result: Doc = {};
        for (const key of Object.keys(doc)) {
          const kept = inside(doc[key], variables);
          if (kept !== undefined) setField(result, key, kept);
        }
        return result;
      }
      default:
        throw new CommandError(17053, '$redact must evaluate to one of $$DESCEND, $$PRUNE, or $$KEEP');
    }
  }
  return (docs, variables) => docs.map((doc) => redacted(doc, variables)).filter((doc) => doc !== undefined);
};

const longOf = (index: number) => Long.fromNumber(index);
const unwindOptions = ['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'];

const unwind: Stage = (spec) => {
  if (typeof spec !== 'string' && !isDoc(spec))
    throw new CommandError(
      15981,
      `expected either a string or an object as specification for $unwind stage, got ${typeName(spec)}`,
    );
  const settings: Doc = isDoc(spec) ? spec : { path: spec };
  for (const key of Object.keys(settings))
    if (!unwindOptions.includes(key)) throw new CommandError(28811, `unrecognized option to $unwind stage: ${key}`);
  const { path, includeArrayIndex: indexField, preserveNullAndEmptyArrays: preserve = false } = settings;
  if (path === undefined) throw new CommandError(28812, 'no path specified to $unwind stage');
  if (typeof path !== 'string')
    throw new CommandError(28808, `expected a string as the path for $unwind stage, got ${typeName(path)}`);
  if (!path.startsWith('$'))
    throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (typeof preserve !== 'boolean')
    throw new CommandError(28809, 'expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage');
  if (indexField !== undefined && (typeof indexField !== 'string' || indexField === ''))
    throw new CommandError(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  if (typeof indexField === 'string' && indexField.startsWith('$'))
    throw new CommandError(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${indexField}`,
    );
  const parts = pathParts(path.slice(1));
  const indexParts = typeof indexField === 'string' ? pathParts(indexField) : undefined;
  const make = (doc: Doc, value: unknown, index: number | null): Doc => {
    let result = assignDoc(doc, parts, value);
    if (indexParts) result = assignDoc(result, indexParts, index === null ? null : longOf(index));
    carryScore(doc, result);
    return result;
  };
  return (docs) =>
    docs.flatMap((doc) => {
      const value = plainValue(doc, parts);
      if (Array.isArray(value) && value.length > 0) return value.map((item: unknown, index) => make(doc, item, index));
      if (!Array.isArray(value) && value !== undefined && value !== null) return [make(doc, value, null)];
      if (!preserve) return [];
      if (Array.isArray(value)) return [make(doc, undefined, null)];
      return [indexParts ? make(doc, value, null) : doc];
    });
};

export const shapingStages: Stages = {
  $addFields: addFields,
  $set: addFields,
  $project: project,
  $unset: unset,
  $replaceRoot: replaceRoot,
  $replaceWith: replaceWith,
  $redact: redact,
  $unwind: unwind,
};
