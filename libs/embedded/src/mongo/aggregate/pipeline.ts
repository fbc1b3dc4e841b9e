import { CommandError, typeMismatch } from '../errors.js';
import { collationOf } from '../values/collation.js';
import { type Doc, isDoc } from '../values/document.js';
import type { Evaluate } from '../query/predicate.js';
import { compilerFor } from './expressions/compile.js';
import type { Compiler } from './expressions/expression.js';
import { densifyStages } from './stages/densify.js';
import { groupingStages } from './stages/grouping.js';
import { joiningStages } from './stages/joining.js';
import { selectingStages } from './stages/selecting.js';
import { shapingStages } from './stages/shaping.js';
import type { Neighbours, Run, StageContext, Stages, Variables as Bound } from './stages/stage.js';
import { windowStages } from './stages/windows.js';

const stages: Stages = {
  ...densifyStages,
  ...groupingStages,
  ...joiningStages,
  ...selectingStages,
  ...shapingStages,
  ...windowStages,
};
const updateStages = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);
const neverInside = new Set(['$out', '$merge', '$collStats', '$indexStats', '$changeStream', '$currentOp']);

/** The variables of one command. */
export interface Variables {
  readonly let?: Doc | undefined;
  readonly now: Date;
}

export interface PipelineSettings extends Variables {
  readonly neighbours: Neighbours;
  readonly collation?: Doc | undefined;
}

function bound({ let: given = {}, now }: Variables): { compiler: Compiler; variables: Bound } {
  const variables: Record<string, unknown> = Object.assign(Object.create(null) as Record<string, unknown>, {
    NOW: now,
  });
  const constants = compilerFor(new Set(['NOW']));
  for (const [name, value] of Object.entries(given))
    variables[name] = constants.compile(value)({ root: {}, variables });
  return { compiler: compilerFor(new Set(Object.keys(variables))), variables };
}

/** The name of a stage; throws 40323 for what is none. */
export function stageName(stage: unknown): string {
  if (!isDoc(stage)) throw typeMismatch("Each element of the 'pipeline' array must be an object");
  const keys = Object.keys(stage);
  if (keys.length !== 1)
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  return keys[0] ?? '';
}

function compiled(pipeline: readonly unknown[], context: StageContext, inFacet: boolean): Run {
  const runs = pipeline.map((stage) => {
    const name = stageName(stage);
    if (inFacet && (neverInside.has(name) || name === '$facet'))
      throw new CommandError(40600, `${name} is not allowed to be used within a $facet stage`);
    if (neverInside.has(name))
      throw new CommandError(51047, `${name} is not allowed within a sub-pipeline or behind another stage`);
    const make = Object.hasOwn(stages, name) ? stages[name] : undefined;
    if (!make) throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
    return make((stage as Doc)[name], context, name);
  });
  return (docs, variables) => runs.reduce((found, run) => run(found, variables), docs);
}

function contextWith(compiler: Compiler, settings: PipelineSettings): StageContext {
  return {
    compiler,
    collation: collationOf(settings.collation),
    neighbours: settings.neighbours,
    pipeline: (inner, names = [], inFacet = false) =>
      compiled(inner, contextWith(compiler.with(names), settings), inFacet),
  };
}

/** Compiles a pipeline; throws what MongoDB refuses before it reads a document. */
export function compilePipeline(
  pipeline: readonly unknown[],
  settings: PipelineSettings,
): (docs: Iterable<Doc>) => readonly Doc[] {
  const { compiler, variables } = bound(settings);
  const run = compiled(pipeline, contextWith(compiler, settings), false);
  return (docs) => run([...docs], variables);
}

/** An evaluator of expressions on documents, for `$expr` and projections. */
export function evaluator(given: Variables): Evaluate {
  let ready: ReturnType<typeof bound> | undefined;
  return (spec) => {
    const { compiler, variables } = (ready ??= bound(given));
    const expression = compiler.compile(spec);
    return (doc) => expression({ root: doc, variables });
  };
}

const nobody: Neighbours = { all: () => [], byIndex: () => undefined };

/** Compiles the pipeline of an update; it allows only the stages that an update may have. */
export function updatePipeline(variables: Variables): (pipeline: readonly Doc[]) => (doc: Doc) => Doc {
  return (pipeline) => {
    for (const stage of pipeline) {
      const name = stageName(stage);
      if (!Object.hasOwn(stages, name) && !neverInside.has(name))
        throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
      if (!updateStages.has(name)) throw new CommandError(72, `${name} is not allowed to be used within an update`);
    }
    const run = compilePipeline(pipeline, { ...variables, neighbours: nobody });
    return (doc) => run([doc])[0] ?? {};
  };
}
