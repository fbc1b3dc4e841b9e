import { Aggregator } from 'mingo/aggregator';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.js';
import { type Doc, isDoc, toNumber } from '../values/document.js';
import { optionsFor, type Variables } from './expressions.js';
import { plainDoc, plainExpression, withOriginalTypes } from './plain.js';
import type { Neighbours } from './stages.js';

const updateStages = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

export interface PipelineSettings extends Variables {
  readonly neighbours: Neighbours;
  readonly collation?: Doc | undefined;
}

/** mingo's plain errors are the user's mistakes: they are answered, not treated as ours. */
function asCommandError(error: unknown): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  if (/unregistered pipeline operator (\S+)\./.test(error.message))
    return new CommandError(
      40324,
      `Unrecognized pipeline stage name: '${/operator (\S+)\.$/.exec(error.message)?.[1] ?? ''}'`,
    );
  if (/accumulator '(\S+)' is not registered/.test(error.message))
    return new CommandError(168, `Unrecognized expression '${/'(\S+)'/.exec(error.message)?.[1] ?? ''}'`);
  if (error.message.startsWith('Use of undefined variable')) return new CommandError(17276, error.message);
  return new CommandError(2, error.message);
}

/** Runs an aggregation over stored documents (or over what another stage made of them). */
export function runPipeline(docs: Iterable<Doc>, pipeline: readonly Doc[], settings: PipelineSettings): Doc[] {
  const more: Partial<Options> & { neighbours: Neighbours } = {
    neighbours: settings.neighbours,
    collectionResolver: (name) => settings.neighbours.all(name),
    ...(settings.collation ? { collation: mingoCollation(settings.collation) } : {}),
  };
  try {
    const stages = pipeline.map((stage) => plainExpression(stage)).filter(isDoc);
    return new Aggregator(stages, optionsFor(settings, more)).run([...docs].map((doc) => plainDoc(doc)));
  } catch (error) {
    throw asCommandError(error);
  }
}

function mingoCollation(spec: Doc): NonNullable<Options['collation']> {
  const strength = toNumber(spec['strength']);
  return {
    locale: String(spec['locale']),
    ...(strength === 1 || strength === 2 || strength === 3 ? { strength } : {}),
    numericOrdering: spec['numericOrdering'] === true,
    caseLevel: spec['caseLevel'] === true,
  };
}

const nobody: Neighbours = { all: () => [], byIndex: () => undefined };

/** The runner that pipeline updates use; it allows only the stages that an update may have. */
export function updatePipeline(variables: Variables): (doc: Doc, pipeline: readonly Doc[]) => Doc {
  return (doc, pipeline) => {
    for (const stage of pipeline) {
      const name = Object.keys(stage)[0] ?? '';
      if (!updateStages.has(name)) throw new CommandError(72, `${name} is not allowed to be used within an update`);
    }
    const [result] = runPipeline([doc], pipeline, { ...variables, neighbours: nobody });
    return withOriginalTypes(doc, result ?? {}) as Doc;
  };
}
