import { CommandError } from '../../errors.js';
import { type Doc, isDoc, setField, toNumber, typeName } from '../../values/document.js';
import { compare, rank } from '../../values/order.js';
import { sortKey } from '../../values/sort-key.js';
import { groupAccumulator, type GroupAccumulator } from '../group-accumulators.js';
import type { Expression } from '../expressions/expression.js';
import { docSpec, scope, type Stage, type StageContext, type Stages, type Variables } from './stage.js';

type Fields = readonly (readonly [string, GroupAccumulator])[];

function accumulators(fields: Doc, { compiler, collation }: StageContext): Fields {
  return Object.entries(fields).map(([name, value]) => {
    if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
    if (name.startsWith('$')) throw new CommandError(40236, `The field name '${name}' cannot be an operator name`);
    if (!isDoc(value) || Object.keys(value).length === 0)
      throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
    const [[operator, operand] = ['', undefined], ...more] = Object.entries(value);
    if (more.length > 0) throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
    if (!operator.startsWith('$')) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
    return [name, groupAccumulator(operator, operand, compiler, collation)] as const;
  });
}

function gathered(id: unknown, members: readonly Doc[], fields: Fields, variables: Variables): Doc {
  const result: Doc = { _id: id };
  for (const [name, accumulate] of fields) setField(result, name, accumulate(members, variables) ?? null);
  return result;
}

/** The members of each group, in the order in which the groups were first seen. */
function groupsOf(docs: readonly Doc[], idOf: (doc: Doc) => unknown, { collation }: StageContext) {
  const groups = new Map<string, { id: unknown; members: Doc[] }>();
  for (const doc of docs) {
    const id = idOf(doc) ?? null;
    const key = sortKey(id, collation);
    const found = groups.get(key);
    if (found) found.members.push(doc);
    else groups.set(key, { id, members: [doc] });
  }
  return [...groups.values()];
}

const group: Stage = (spec, context) => {
  const given = docSpec(spec, 15947, "a group's fields must be specified in an object");
  const { _id: idSpec, ...rest } = given;
  if (!('_id' in given)) throw new CommandError(15955, 'a group specification must include an _id');
  const id = context.compiler.compile(idSpec);
  const fields = accumulators(rest, context);
  return (docs, variables) =>
    groupsOf(docs, (doc) => id(scope(doc, variables)), context).map((found) =>
      gathered(found.id, found.members, fields, variables),
    );
};

const sortByCount: Stage = (spec, context, name) => {
  const grouped = group({ _id: spec, count: { $sum: 1 } }, context, name);
  return (docs, variables) =>
    grouped(docs, variables).toSorted((a, b) => (toNumber(b['count']) ?? 0) - (toNumber(a['count']) ?? 0));
};

const bucketOptions = ['groupBy', 'boundaries', 'default', 'output'];

function boundariesOf(value: unknown): unknown[] {
  if (!Array.isArray(value))
    throw new CommandError(
      40200,
      `The $bucket 'boundaries' field must be an array, but found type: ${typeName(value)}.`,
    );
  const bounds = value as unknown[];
  if (bounds.length < 2)
    throw new CommandError(
      40192,
      `The $bucket 'boundaries' field must have at least 2 values, but found ${bounds.length} value(s).`,
    );
  for (let i = 1; i < bounds.length; i++) {
    const [a, b] = [bounds[i - 1], bounds[i]];
    if (rank(a) !== rank(b))
      throw new CommandError(
        40193,
        `All values in the 'boundaries' option to $bucket must have the same type. Found conflicting types ${typeName(a)} and ${typeName(b)}.`,
      );
    if (compare(a, b) >= 0)
      throw new CommandError(
        40194,
        "The 'boundaries' option to $bucket must be sorted, but elements are not in ascending order",
      );
  }
  return bounds;
}

const bucket: Stage = (spec, context) => {
  const given = docSpec(spec, 40201, `Argument to $bucket stage must be an object, but found type: ${typeName(spec)}.`);
  for (const key of Object.keys(given))
    if (!bucketOptions.includes(key)) throw new CommandError(40197, `Unrecognized option to $bucket: ${key}.`);
  if (!('groupBy' in given) || !('boundaries' in given))
    throw new CommandError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  const bounds = boundariesOf(given['boundaries']);
  const value = context.compiler.compile(given['groupBy']);
  const fields = accumulators(isDoc(given['output']) ? given['output'] : { count: { $sum: 1 } }, context);
  const rest = given['default'];
  if (rest !== undefined && compare(rest, bounds[0]) >= 0 && compare(rest, bounds.at(-1)) < 0)
    throw new CommandError(
      40199,
      "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.",
    );
  const home = (doc: Doc, variables: Variables): unknown => {
    const at = value(scope(doc, variables));
    const above = bounds.findIndex((bound) => compare(at, bound) < 0);
    if (above > 0) return bounds[above - 1];
    if (rest === undefined)
      throw new CommandError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    return rest;
  };
  return (docs, variables) =>
    groupsOf(docs, (doc) => home(doc, variables), context)
      .map((found) => gathered(found.id, found.members, fields, variables))
      .sort((a, b) => compare(a['_id'], b['_id']));
};

const autoOptions = ['groupBy', 'buckets', 'output', 'granularity'];

const bucketAuto: Stage = (spec, context) => {
  const given = docSpec(spec, 40240, 'The argument to $bucketAuto must be an object');
  for (const key of Object.keys(given))
    if (!autoOptions.includes(key)) throw new CommandError(40245, `Unrecognized option to $bucketAuto: ${key}.`);
  if (!('groupBy' in given) || !('buckets' in given))
    throw new CommandError(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.");
  const buckets = toNumber(given['buckets']);
  if (buckets === undefined)
    throw new CommandError(
      40241,
      `The $bucketAuto 'buckets' field must be a numeric value, but found type: ${typeName(given['buckets'])}`,
    );
  if (!Number.isInteger(buckets))
    throw new CommandError(40242, "The $bucketAuto 'buckets' field must be representable as a 32-bit integer");
  if (buckets <= 0)
    throw new CommandError(40243, `The $bucketAuto 'buckets' field must be greater than 0, but found: ${buckets}`);
  if (given['granularity'] !== undefined)
    throw new CommandError(115, "$bucketAuto's granularity is not supported by this server");
  const value = context.compiler.compile(given['groupBy']);
  const fields = accumulators(isDoc(given['output']) ? given['output'] : { count: { $sum: 1 } }, context);
  return (docs, variables) =>
    evenBuckets(docs, value, buckets, variables).map(({ min, max, members }) =>
      gathered({ min, max }, members, fields, variables),
    );
};

interface Bucket {
  readonly min: unknown;
  readonly max: unknown;
  readonly members: Doc[];
}

function evenBuckets(docs: readonly Doc[], value: Expression, buckets: number, variables: Variables): Bucket[] {
  const keyed = docs
    .map((doc) => ({ key: value(scope(doc, variables)) ?? null, doc }))
    .sort((a, b) => compare(a.key, b.key));
  const size = Math.max(1, Math.round(keyed.length / buckets));
  const result: Bucket[] = [];
  let at = 0;
  while (at < keyed.length) {
    let end = result.length === buckets - 1 ? keyed.length : Math.min(keyed.length, at + size);
    while (end < keyed.length && compare(keyed[end]?.key, keyed[end - 1]?.key) === 0) end++;
    const members = keyed.slice(at, end);
    result.push({
      min: members[0]?.key,
      max: end < keyed.length ? keyed[end]?.key : members.at(-1)?.key,
      members: members.map(({ doc }) => doc),
    });
    at = end;
  }
  return result;
}

export const groupingStages: Stages = {
  $group: group,
  $sortByCount: sortByCount,
  $bucket: bucket,
  $bucketAuto: bucketAuto,
};
