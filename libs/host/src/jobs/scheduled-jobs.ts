import { newId } from '@lyceum/kernel';
import type { Database } from '@lyceum/store';
import type { Log, Metrics } from '@lyceum/telemetry';
import { Counter, Gauge } from 'prom-client';
import { Repeating } from '../repeating.js';
import { type Counts, Interrupted, type Job, type JobContext } from './job.js';
import { type JobRun, asked, failed, finished, furthered, planned, takenUp } from './job-run.js';
import { JobRuns, KnownJobs } from './job-runs.store.js';
import { lastDue } from './schedule.js';

/** In ms. */
export interface JobTimes {
  /** How often an instance looks whether something is due, or was left behind. */
  readonly look: number;
  /** How long an instance that has died is thought to be at work. */
  readonly lease: number;
}

export const jobTimes: JobTimes = { look: 10_000, lease: 30_000 };

const outcomes = ['done', 'interrupted', 'retried', 'failed'];

/**
 * Work that the whole fleet does once each time that it is due. What runs and how far it is stands in the database: another instance
 * goes on when the one at work has died, what became due while all were down is done once soon after the start, and every run
 * stays on record.
 */
export class ScheduledJobs {
  private readonly runs: JobRuns;
  private readonly known: KnownJobs;
  private readonly looking: Repeating;
  private readonly jobs = new Map<string, Job>();
  private readonly since = new Map<string, Date>();
  /** Job -> the moment for which its run has been planned. */
  private readonly planned = new Map<string, number>();
  private readonly working = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  /** Not labelled `job`: that is what Prometheus calls whom it asks. */
  private readonly ended: Counter<'scheduled_job' | 'outcome'>;
  private readonly waiting: Gauge<'scheduled_job'>;

  constructor(
    private readonly database: Database,
    metrics: Metrics,
    private readonly log: Log,
    private readonly times: JobTimes = jobTimes,
  ) {
    this.runs = new JobRuns(database);
    this.known = new KnownJobs(database);
    this.looking = new Repeating(
      times.look,
      () => this.look(),
      (error) => log.warn('looking for jobs failed', { reason: String(error) }),
    );
    this.ended = new Counter({
      name: 'lyceum_job_runs_total',
      help: 'Attempts at scheduled jobs in this instance, by outcome (done, interrupted, retried, failed)',
      labelNames: ['scheduled_job', 'outcome'],
      registers: [metrics.registry],
    });
    this.waiting = new Gauge({
      name: 'lyceum_job_unfinished_seconds',
      help: 'How long the oldest run of a scheduled job has been due without being over',
      labelNames: ['scheduled_job'],
      registers: [metrics.registry],
    });
  }

  /** Begins to look after these jobs. */
  start(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.jobs.set(job.name, job);
      // a count that begins at 1 has not grown in the eyes of Prometheus
      for (const outcome of outcomes) this.ended.inc({ scheduled_job: job.name, outcome }, 0);
    }
    if (this.jobs.size === 0) return;
    this.looking.start();
    this.looking.nudge();
  }

  /** Interrupts what is under way here; another instance goes on, or this one after its next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking.stop();
    await Promise.all(this.working.values());
  }

  /** Looks at once whether something is due. */
  nudge(): void {
    this.looking.nudge();
  }

  list(): readonly Job[] {
    return [...this.jobs.values()];
  }

  find(name: string): Job | undefined {
    return this.jobs.get(name);
  }

  /** The runs of a job, the latest first. */
  latest(job: string, limit: number): Promise<JobRun[]> {
    return this.runs.latest(job, limit);
  }

  /** Has a job run now; while a run of it is waiting or under way that is the one, and it waits no longer. */
  async request({ name }: Job, operatorId: string): Promise<JobRun> {
    const now = this.database.clock.now();
    const present = (await this.runs.unfinished()).find(({ job }) => job === name);
    const run = present ?? asked(name, newId(), now, operatorId);
    if (!present) await this.runs.insertOnce(run);
    else if (present.state.status === 'waiting' && present.state.notBefore > now)
      await this.runs.replace(present, { ...present, state: { ...present.state, notBefore: now } });
    this.nudge();
    return run;
  }

  private async look(): Promise<void> {
    const now = this.database.clock.now();
    for (const job of this.jobs.values()) await this.plan(job, now);
    const unfinished = await this.runs.unfinished();
    for (const job of this.jobs.values()) {
      const runs = unfinished.filter((run) => run.job === job.name);
      const since = runs[0]?.dueAt.getTime() ?? now.getTime(); // also while it pauses after a failure
      this.waiting.set({ scheduled_job: job.name }, Math.max(0, now.getTime() - since) / 1_000);
      const oldest = runs.find((run) => isDue(run, now));
      if (oldest && !this.working.has(job.name) && !this.stopping.signal.aborted) this.begin(job, oldest);
    }
  }

  private async plan({ name, schedule }: Job, now: Date): Promise<void> {
    const due = lastDue(schedule, now);
    if (this.planned.get(name) === due.getTime()) return;
    const since = this.since.get(name) ?? (await this.known.since(name, now));
    this.since.set(name, since);
    if (due > since) await this.runs.insertOnce(planned(name, due));
    this.planned.set(name, due.getTime());
  }

  private begin(job: Job, run: JobRun): void {
    const work = this.database.leases
      .hold(`job ${job.name}`, this.times.lease, async (lost) => {
        const mine = await this.runs.replace(run, takenUp(run, this.database.clock.now()));
        if (mine) await this.attempt(job, mine, AbortSignal.any([lost, this.stopping.signal]));
      })
      .catch((error: unknown) => {
        this.log.error('a job could not be looked after', error, { job: job.name });
        return false;
      })
      .then((wasOurs) => this.ends(job, wasOurs));
    this.working.set(job.name, work);
  }

  private ends(job: Job, wasOurs: boolean): void {
    this.working.delete(job.name);
    if (wasOurs) this.looking.nudge(); // another run of it may be waiting
  }

  private async attempt(job: Job, begun: JobRun, signal: AbortSignal): Promise<void> {
    let run = begun;
    const about = { job: job.name, run: run.id, attempt: run.attempts };
    this.log.info(run.attempts === 1 ? 'a job begins' : 'a job is taken up again', about);
    const clock = this.database.clock;
    const context: JobContext = {
      runId: run.id,
      signal,
      cursor: run.cursor,
      reached: async (cursor: string, done: Counts = {}) => {
        const next = await this.runs.replace(run, furthered(run, done, cursor));
        if (!next || signal.aborted) throw new Interrupted();
        run = next;
      },
    };
    try {
      const done = (await job.work(context)) ?? {};
      const over = await this.runs.replace(run, finished(run, done, clock.now()));
      this.ended.inc({ scheduled_job: job.name, outcome: over ? 'done' : 'interrupted' });
      if (over) this.log.info('a job is done', { ...about, counts: over.counts });
    } catch (error) {
      if (signal.aborted || error instanceof Interrupted) {
        this.ended.inc({ scheduled_job: job.name, outcome: 'interrupted' });
        this.log.info('a job was interrupted', about);
        return;
      }
      const next = failed(run, String(error).slice(0, 500), clock.now());
      await this.runs.replace(run, next);
      this.ended.inc({ scheduled_job: job.name, outcome: next.state.status === 'failed' ? 'failed' : 'retried' });
      this.log.error('a job has failed', error, { ...about, state: next.state });
    }
  }
}

/** One that is running may have been left behind: whoever gets the lease goes on with it. */
const isDue = ({ state }: JobRun, now: Date): boolean =>
  state.status === 'running' || (state.status === 'waiting' && state.notBefore <= now);
