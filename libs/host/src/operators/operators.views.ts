import type { DeadLetter, DeadLetterSelection } from '@lyceum/bus';
import { Envelope, Id, Instant } from '@lyceum/contracts';
import { pageOf } from '@lyceum/http';
import type { RebuildState, Rebuildable } from '@lyceum/store';
import { z } from 'zod';
import type { Job } from '../jobs/job.js';
import type { JobRun } from '../jobs/job-run.js';
import { nextDue } from '../jobs/schedule.js';
import type { OperatorAct } from './operator-acts.store.js';
import type { Done } from './operators.service.js';

const Type = z.string().min(1).max(200).describe('of the event');
const Reason = z.string().trim().min(3).max(500);

export const DeadLetterQuery = z.object({
  type: Type.optional(),
  failedAfter: Instant.optional().describe('last failed then or later'),
  failedBefore: Instant.optional().describe('last failed earlier'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;

const summary = {
  eventId: z.string(),
  type: z.string(),
  subject: z.string().describe('id of what the event is about'),
  happenedAt: z.string(),
  error: z.string(),
  attempts: z.int(),
  firstFailedAt: z.string(),
  lastFailedAt: z.string(),
};
export const DeadLetterSummary = z.object(summary).meta({ id: 'DeadLetterSummary' });
export const DeadLetterList = z
  .object({ total: z.int().describe('of the service, whatever was asked for'), items: z.array(DeadLetterSummary) })
  .meta({ id: 'DeadLetterList' });
export type DeadLetterList = z.infer<typeof DeadLetterList>;
export const DeadLetterView = z
  .object({ ...summary, stack: z.string().optional(), event: Envelope })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.infer<typeof DeadLetterView>;

export const ReplayOrder = z
  .strictObject({
    ids: z.array(Id).min(1).max(1_000).optional().describe('of the events'),
    type: Type.optional(),
    failedAfter: Instant.optional(),
    failedBefore: Instant.optional(),
    dryRun: z.boolean().default(false).describe('only says how many it would be'),
    reason: Reason.optional(),
  })
  .refine(
    ({ ids, type, failedAfter, failedBefore }) => ids ?? type ?? failedAfter ?? failedBefore,
    'say which: ids, type, failedAfter or failedBefore',
  )
  .meta({ id: 'ReplayOrder' });
export type ReplayOrder = z.infer<typeof ReplayOrder>;

export const DropOrder = z
  .strictObject({ ids: z.array(Id).min(1).max(100).describe('of the events'), reason: Reason })
  .meta({ id: 'DropOrder' });
export type DropOrder = z.infer<typeof DropOrder>;

export const DoneView = z
  .object({
    count: z.int().describe('to how many it was done, or would be'),
    more: z.boolean().describe('there may be more: ask again'),
    ids: z.array(z.string()).describe('of the events, the first hundred'),
  })
  .meta({ id: 'DoneToDeadLetters' });

export const ProjectionView = z
  .object({
    name: z.string(),
    feeds: z.array(z.string()).describe('the event types that it is made from'),
    rows: z.int().describe('about how many are kept'),
    rebuild: z
      .object({
        rebuildId: z.string(),
        status: z.enum(['announced', 'filling', 'replacing', 'done', 'failed']),
        startedAt: Instant,
        finishedAt: Instant.optional(),
        failure: z.string().optional(),
        sources: z.array(
          z.object({
            type: z.string(),
            publisher: z.string(),
            parts: z.int(),
            events: z.int().describe('told so far'),
            complete: z.boolean(),
          }),
        ),
      })
      .optional()
      .describe('the latest one'),
  })
  .meta({ id: 'ProjectionState' });
export type ProjectionView = z.infer<typeof ProjectionView>;
export const ProjectionList = z.object({ items: z.array(ProjectionView) }).meta({ id: 'ProjectionList' });
export type ProjectionList = z.infer<typeof ProjectionList>;

export const RebuildOrder = z.strictObject({ reason: Reason.optional() }).meta({ id: 'RebuildOrder' });
export type RebuildOrder = z.infer<typeof RebuildOrder>;

export const RunJobOrder = z.strictObject({ reason: Reason.optional() }).meta({ id: 'RunJobOrder' });
export type RunJobOrder = z.infer<typeof RunJobOrder>;

export const JobRunView = z
  .object({
    runId: z.string(),
    dueAt: Instant,
    operatorId: z.string().optional().describe('who has asked for it; absent where it was its time'),
    status: z.enum(['waiting', 'running', 'done', 'failed']),
    attempts: z.int().describe('how many times an instance has taken it up'),
    startedAt: Instant.optional(),
    finishedAt: Instant.optional(),
    notBefore: Instant.optional().describe('when it is tried again'),
    failure: z.string().optional(),
    counts: z.record(z.string(), z.number()).describe('what it has done so far'),
  })
  .meta({ id: 'JobRun' });
export type JobRunView = z.infer<typeof JobRunView>;

export const JobView = z
  .object({
    name: z.string(),
    summary: z.string(),
    schedule: z.string(),
    nextDueAt: Instant,
    runs: z.array(JobRunView).describe('the latest first'),
  })
  .meta({ id: 'Job' });
export type JobView = z.infer<typeof JobView>;
export const JobList = z.object({ items: z.array(JobView) }).meta({ id: 'JobList' });
export type JobList = z.infer<typeof JobList>;

export const OperationsSummary = z
  .object({ service: z.string(), deadLetters: z.int(), projections: z.array(ProjectionView) })
  .meta({ id: 'OperationsSummary' });
export type OperationsSummary = z.infer<typeof OperationsSummary>;

export const EventsQuery = z.object({
  after: Id.optional().describe('id of the last event that you have'),
  type: Type.optional(),
  subject: Id.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type EventsQuery = z.infer<typeof EventsQuery>;
export const EventList = z.object({ items: z.array(Envelope) }).meta({ id: 'EventList' });
export type EventList = z.infer<typeof EventList>;

export const ActView = z
  .object({
    actId: z.string(),
    at: Instant,
    operatorId: z.string(),
    act: z.string().describe('replay, drop, rebuild, run-job, redact, and what a service adds'),
    order: z.record(z.string(), z.unknown()),
    reason: z.string().optional(),
    outcome: z.enum(['begun', 'done', 'failed']).describe('begun for good when the process died over it'),
    failure: z.string().optional(),
    count: z.int().optional(),
    events: z
      .array(z.object({ eventId: z.string(), type: z.string(), subject: z.string() }))
      .optional()
      .describe('the first of those that it was done to'),
  })
  .meta({ id: 'OperatorAct' });
export type ActView = z.infer<typeof ActView>;
export const ActPage = pageOf(ActView).meta({ id: 'OperatorActPage' });
export type ActPage = z.infer<typeof ActPage>;

export const selectionOf = ({
  type,
  failedAfter,
  failedBefore,
}: Pick<DeadLetterQuery, 'type' | 'failedAfter' | 'failedBefore'>): DeadLetterSelection => ({
  ...(type === undefined ? {} : { type }),
  ...(failedAfter === undefined ? {} : { failedAfter: new Date(failedAfter) }),
  ...(failedBefore === undefined ? {} : { failedBefore: new Date(failedBefore) }),
});

export const deadLetterSummary = ({ event, error, attempts, firstFailedAt, lastFailedAt }: DeadLetter) => ({
  eventId: event.id,
  type: event.type,
  subject: event.subject,
  happenedAt: event.time,
  error,
  attempts,
  firstFailedAt,
  lastFailedAt,
});

export const deadLetterView = (letter: DeadLetter): DeadLetterView => ({
  ...deadLetterSummary(letter),
  ...(letter.stack === undefined ? {} : { stack: letter.stack }),
  event: letter.event,
});

export const doneView = ({ count, more, ids }: Done): z.infer<typeof DoneView> => ({ count, more, ids: [...ids] });

export async function projectionView(projection: Rebuildable): Promise<ProjectionView> {
  const [rows, state] = await Promise.all([projection.size(), projection.rebuild.state()]);
  const feeds = projection.feeds.map(({ event }) => event.type);
  return { name: projection.name, feeds, rows, ...(state ? { rebuild: rebuildView(state) } : {}) };
}

const rebuildView = ({ id, status, startedAt, finishedAt, failure, sources }: RebuildState) => ({
  rebuildId: id,
  status,
  startedAt: startedAt.toISOString(),
  ...(finishedAt ? { finishedAt: finishedAt.toISOString() } : {}),
  ...(failure === undefined ? {} : { failure }),
  sources: sources.map(({ type, publisher, parts, events, complete }) => ({
    type,
    publisher,
    parts,
    events,
    complete,
  })),
});

export const jobRunView = ({ id, dueAt, operatorId, attempts, startedAt, counts, state }: JobRun): JobRunView => ({
  runId: id,
  dueAt: dueAt.toISOString(),
  ...(operatorId === undefined ? {} : { operatorId }),
  status: state.status,
  attempts,
  ...(startedAt ? { startedAt: startedAt.toISOString() } : {}),
  ...('at' in state ? { finishedAt: state.at.toISOString() } : {}),
  ...(state.status === 'waiting' ? { notBefore: state.notBefore.toISOString() } : {}),
  ...('failure' in state && state.failure !== undefined ? { failure: state.failure } : {}),
  counts: { ...counts },
});

export const jobView = (job: Job, runs: readonly JobRun[], now: Date): JobView => ({
  name: job.name,
  summary: job.summary,
  schedule: job.schedule.text,
  nextDueAt: nextDue(job.schedule, now).toISOString(),
  runs: runs.map(jobRunView),
});

export const actView = ({ id, at, events, ...act }: OperatorAct): ActView => ({
  actId: id,
  at: at.toISOString(),
  ...act,
  ...(events ? { events: events.map(({ id: eventId, type, subject }) => ({ eventId, type, subject })) } : {}),
});
