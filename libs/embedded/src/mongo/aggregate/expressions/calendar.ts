import { CommandError } from '../../errors.js';

/** A moment as a wall clock shows it. */
export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export const dayMs = 86_400_000;

/** The milliseconds of a wall clock that shows universal time; fields may lie outside of their usual ranges. */
export function utcOf(wall: Wall): number {
  const date = new Date(0);
  date.setUTCFullYear(wall.year, wall.month - 1, wall.day);
  date.setUTCHours(wall.hour, wall.minute, wall.second, wall.millisecond);
  return date.getTime();
}

export function wallOf(utc: number): Wall {
  const date = new Date(utc);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw new CommandError(40485, `unrecognized time zone identifier: "${zone}"`);
    }
    formats.set(zone, format);
  }
  return format;
}

/** How many milliseconds a zone is ahead of universal time at a moment. Zones: `UTC`, `+hh[:mm]` or an Olson name. */
export function offsetAt(zone: string | undefined, utc: number): number {
  if (zone === undefined || zone === 'UTC' || zone === 'GMT' || zone === 'Z') return 0;
  const fixed = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    return (fixed[1] === '-' ? -1 : 1) * minutes * 60_000;
  }
  if (/^[+-]/.test(zone)) throw new CommandError(40485, `unrecognized time zone identifier: "${zone}"`);
  const parts = new Map(
    formatOf(zone)
      .formatToParts(utc)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name));
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
  const shown = utcOf({
    year,
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    millisecond: 0,
  });
  return shown - Math.floor(utc / 1000) * 1000;
}

/** The wall clock's time in a zone, as milliseconds that read as universal time. */
export const localOf = (utc: number, zone: string | undefined): number => utc + offsetAt(zone, utc);

/** The moment at which a wall clock in a zone shows this; of two moments the earlier. */
export function momentOf(local: number, zone: string | undefined): number {
  const first = local - offsetAt(zone, local);
  const second = local - offsetAt(zone, first);
  return localOf(first, zone) === local ? Math.min(first, localOf(second, zone) === local ? second : first) : second;
}

/** Days since 1970-01-01. */
export const dayNumber = (local: number): number => Math.floor(local / dayMs);

/** 0 is Sunday. */
export const weekday = (local: number): number => new Date(local).getUTCDay();

export const isoWeekday = (local: number): number => weekday(local) || 7;

export function dayOfYear(local: number): number {
  const { year } = wallOf(local);
  return dayNumber(local) - dayNumber(Date.UTC(year, 0, 1)) + 1;
}

/** Weeks begin on Sunday; the days before the first one are week 0. */
export const weekOfYear = (local: number): number => Math.floor((dayOfYear(local) + 6 - weekday(local)) / 7);

/** ISO 8601: a week belongs to the year that has its Thursday. */
export function isoWeek(local: number): { year: number; week: number } {
  const thursday = local + (4 - isoWeekday(local)) * dayMs;
  const { year } = wallOf(thursday);
  return { year, week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}

/** The Monday on which an ISO week year begins. */
export function isoYearStart(year: number): number {
  const fourth = new Date(0);
  fourth.setUTCFullYear(year, 0, 4);
  const at = fourth.getTime();
  return at - (isoWeekday(at) - 1) * dayMs;
}

export const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
