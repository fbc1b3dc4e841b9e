import type { Collation } from '../values/collation.js';
import type { Doc } from '../values/document.js';

export type Predicate = (doc: Doc) => boolean;
/** Compiles an aggregation expression into a function of a document. */
export type Evaluate = (expression: unknown) => (doc: Doc) => unknown;

/** What a filter may need beyond itself. */
export interface FilterContext {
  readonly collation?: Collation | undefined;
  readonly evaluate?: Evaluate;
  /** Tests `$text`, which needs the collection's text index. */
  readonly text?: (search: Doc) => Predicate;
}
