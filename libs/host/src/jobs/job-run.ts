import type { Counts } from './job.js';

/** One run of a job. Its record stays, so that anybody can see what was done when, and why not. */
export interface JobRun {
  /** Made from job and time where the schedule began it, so that all instances begin the same one. */
  readonly id: string;
  readonly job: string;
  /** When it should begin, by the schedule or because somebody has asked for it. */
  readonly dueAt: Date;
  /** Who has asked for it; absent where the schedule did. */
  readonly operatorId?: string | undefined;
  /** How many times an instance has taken it up: only the latest may write. */
  readonly attempts: number;
  readonly startedAt?: Date | undefined;
  /** Where another instance would go on. */
  readonly cursor?: string | undefined;
  readonly counts: Counts;
  readonly state: JobRunState;
}

export type JobRunState =
  | { readonly status: 'waiting'; readonly notBefore: Date; readonly failure?: string | undefined }
  | { readonly status: 'running' }
  | { readonly status: 'done'; readonly at: Date }
  | { readonly status: 'failed'; readonly at: Date; readonly failure: string };

const MINUTE = 60_000;
const LONGEST_PAUSE = 60 * MINUTE;
/** Crashes, ends of the process and failures all count. */
export const MOST_ATTEMPTS = 10;

export const planned = (job: string, dueAt: Date): JobRun => asked(job, `${job} ${dueAt.toISOString()}`, dueAt);

export const asked = (job: string, id: string, now: Date, operatorId?: string): JobRun => ({
  id,
  job,
  dueAt: now,
  attempts: 0,
  counts: {},
  state: { status: 'waiting', notBefore: now },
  ...(operatorId === undefined ? {} : { operatorId }),
});

export const takenUp = (run: JobRun, now: Date): JobRun => ({
  ...run,
  attempts: run.attempts + 1,
  startedAt: run.startedAt ?? now,
  state: { status: 'running' },
});

export const furthered = (run: JobRun, done: Counts, cursor = run.cursor): JobRun => ({
  ...run,
  cursor,
  counts: Object.fromEntries(
    [...new Set([...Object.keys(run.counts), ...Object.keys(done)])].map((what) => [
      what,
      (run.counts[what] ?? 0) + (done[what] ?? 0),
    ]),
  ),
});

export const finished = (run: JobRun, done: Counts, now: Date): JobRun => ({
  ...furthered(run, done),
  state: { status: 'done', at: now },
});

/** Tried again after a pause that doubles from a minute up to an hour, and given up at last. */
export function failed(run: JobRun, failure: string, now: Date): JobRun {
  if (run.attempts >= MOST_ATTEMPTS) return { ...run, state: { status: 'failed', at: now, failure } };
  const pause = Math.min(2 ** Math.max(0, run.attempts - 1) * MINUTE, LONGEST_PAUSE);
  return { ...run, state: { status: 'waiting', notBefore: new Date(now.getTime() + pause), failure } };
}
