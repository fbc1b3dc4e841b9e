import { type Database, Records, where } from '@lyceum/store';
import type { JobRun } from './job-run.js';

const YEAR = 365 * 86_400;

export class JobRuns extends Records<JobRun> {
  constructor(database: Database) {
    super(database, {
      collection: 'job_runs',
      fields: {
        job: { type: String, required: true },
        dueAt: { type: Date, required: true },
        operatorId: String,
        attempts: { type: Number, required: true },
        startedAt: Date,
        cursor: String,
        counts: { type: Object, required: true },
        state: {
          status: { type: String, required: true, enum: ['waiting', 'running', 'done', 'failed'] },
          notBefore: Date,
          at: Date,
          failure: String,
        },
      },
      indexes: [
        { keys: { 'state.status': 1, dueAt: 1 } },
        { keys: { job: 1, dueAt: -1, _id: -1 } },
        { keys: { 'state.at': 1 }, expireAfterSeconds: YEAR },
      ],
    });
  }

  /** Those that are not over, the one that was due first in front. */
  unfinished(): Promise<JobRun[]> {
    return this.find({ 'state.status': where({ $in: ['waiting', 'running'] }) }, { sort: ['dueAt'] });
  }

  latest(job: string, limit: number): Promise<JobRun[]> {
    return this.find({ job }, { sort: ['-dueAt', '-_id'], limit });
  }

  /** Puts `next` in the place of the run as it was seen. Undefined when somebody else has taken it up meanwhile, or it is over. */
  replace({ id, attempts }: Pick<JobRun, 'id' | 'attempts'>, next: JobRun): Promise<JobRun | undefined> {
    const { id: _, ...fields } = next;
    return this.update(id, fields, { attempts, 'state.status': where({ $in: ['waiting', 'running'] }) });
  }
}

/** Since when a job is known: what was due before that is not made up for. */
export interface KnownJob {
  readonly id: string;
  readonly since: Date;
}

export class KnownJobs extends Records<KnownJob> {
  constructor(database: Database) {
    super(database, { collection: 'scheduled_jobs', fields: { since: { type: Date, required: true } }, indexes: [] });
  }

  async since(id: string, now: Date): Promise<Date> {
    await this.insertOnce({ id, since: now });
    return (await this.get(id))?.since ?? now;
  }
}
