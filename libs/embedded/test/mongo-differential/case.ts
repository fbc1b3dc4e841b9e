/** One operation (with what comes before and after it) whose result must be the same on every server. */
export interface Case {
  /** The row of the table in which it is counted. */
  readonly area: string;
  readonly name: string;
  readonly docs: readonly object[];
  /** Commands that prepare the collection; they must succeed and are not compared. */
  readonly before?: readonly object[];
  /** `COLLECTION` and `OTHER` are replaced by the case's own collections, `CURSOR` by the last open cursor. */
  readonly run: readonly object[];
}

export const keyOf = ({ area, name }: Case): string => `${area}: ${name}`;

type Named<T> = Readonly<Record<string, T>>;

const eachOf = <T>(area: string, docs: readonly object[], named: Named<T>, run: (item: T) => object[]): Case[] =>
  Object.entries(named).map(([name, item]) => ({ area, name, docs, run: run(item) }));

export const filters = (area: string, docs: readonly object[], named: Named<object>): Case[] =>
  eachOf(area, docs, named, (filter) => [
    { find: 'COLLECTION', filter, sort: { _id: 1 }, projection: { _id: 1 } },
    { count: 'COLLECTION', query: filter },
  ]);

export const sorts = (area: string, docs: readonly object[], named: Named<object>): Case[] =>
  eachOf(area, docs, named, (sort) => [{ find: 'COLLECTION', sort, projection: { _id: 1 } }]);

export const projections = (area: string, docs: readonly object[], named: Named<object>): Case[] =>
  eachOf(area, docs, named, (projection) => [{ find: 'COLLECTION', sort: { _id: 1 }, projection }]);

export type Update = readonly [filter: object, update: object | readonly object[], options?: object];

export const updates = (area: string, docs: readonly object[], named: Named<Update>): Case[] =>
  eachOf(area, docs, named, ([q, u, options = {}]) => [
    { update: 'COLLECTION', updates: [{ q, u, ...options }] },
    { find: 'COLLECTION', sort: { _id: 1 } },
  ]);

export const pipelines = (area: string, docs: readonly object[], named: Named<readonly object[]>): Case[] =>
  eachOf(area, docs, named, (pipeline) => [{ aggregate: 'COLLECTION', pipeline, cursor: {} }]);

/** Expressions as the value of one computed field. */
export const expressions = (area: string, docs: readonly object[], named: Named<unknown>): Case[] =>
  eachOf(area, docs, named, (r) => [
    {
      aggregate: 'COLLECTION',
      pipeline: [{ $sort: { _id: 1 } }, { $project: { r } }],
      cursor: {},
    },
  ]);

export const commands = (area: string, docs: readonly object[], named: Named<object | readonly object[]>): Case[] =>
  eachOf(area, docs, named, (command): object[] => (Array.isArray(command) ? [...(command as object[])] : [command]));
