import { CommandError, failedToParse } from '../errors.js';
import { type Doc, isDoc } from '../values/document.js';
import { leading } from './aggregating.js';
import type { Command, Handler, Host } from './command.js';
import { countField, docField, hintField } from './fields.js';
import { type Query, run, type Work } from './query.js';

function planShown({ plan }: Pick<Work, 'plan'>): Doc {
  switch (plan.kind) {
    case 'scan':
      return { stage: 'COLLSCAN', direction: 'forward' };
    case 'text':
      return { stage: 'TEXT_MATCH', indexName: plan.name };
    case 'union':
      return { stage: 'OR', inputStages: plan.parts.map((part) => planShown({ plan: part })) };
    case 'index':
      return {
        stage: 'FETCH',
        inputStage: {
          stage: 'IXSCAN',
          keyPattern: plan.index.definition['key'],
          indexName: plan.index.name,
          isMultiKey: plan.index.multikey,
          isUnique: plan.index.unique,
          isSparse: plan.index.sparse,
          isPartial: plan.index.partial !== undefined,
          direction: plan.backwards ? 'backward' : 'forward',
        },
      };
  }
}

/** The plan with what is done after the candidates are found. */
function stagesOf(query: Query, work: Work): Doc {
  let stage = planShown(work);
  const sorts = query.sort && work.plan.kind !== 'text' && !work.plan.sorted;
  if (sorts) stage = { stage: 'SORT', sortPattern: query.sort, inputStage: stage };
  if (query.skip) stage = { stage: 'SKIP', skipAmount: query.skip, inputStage: stage };
  return query.limit ? { stage: 'LIMIT', limitAmount: query.limit, inputStage: stage } : stage;
}

const verbosities = ['queryPlanner', 'executionStats', 'allPlansExecution'];

function explained(command: Command, host: Host, inner: Doc, verbosity: string): Doc {
  const [name = ''] = Object.keys(inner);
  const collection = host.engine.collection(command.database, String(inner[name]));
  const query: Query = {
    ...queryIn(name, inner),
    variables: { let: docField(inner, 'let', name), now: host.engine.now() },
  };
  const work: Work = { plan: { kind: 'scan', sorted: false }, examined: 0 };
  const started = performance.now();
  const found = collection ? run(collection, query, work) : [];
  const winningPlan = collection ? stagesOf(query, work) : { stage: 'EOF' };
  const examined = work.examined;
  return {
    explainVersion: '1',
    queryPlanner: {
      namespace: `${command.database}.${String(inner[name])}`,
      indexFilterSet: false,
      parsedQuery: query.filter,
      winningPlan,
      rejectedPlans: [],
    },
    ...(verbosity === 'queryPlanner'
      ? {}
      : {
          executionStats: {
            executionSuccess: true,
            nReturned: found.length,
            executionTimeMillis: Math.round(performance.now() - started),
            totalKeysExamined: work.plan.kind === 'scan' ? 0 : examined,
            totalDocsExamined: examined,
            executionStages: { ...winningPlan, nReturned: found.length },
          },
        }),
    command: inner,
    serverInfo: { host: host.address, version: '7.0.0' },
    ok: 1,
  };
}

/** Tells how a query would be answered; it is carried out for that, writes are not. */
export const explain: Handler = (command, host) => {
  const { body } = command;
  const verbosity = body['verbosity'] ?? 'allPlansExecution';
  if (typeof verbosity !== 'string' || !verbosities.includes(verbosity))
    throw failedToParse("verbosity string must be one of {'queryPlanner', 'executionStats', 'allPlansExecution'}");
  return explained(command, host, docField(body, 'explain', 'explain') ?? {}, verbosity);
};

/** `aggregate` with `explain: true`. */
export const explainAggregate: Handler = (command, host) => explained(command, host, command.body, 'queryPlanner');

/** The query inside the command that is explained. */
function queryIn(name: string, inner: Doc): Omit<Query, 'variables'> {
  const first = (list: unknown): Doc => (Array.isArray(list) && isDoc(list[0]) ? list[0] : {});
  const statement = (item: Doc) => ({
    filter: docField(item, 'q', name) ?? {},
    collation: docField(item, 'collation', name),
    hint: hintField(item, name),
  });
  const shared = { collation: docField(inner, 'collation', name), hint: hintField(inner, name) };
  switch (name) {
    case 'aggregate': {
      const pipeline: unknown = inner['pipeline'];
      return { ...leading(Array.isArray(pipeline) ? pipeline.filter(isDoc) : []).query, ...shared };
    }
    case 'update':
      return statement(first(inner['updates']));
    case 'delete':
      return statement(first(inner['deletes']));
    case 'find':
    case 'count':
    case 'distinct':
    case 'findAndModify':
    case 'findandmodify':
      return {
        filter: docField(inner, name === 'find' ? 'filter' : 'query', name) ?? {},
        sort: docField(inner, 'sort', name),
        skip: countField(inner, 'skip', name),
        limit: countField(inner, 'limit', name),
        ...shared,
      };
    default:
      throw new CommandError(59, `Explain failed due to unknown command: ${name}`);
  }
}
