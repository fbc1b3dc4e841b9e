/** Again and again, at times of UTC. There is no daylight saving time in it, so no run is left out or done twice by that. */
export interface Schedule {
  /** In ms. */
  readonly every: number;
  /** The first time after 1970-01-01T00:00Z, in ms. */
  readonly first: number;
  /** For people: `Sundays at 03:00 UTC`. */
  readonly text: string;
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
// the first day of 1970 was a Thursday
const days = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday'] as const;
export type Day = (typeof days)[number];

/** @param at `HH:MM`, UTC. Throws RangeError for anything else. */
export const daily = (at: string): Schedule => ({ every: DAY, first: minuteOf(at), text: `daily at ${at} UTC` });

/** @param at `HH:MM`, UTC. Throws RangeError for anything else. */
export const weekly = (day: Day, at: string): Schedule => ({
  every: 7 * DAY,
  first: days.indexOf(day) * DAY + minuteOf(at),
  text: `${day}s at ${at} UTC`,
});

/** The latest moment, now or before, at which it was due. */
export const lastDue = ({ every, first }: Schedule, now: Date): Date =>
  new Date(Math.floor((now.getTime() - first) / every) * every + first);

/** The first moment after now at which it will be due. */
export const nextDue = (schedule: Schedule, now: Date): Date =>
  new Date(lastDue(schedule, now).getTime() + schedule.every);

function minuteOf(at: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(at) ?? [];
  if (hours === undefined || minutes === undefined) throw new RangeError(`${at} is not a time of day`);
  return (Number(hours) * 60 + Number(minutes)) * MINUTE;
}
