import type { Case } from './case.js';
import { expressionCases } from './expressions.js';
import { findAndModifyCases } from './find-and-modify.js';
import { indexCases } from './indexes.js';
import { mistakeCases } from './mistake.js';
import { moreMistakeCases } from './mistakes-more.js';
import { pipelineCases } from './pipeline.js';
import { queryOperatorCases } from './query-operators.js';
import { queryCases } from './query.js';
import { shapeCases } from './shape.js';
import { stageCases } from './stages.js';
import { updateCases } from './update.js';
import { writeCases } from './writes.js';

export const differentialCases: readonly Case[] = [
  ...queryCases,
  ...queryOperatorCases,
  ...shapeCases,
  ...updateCases,
  ...writeCases,
  ...findAndModifyCases,
  ...indexCases,
  ...pipelineCases,
  ...stageCases,
  ...expressionCases,
  ...mistakeCases,
  ...moreMistakeCases,
];
