import type { Bus, DeadLetter, DeadLetterSelection } from '@lyceum/bus';
import type { Envelope } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import type { Database, Page, Rebuildable } from '@lyceum/store';
import type { Log } from '@lyceum/telemetry';
import type { Job } from '../jobs/job.js';
import type { JobRun } from '../jobs/job-run.js';
import type { ScheduledJobs } from '../jobs/scheduled-jobs.js';
import type { Rebuilds } from '../rebuilds/rebuilds.js';
import type { OperatorAct, OperatorActs } from './operator-acts.store.js';
import { refusals } from './refusals.js';

/** One request gives back so many dead letters; whoever wants more asks again. */
const mostAtOnce = 2_000;
const mostNoted = 100;

export interface Done {
  /** To how many dead letters it was done; in a rehearsal, to how many it would be. */
  readonly count: number;
  /** Whether there may be more that are meant. */
  readonly more: boolean;
  readonly ids: readonly string[];
}

/** What operators can see and do in one service. Every act is written down: who, when, what, why. */
export class OperatorsService {
  constructor(
    readonly service: string,
    private readonly bus: Pick<Bus, 'deadLetters' | 'countDead' | 'replayDead' | 'dropDead'>,
    private readonly database: Database,
    private readonly rebuilds: Rebuilds,
    private readonly scheduled: ScheduledJobs,
    private readonly acts: OperatorActs,
    private readonly log: Log,
  ) {}

  countDead(): Promise<number> {
    return this.bus.countDead(this.service);
  }

  deadLetters(selection: DeadLetterSelection): Promise<DeadLetter[]> {
    return this.bus.deadLetters(this.service, selection);
  }

  async deadLetter(eventId: string): Promise<DeadLetter> {
    const [letter] = await this.deadLetters({ ids: [eventId], limit: 1 });
    if (!letter) throw refusals.deadLetterNotFound();
    return letter;
  }

  /** How many a replay would give back. */
  async rehearse(selection: DeadLetterSelection): Promise<Done> {
    return doneTo(await this.deadLetters({ ...selection, limit: mostAtOnce }));
  }

  /** Gives dead letters back to the service. Done twice, the second time finds none of them, or those that failed again. */
  replay(operatorId: string, selection: DeadLetterSelection, reason?: string): Promise<Done> {
    // what fails anew meanwhile is not meant
    const now = new Date();
    const { failedBefore = now } = selection;
    const meant = { ...selection, failedBefore: failedBefore < now ? failedBefore : now, limit: mostAtOnce };
    return this.toLetters({ operatorId, act: 'replay', order: written(selection), reason }, () =>
      this.bus.replayDead(this.service, meant),
    );
  }

  /** Takes dead letters away for good: what their events should have done is not done any more. */
  drop(operatorId: string, ids: readonly string[], reason: string): Promise<Done> {
    return this.toLetters({ operatorId, act: 'drop', order: written({ ids }), reason }, () =>
      this.bus.dropDead(this.service, { ids }),
    );
  }

  projections(): Rebuildable[] {
    return Array.from(this.database.projections.values()).sort((a, b) => a.name.localeCompare(b.name));
  }

  projection(name: string): Rebuildable {
    const projection = this.database.projections.get(name);
    if (!projection) throw refusals.projectionNotFound();
    return projection;
  }

  /** Has a projection made anew. While one is under way there is no second, and nothing to write down. Throws Busy. */
  async rebuild(operatorId: string, name: string, reason?: string): Promise<Rebuildable> {
    const projection = this.projection(name);
    const { status } = (await projection.rebuild.state()) ?? {};
    if (status === 'announced' || status === 'filling' || status === 'replacing') return projection;
    await this.onRecord({ operatorId, act: 'rebuild', order: { projection: name }, reason }, () =>
      this.rebuilds.begin(projection),
    );
    return projection;
  }

  jobs(): readonly Job[] {
    return this.scheduled.list();
  }

  job(name: string): Job {
    const job = this.scheduled.find(name);
    if (!job) throw refusals.jobNotFound();
    return job;
  }

  /** The runs of a job, the latest first. */
  runs({ name }: Job, limit: number): Promise<JobRun[]> {
    return this.scheduled.latest(name, limit);
  }

  /** Has a job run now, out of turn. */
  async runJob(operatorId: string, name: string, reason?: string): Promise<JobRun> {
    const job = this.job(name);
    return this.onRecord({ operatorId, act: 'run-job', order: { job: name }, reason }, () =>
      this.scheduled.request(job, operatorId),
    );
  }

  /** The next events of the service's own log. */
  async events(query: {
    after?: string | undefined;
    type?: string | undefined;
    subject?: string | undefined;
    limit: number;
  }): Promise<Envelope[]> {
    const { after: afterId, type, subject, limit } = query;
    try {
      return await this.database.events.read({ afterId, subject, limit, ...(type ? { types: [type] } : {}) });
    } catch (error) {
      if (error instanceof RangeError) throw refusals.eventNotFound();
      throw error;
    }
  }

  latestActs(page: { after?: string | undefined; limit: number }): Promise<Page<OperatorAct>> {
    return this.acts.latest(page);
  }

  /** Writes down that an operator does something, then does it, then writes down how it went. */
  async onRecord<Outcome>(
    { reason, ...about }: Ordered,
    work: () => Promise<Outcome>,
    noted: (outcome: Outcome) => Pick<OperatorAct, 'count' | 'events'> = () => ({}),
  ): Promise<Outcome> {
    const id = newId();
    await this.acts.insertOnce({ id, at: new Date(), ...about, ...(reason ? { reason } : {}), outcome: 'begun' });
    const said = { act: about.act, actId: id, operator: about.operatorId, order: about.order, reason };
    try {
      const outcome = await work();
      const notes = noted(outcome);
      await this.acts.update(id, { outcome: 'done', ...notes });
      this.log.info('an operator has acted', { ...said, count: notes.count });
      return outcome;
    } catch (error) {
      await this.acts.update(id, { outcome: 'failed', failure: String(error).slice(0, 500) }).catch(() => undefined);
      this.log.error('what an operator wanted has failed', error, said);
      throw error;
    }
  }

  private async toLetters(about: Ordered, work: () => Promise<readonly DeadLetter[]>): Promise<Done> {
    const letters = await this.onRecord(about, work, (done) => ({
      count: done.length,
      events: done.slice(0, mostNoted).map(({ event }) => ({ id: event.id, type: event.type, subject: event.subject })),
    }));
    return doneTo(letters);
  }
}

type Ordered = Pick<OperatorAct, 'operatorId' | 'act' | 'order'> & { readonly reason?: string | undefined };

const doneTo = (letters: readonly DeadLetter[]): Done => ({
  count: letters.length,
  more: letters.length >= mostAtOnce,
  ids: letters.slice(0, mostNoted).map(({ event }) => event.id),
});

/** A selection as plain values, without what was not given. */
const written = (selection: DeadLetterSelection): Record<string, unknown> =>
  Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
