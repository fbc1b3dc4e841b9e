import { CommandError } from '../../errors.js';
import { compileFilter } from '../../query/filter.js';
import { scoreOf } from '../../query/projection.js';
import { sorted, sortFields } from '../../query/sort.js';
import { type Doc, toNumber, typeName } from '../../values/document.js';
import { bindable, docSpec, type Stage, type Stages } from './stage.js';

const match: Stage = (spec, { compiler, collation }) => {
  const filter = docSpec(spec, 15959, 'the match filter must be an expression in an object');
  const { evaluate, bind } = bindable(compiler);
  const text = () => {
    throw new CommandError(17313, '$match with $text is only allowed as the first pipeline stage');
  };
  const test = compileFilter(filter, { evaluate, collation, text });
  return (docs, variables) => {
    bind(variables);
    return docs.filter(test);
  };
};

const sort: Stage = (spec, { collation }) => {
  const given = docSpec(spec, 15973, 'the $sort key specification must be an object');
  if (Object.keys(given).length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const fields = sortFields(given);
  return (docs) =>
    sorted(
      docs,
      (doc) => doc,
      fields,
      collation,
      (doc) => scoreOf(doc) ?? 0,
    );
};

function wholeNumber(value: unknown, code: number, stage: string): number {
  const number = toNumber(value);
  if (number === undefined || !Number.isInteger(number))
    throw new CommandError(
      code,
      `invalid argument to ${stage} stage: Expected an integer: ${stage}: ${typeName(value)}`,
    );
  return number;
}

const limit: Stage = (spec) => {
  const most = wholeNumber(spec, 5107201, '$limit');
  if (most < 0)
    throw new CommandError(
      5107201,
      `invalid argument to $limit stage: Expected a non-negative number in: $limit: ${most}`,
    );
  if (most === 0) throw new CommandError(15958, 'the limit must be positive');
  return (docs) => docs.slice(0, most);
};

const skip: Stage = (spec) => {
  const from = wholeNumber(spec, 5107200, '$skip');
  if (from < 0)
    throw new CommandError(
      5107200,
      `invalid argument to $skip stage: Expected a non-negative number in: $skip: ${from}`,
    );
  return (docs) => docs.slice(from);
};

const count: Stage = (spec) => {
  if (typeof spec !== 'string' || spec === '')
    throw new CommandError(40156, 'the count field must be a non-empty string');
  if (spec.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (spec.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  return (docs) => (docs.length === 0 ? [] : [{ [spec]: docs.length }]);
};

const sample: Stage = (spec) => {
  const { size } = docSpec(spec, 28745, 'the $sample stage specification must be an object');
  const most = toNumber(size);
  if (most === undefined) throw new CommandError(28746, 'size argument to $sample must be a number');
  if (most < 0) throw new CommandError(28747, 'size argument to $sample must not be negative');
  return (docs) => shuffled(docs).slice(0, Math.trunc(most));
};

function shuffled(docs: readonly Doc[]): Doc[] {
  const result = [...docs];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const [a, b] = [result[i], result[j]];
    if (a && b) [result[i], result[j]] = [b, a];
  }
  return result;
}

const documents: Stage = (spec, { compiler }) => {
  const expression = compiler.compile(spec);
  return (_, variables) => {
    const made = expression({ root: {}, variables });
    if (!Array.isArray(made)) throw new CommandError(5858203, 'an array is expected');
    return made.map((item: unknown) => docSpec(item, 40228, 'an object is expected'));
  };
};

export const selectingStages: Stages = {
  $match: match,
  $sort: sort,
  $limit: limit,
  $skip: skip,
  $count: count,
  $sample: sample,
  $documents: documents,
};
