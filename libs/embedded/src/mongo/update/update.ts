import { badValue, CommandError, failedToParse } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { isIndex, pathParts } from '../query/path.js';
import type { FilterContext } from '../query/predicate.js';
import { copy, type Doc, isDoc, setField, typeName } from '../values/document.js';
import { shown } from '../values/shown.js';
import { equal } from '../values/order.js';
import { addToSet, type Change, pop, pull, pullAll, push } from './array-operators.js';
import { arithmetic, bit, currentDate, extreme, rename, set, unset } from './field-changes.js';
import { placesOf, type Positions } from './path-expansion.js';
import { matchedIndex } from './positional.js';

/** Compiles an update pipeline. */
export type CompilePipeline = (pipeline: readonly Doc[]) => (doc: Doc) => Doc;

export interface UpdateSettings {
  readonly context: FilterContext;
  readonly arrayFilters: readonly Doc[];
  readonly now: Date;
  readonly compilePipeline: CompilePipeline;
  /** The filter that found the document: `$` means the array element that it matched. */
  readonly filter: Doc;
}

/** One compiled update: gives the changed document, or the same content when nothing changes. */
export type Update = (doc: Doc, options: { inserting: boolean }) => Doc;

export const isReplacement = (update: unknown): update is Doc =>
  isDoc(update) && !(Object.keys(update)[0] ?? '').startsWith('$');

interface Step {
  readonly path: string;
  readonly operator: string;
  readonly operand: unknown;
}

const operators = new Set([
  '$set',
  '$setOnInsert',
  '$unset',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$currentDate',
  '$bit',
  '$push',
  '$addToSet',
  '$pull',
  '$pullAll',
  '$pop',
  '$rename',
]);
const creating = new Set([
  '$set',
  '$setOnInsert',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$currentDate',
  '$bit',
  '$push',
  '$addToSet',
]);

/** Compiles an update of any form (operators, replacement, pipeline). Throws what MongoDB refuses at this point. */
export function compileUpdate(update: unknown, settings: UpdateSettings): Update {
  if (Array.isArray(update)) {
    const pipeline = update.map((stage: unknown) => {
      if (!isDoc(stage)) throw failedToParse('Each element of the pipeline must be an object');
      return stage;
    });
    if (settings.arrayFilters.length > 0)
      throw failedToParse('arrayFilters may not be specified for pipeline-style updates');
    const run = settings.compilePipeline(pipeline);
    return (doc) => withId(doc, run(doc));
  }
  if (!isDoc(update)) throw failedToParse('Update argument must be either an object or an array');
  if (isReplacement(update)) {
    if (settings.arrayFilters.length > 0)
      throw failedToParse('arrayFilters may not be specified for replacement-style updates');
    const operator = Object.keys(update).find((key) => key.startsWith('$'));
    if (operator)
      throw new CommandError(
        52,
        `The dollar ($) prefixed field '${operator}' in '${operator}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    return (doc) => withId(doc, copy(update));
  }
  return operatorUpdate(update, settings);
}

/** The replacement with the old `_id` in front; a different `_id` is refused. */
function withId(old: Doc, next: Doc): Doc {
  const { _id: nextId, ...rest } = next;
  const id = Object.hasOwn(old, '_id') ? old['_id'] : undefined;
  if (id !== undefined && nextId !== undefined && !equal(id, nextId))
    throw new CommandError(
      66,
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${shown(nextId)}`,
    );
  const kept = nextId === undefined || id !== undefined ? id : nextId;
  return kept === undefined ? rest : { _id: kept, ...rest };
}

function stepsOf(update: Doc): Step[] {
  const steps: Step[] = [];
  for (const [operator, fields] of Object.entries(update)) {
    if (!operators.has(operator))
      throw failedToParse(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDoc(fields))
      throw failedToParse(
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${shown(fields)}}`,
      );
    for (const [path, operand] of Object.entries(fields)) {
      if (path === '') throw new CommandError(56, `An empty update path is not valid.`);
      const parts = pathParts(path);
      if (parts.includes(''))
        throw new CommandError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
      if (path.startsWith('$')) {
        if (/^\$(\[|$|\.)/.test(path))
          throw badValue(
            `Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '${path}'`,
          );
        throw new CommandError(52, `The dollar ($) prefixed field '${path}' in '${path}' is not valid for storage.`);
      }
      if (parts.filter((part) => part === '$').length > 1)
        throw badValue(`Too many positional (i.e. '$') elements found in path '${path}'`);
      steps.push({ path, operator, operand });
    }
  }
  refuseConflicts(steps);
  return steps.sort((a, b) => pathOrder(a.path, b.path));
}

function refuseTarget(path: string, target: unknown): void {
  if (typeof target !== 'string')
    throw badValue(`The 'to' field for $rename must be a string: ${path}: ${shown(target)}`);
  if (target.split('.').includes('')) throw new CommandError(56, 'An empty update path is not valid.');
  if (target.startsWith('$'))
    throw new CommandError(52, `The dollar ($) prefixed field '${target}' in '${target}' is not valid for storage.`);
}

function refuseConflicts(steps: readonly Step[]): void {
  const paths = steps.flatMap(({ path, operator, operand }) =>
    operator === '$rename' && typeof operand === 'string' ? [path, operand] : [path],
  );
  const taken = new Set<string>();
  for (const path of paths) {
    if (taken.has(path)) throw new CommandError(40, `Updating the path '${path}' would create a conflict at '${path}'`);
    taken.add(path);
  }
  for (const path of paths) {
    for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
      const parent = path.slice(0, dot);
      if (taken.has(parent))
        throw new CommandError(40, `Updating the path '${path}' would create a conflict at '${parent}'`);
    }
  }
}

/** New fields appear in this order: by name, array indexes by number. */
function pathOrder(a: string, b: string): number {
  const [xs, ys] = [pathParts(a), pathParts(b)];
  for (let i = 0; i < xs.length && i < ys.length; i++) {
    const [x = '', y = ''] = [xs[i], ys[i]];
    if (x === y) continue;
    if (isIndex(x) && isIndex(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return xs.length - ys.length;
}

function changeFor({ operator, operand }: Step, root: Doc, settings: UpdateSettings): Change {
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return set(operand);
    case '$unset':
      return unset;
    case '$inc':
    case '$mul':
      return arithmetic(operator, operand, root);
    case '$min':
    case '$max':
      return extreme(operator, operand);
    case '$currentDate':
      return currentDate(operand, settings.now);
    case '$bit':
      return bit(operand, root);
    case '$push':
      return push(operand, root);
    case '$addToSet':
      return addToSet(operand, root);
    case '$pull':
      return pull(operand, root, settings.context);
    case '$pullAll':
      return pullAll(operand, root);
    default:
      return pop(operand, root);
  }
}

/** Compiles `arrayFilters` into one test per identifier. */
function elementFilters(arrayFilters: readonly Doc[], steps: readonly Step[], context: FilterContext) {
  const filters = new Map<string, (item: unknown) => boolean>();
  for (const filter of arrayFilters) {
    const identifier = identifierOf(filter);
    const names = Object.keys(filter)
      .filter((key) => !key.startsWith('$'))
      .map((key) => key.split('.')[0]);
    const other = names.find((name) => name !== identifier);
    if (identifier !== undefined && other !== undefined)
      throw failedToParse(
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${identifier}' and '${other}'`,
      );
    if (identifier === undefined)
      throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
    if (!/^[a-z][A-Za-z0-9]*$/.test(identifier))
      throw badValue(
        `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${identifier}'`,
      );
    if (filters.has(identifier))
      throw failedToParse(`Found multiple array filters with the same top-level field name ${identifier}`);
    if (!steps.some(({ path }) => path.includes(`$[${identifier}]`)))
      throw failedToParse(
        `The array filter for identifier '${identifier}' was not used in the update { ${steps.map(({ path }) => path).join(', ')} }`,
      );
    const test = compileFilter(filter, context);
    filters.set(identifier, (item) => test({ [identifier]: item }));
  }
  return filters;
}

function identifierOf(filter: Doc): string | undefined {
  for (const [key, value] of Object.entries(filter)) {
    if (!key.startsWith('$')) return key.split('.')[0];
    if (Array.isArray(value))
      for (const part of value as unknown[]) {
        const found = isDoc(part) ? identifierOf(part) : undefined;
        if (found !== undefined) return found;
      }
  }
  return undefined;
}

function operatorUpdate(update: Doc, settings: UpdateSettings): Update {
  const steps = stepsOf(update);
  const filters = elementFilters(settings.arrayFilters, steps, settings.context);
  for (const { operator, operand, path } of steps) if (operator === '$rename') refuseTarget(path, operand);
  return (doc, { inserting }) => {
    const root = { ...doc };
    const positions: Positions = {
      matched: (arrayPath) => matchedIndex(settings.filter, doc, arrayPath, settings.context),
      filters,
    };
    for (const step of steps) {
      if (step.operator === '$setOnInsert' && !inserting) continue;
      if (step.operator === '$rename') {
        rename(root, step.path, String(step.operand));
        continue;
      }
      const change = changeFor(step, root, settings);
      for (const place of placesOf(root, step.path, positions, creating.has(step.operator))) change(place);
    }
    if (Object.hasOwn(doc, '_id') && !(Object.hasOwn(root, '_id') && sameId(doc['_id'], root['_id'])))
      throw new CommandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
    return idFirst(root);
  };
}

const sameId = (a: unknown, b: unknown) => equal(a, b);

/** The document with its `_id` in front; itself where it is there already. */
export function idFirst(doc: Doc): Doc {
  if (!Object.hasOwn(doc, '_id') || Object.keys(doc)[0] === '_id') return doc;
  const { _id, ...rest } = doc;
  return { _id, ...rest };
}

/** What an upsert starts from: the values that the filter fixes by equality. */
export function upsertSeed(filter: Doc): Doc {
  const seed: Doc = {};
  collectEqualities(filter, seed);
  return seed;
}

function collectEqualities(filter: Doc, seed: Doc): void {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$and' && Array.isArray(condition)) {
      for (const part of condition as unknown[]) if (isDoc(part)) collectEqualities(part, seed);
    } else if (key === '$or' && Array.isArray(condition) && condition.length === 1 && isDoc(condition[0])) {
      collectEqualities(condition[0], seed);
    } else if (!key.startsWith('$')) {
      const value = fixedValue(condition);
      if (value !== undefined) setPath(seed, key, value);
    }
  }
}

function fixedValue(condition: unknown): unknown {
  if (!isDoc(condition)) return typeName(condition) === 'regex' ? undefined : condition;
  const keys = Object.keys(condition);
  if (!(keys[0] ?? '').startsWith('$')) return condition;
  if ('$eq' in condition) return condition['$eq'];
  const list = condition['$in'] ?? condition['$all'];
  return Array.isArray(list) && list.length === 1 && !isDoc(list[0]) ? list[0] : undefined;
}

function setPath(seed: Doc, path: string, value: unknown): void {
  const parts = path.split('.');
  let container = seed;
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) {
      if (Object.hasOwn(container, part))
        throw new CommandError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
      setField(container, part, copy(value));
      return;
    }
    const next: unknown = Object.hasOwn(container, part) ? container[part] : undefined;
    if (next === undefined) {
      const made: Doc = {};
      setField(container, part, made);
      container = made;
    } else if (isDoc(next)) container = next;
    else
      throw new CommandError(
        54,
        `cannot infer query fields to set, both paths '${path}' and '${parts.slice(0, i + 1).join('.')}' are matched`,
      );
  }
}
