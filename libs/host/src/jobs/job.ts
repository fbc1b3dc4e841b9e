import type { Schedule } from './schedule.js';

/** How many of what: `{ removed: 12 }`. */
export type Counts = Readonly<Record<string, number>>;

/** What the work of a job knows of the run that it belongs to. */
export interface JobContext {
  readonly runId: string;
  /** Aborts when the service ends, or another instance has taken the run over. {@link reached} throws then. */
  readonly signal: AbortSignal;
  /** Where the work had come to when it was interrupted, in its own words; undefined at its beginning. */
  readonly cursor: string | undefined;
  /**
   * Writes down how far the work is, and what it has done since the last time: whoever takes it over goes on there. What was done
   * after the last call may be done again. Throws {@link Interrupted} when this instance must not go on.
   */
  readonly reached: (cursor: string, done?: Counts) => Promise<void>;
}

/** Work in batches, each of which may be done again. Returns what it has done since it last said so. */
export type JobWork = (context: JobContext) => Promise<Counts | void>;

export interface Job {
  /** `identity.cleanup` */
  readonly name: string;
  /** What it does, in one sentence, for operators. */
  readonly summary: string;
  readonly schedule: Schedule;
  readonly work: JobWork;
}

/** Another instance goes on with it, now or after the next start. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

type Listed = Omit<Job, 'work'>;
const listed = new WeakMap<object, Listed>();

/** Marks a method of a service's jobs class: in the whole fleet it is called once each time that the schedule says so. */
export function Scheduled(name: string, summary: string, schedule: Schedule) {
  return <Work extends JobWork>(_target: object, key: string, descriptor: TypedPropertyDescriptor<Work>): void => {
    if (!descriptor.value) throw new TypeError(`@Scheduled(${name}) belongs on a method, not on ${key}`);
    listed.set(descriptor.value, { name, summary, schedule });
  };
}

/** The jobs of an instance of a jobs class, in the order of its methods. */
export function jobsOf(jobs: object): Job[] {
  const methods = Object.values(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(jobs)));
  return methods.flatMap(({ value }: TypedPropertyDescriptor<JobWork>) => {
    const about = value && listed.get(value);
    return value && about ? [{ ...about, work: (context: JobContext) => value.call(jobs, context) }] : [];
  });
}
