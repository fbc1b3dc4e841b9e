import { setTimeout as pause } from 'node:timers/promises';
import { BadUsage, type Manner, mannerOf, parsedArgs } from './command.js';
import { type Desk, type Job, type JobRun, Refused } from './desk.js';
import type { Voice } from './operator.js';
import { moment, table } from './report.js';

export type JobsCommand =
  | { readonly name: 'help' }
  | { readonly name: 'list'; readonly service?: string }
  | { readonly name: 'show'; readonly job: string }
  | { readonly name: 'run'; readonly job: string; readonly wait: boolean; readonly reason?: string };

export const jobsUsage = `Usage: npm run jobs -- COMMAND

  list [SERVICE]          what is done at set times: when next, and how the latest run went
  show JOB                the latest runs of one, as identity.cleanup
  run JOB [--reason R]    have it run now, and wait for it; a run that is under way already is that one
      [--no-wait]

--json, --url and --data, and who you are, are as with npm run events. Exit codes: 0 done, 1 refused or failed,
2 the command cannot be understood.`;

const options = { reason: { type: 'string' }, 'no-wait': { type: 'boolean' } } as const;

/** Throws {@link BadUsage}. */
export function readJobsCommand(args: readonly string[]): { command: JobsCommand; manner: Manner } {
  const { values, positionals } = parsedArgs(args, options);
  const manner = mannerOf(values);
  const [name = 'list', what, ...rest] = positionals;
  if (values.help || name === 'help') return { command: { name: 'help' }, manner };
  if (rest.length > 0) throw new BadUsage(`${name} does not know what to do with ${rest.join(' ')}.`);
  if (name !== 'run' && (values.reason !== undefined || values['no-wait']))
    throw new BadUsage(`${name} takes neither --reason nor --no-wait.`);
  if (name === 'list') return { command: { name, ...(what === undefined ? {} : { service: what }) }, manner };
  if (name !== 'show' && name !== 'run') throw new BadUsage(`There is no command ${name}.`);
  if (what === undefined || !what.includes('.'))
    throw new BadUsage(`${name} needs the name of a job: identity.cleanup.`);
  if (name === 'show') return { command: { name, job: what }, manner };
  const reason = values.reason?.trim();
  return { command: { name, job: what, wait: !values['no-wait'], ...(reason ? { reason } : {}) }, manner };
}

/** Does what was asked. Throws {@link Refused}. */
export async function doJobs(
  command: Exclude<JobsCommand, { name: 'help' }>,
  desk: Desk,
  voice: Voice,
  everyMs = 400,
): Promise<void> {
  if (command.name === 'list') {
    const named = command.service === undefined ? undefined : [command.service];
    const services = named ?? (await desk.overview()).services.map(({ service }) => service);
    const jobs = (await Promise.all(services.map((service) => desk.jobs(service)))).flat();
    return voice.answer(jobsReport(jobs), jobs);
  }
  if (command.name === 'show') {
    const job = await desk.job(command.job);
    return voice.answer(runsReport(job), job);
  }
  const { runId } = await desk.runJob(command.job, command.reason);
  if (!command.wait) return voice.answer(`${command.job} is being run.`, { runId });
  let said = '';
  for (;;) {
    const run = (await desk.job(command.job)).runs.find((each) => each.runId === runId);
    if (!run) throw new Refused(`${command.job} has no run ${runId} any more`);
    const line = `${run.status}${countsOf(run)}`;
    if (line !== said) voice.progress(`${command.job}: ${line}`);
    said = line;
    if (run.status === 'done') return voice.answer(`${command.job} is done${countsOf(run)}.`, run);
    if (run.failure !== undefined) throw new Refused(`${command.job} has failed: ${run.failure}`);
    await pause(everyMs);
  }
}

const countsOf = ({ counts }: JobRun): string => {
  const told = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  return told.length > 0 ? `: ${told.join(', ')}` : '';
};

function jobsReport(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'Nothing is done at set times.';
  const rows = jobs.map(({ name, schedule, nextDueAt, runs: [latest] }) => [
    name,
    schedule,
    moment(nextDueAt),
    latest
      ? `${latest.status} ${moment(latest.finishedAt ?? latest.startedAt ?? latest.dueAt)}${countsOf(latest)}`
      : '–',
  ]);
  return table(['job', 'when', 'next (UTC)', 'latest run (UTC)'], rows);
}

function runsReport({ name, summary, schedule, runs }: Job): string {
  const rows = runs.map((run) => [
    moment(run.dueAt),
    run.startedAt ? moment(run.startedAt) : '–',
    run.finishedAt ? moment(run.finishedAt) : '–',
    run.status,
    String(run.attempts),
    run.operatorId ?? 'its time',
    run.failure ?? countsOf(run).replace(': ', ''),
  ]);
  const head = ['due (UTC)', 'begun', 'over', 'outcome', 'attempts', 'because of', 'what it did'];
  return `${name}, ${schedule}: ${summary}\n${runs.length > 0 ? table(head, rows) : 'It has not run yet.'}`;
}
