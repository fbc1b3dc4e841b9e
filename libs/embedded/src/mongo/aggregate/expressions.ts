import { Context, evalExpr } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as pipelineStages from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import type { Options } from 'mingo/types';
import type { Doc } from '../values/document.js';
import { ownAccumulators } from './accumulators.js';
import { ownExpressions } from './own-expressions.js';
import { plainDoc, plainExpression } from './plain.js';
import { stages } from './stages.js';
import { workingOptions } from './working-options.js';

const context = Context.init({
  accumulator: { ...accumulators, ...ownAccumulators },
  expression: { ...expressions, ...ownExpressions },
  pipeline: { ...pipelineStages, ...stages },
  projection: { ...projections },
  query: { ...queries },
  window: { ...windows },
});

export interface Variables {
  readonly let?: Doc | undefined;
  readonly now: Date;
}

/** mingo's options for one command. */
export function optionsFor(variables: Variables, more: Partial<Options> = {}): Partial<Options> {
  return {
    context,
    // mingo's own window stage needs it; BSON cannot carry a JavaScript function, so nobody else can use it
    scriptEnabled: true,
    variables: { ...(variables.let ? plainDoc(variables.let) : {}), NOW: variables.now },
    ...more,
  };
}

/** An evaluator of expressions on stored documents, for `$expr`, projections and pipeline updates. */
export function evaluator(variables: Variables): (expression: unknown, doc: Doc) => unknown {
  let options: Options | undefined;
  const expressionsReady = new Map<unknown, unknown>();
  const plains = new WeakMap<Doc, Doc>();
  return (expression, doc) => {
    let ready = expressionsReady.get(expression);
    if (ready === undefined) expressionsReady.set(expression, (ready = plainExpression(expression)));
    let root = plains.get(doc);
    if (!root) plains.set(doc, (root = plainDoc(doc)));
    return evalExpr(root, ready, (options ??= workingOptions(optionsFor(variables))));
  };
}
