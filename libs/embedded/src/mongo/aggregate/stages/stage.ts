import { CommandError } from '../../errors.js';
import type { Evaluate } from '../../query/predicate.js';
import type { Collation } from '../../values/collation.js';
import { type Doc, isDoc } from '../../values/document.js';
import { type Compiler, type Expression, type Scope } from '../expressions/expression.js';

export type Variables = Readonly<Record<string, unknown>>;

/** A compiled stage: documents in, documents out. */
export type Run = (docs: readonly Doc[], variables: Variables) => readonly Doc[];

/** How stages reach other collections. */
export interface Neighbours {
  all(collection: string): readonly Doc[];
  /** The documents whose field has one of the values, when an index answers that; else undefined. */
  byIndex(collection: string, field: string, values: readonly unknown[]): readonly Doc[] | undefined;
}

/** What stages are compiled with. */
export interface StageContext {
  readonly compiler: Compiler;
  readonly collation: Collation | undefined;
  readonly neighbours: Neighbours;
  /** Compiles the pipeline of `$lookup`, `$facet` or `$unionWith`. */
  pipeline(stages: readonly unknown[], variables?: readonly string[], inFacet?: boolean): Run;
}

export type Stage = (spec: unknown, context: StageContext, name: string) => Run;
export type Stages = Record<string, Stage>;

export const scope = (root: Doc, variables: Variables): Scope => ({ root, variables });

export function docSpec(spec: unknown, code: number, message: string): Doc {
  if (isDoc(spec)) return spec;
  throw new CommandError(code, message);
}

/**
 * For what is compiled with an evaluator (filters, projections) and then run with changing variables: `bind` sets the
 * variables that the compiled expressions see.
 */
export function bindable(compiler: Compiler): { evaluate: Evaluate; bind: (variables: Variables) => void } {
  let current: Variables = {};
  return {
    evaluate: (spec) => {
      const expression: Expression = compiler.compile(spec);
      return (doc) => expression({ root: doc, variables: current });
    },
    bind: (variables) => {
      current = variables;
    },
  };
}
