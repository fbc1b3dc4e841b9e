import { failedToParse } from '../../errors.js';
import { dayMs, dayNumber, daysInMonth, localOf, momentOf, utcOf, wallOf, weekday } from './calendar.js';

const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type Unit = (typeof units)[number];

export function unitOf(value: unknown): Unit {
  const found = units.find((unit) => unit === value);
  if (!found) throw failedToParse(`unknown time unit value: ${String(value)}`);
  return found;
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** 0 is Sunday. */
export function startOfWeek(value: unknown): number {
  const text = String(value).toLowerCase();
  const at = weekdays.findIndex((day) => day === text || day.slice(0, 3) === text);
  if (at === -1) throw failedToParse(`unknown day of week value: ${String(value)}`);
  return at;
}

const lengths: Readonly<Partial<Record<Unit, number>>> = {
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};
const monthsIn: Readonly<Partial<Record<Unit, number>>> = { year: 12, quarter: 3, month: 1 };

/** A later (or earlier) moment: units above the hour move the wall clock, smaller ones the time itself. */
export function addUnits(date: Date, unit: Unit, amount: number, zone: string | undefined): Date {
  const length = lengths[unit];
  if (length !== undefined) return new Date(date.getTime() + amount * length);
  const local = localOf(date.getTime(), zone);
  const months = monthsIn[unit];
  if (months === undefined) return new Date(momentOf(local + amount * (unit === 'week' ? 7 : 1) * dayMs, zone));
  const wall = wallOf(local);
  const total = wall.year * 12 + (wall.month - 1) + amount * months;
  const [year, month] = [Math.floor(total / 12), (((total % 12) + 12) % 12) + 1];
  const day = Math.min(wall.day, daysInMonth(year, month));
  return new Date(momentOf(utcOf({ ...wall, year, month, day }), zone));
}

const monthNumber = (local: number): number => {
  const { year, month } = wallOf(local);
  return year * 12 + month - 1;
};

/** The number of a week that begins on the given day. */
const weekNumber = (local: number, start: number): number => Math.floor((dayNumber(local) + 4 - start) / 7);

/** How many borders of a unit lie between two moments. */
export function differenceIn(from: Date, to: Date, unit: Unit, zone: string | undefined, start: number): number {
  const [a, b] = [localOf(from.getTime(), zone), localOf(to.getTime(), zone)];
  const length = lengths[unit];
  if (length !== undefined) return Math.floor(b / length) - Math.floor(a / length);
  if (unit === 'day') return dayNumber(b) - dayNumber(a);
  if (unit === 'week') return weekNumber(b, start) - weekNumber(a, start);
  const months = monthsIn[unit] ?? 1;
  return Math.floor(monthNumber(b) / months) - Math.floor(monthNumber(a) / months);
}

/** Bins are counted from here, as MongoDB does. */
const reference = Date.UTC(2000, 0, 1);
const bin = (value: number, size: number) => Math.floor(value / size) * size;

/** The beginning of the bin of units in which a moment lies. */
export function truncateTo(date: Date, unit: Unit, size: number, zone: string | undefined, start: number): Date {
  const local = localOf(date.getTime(), zone);
  const months = monthsIn[unit];
  if (months !== undefined) {
    const first = 2000 * 12;
    const at = first + bin(monthNumber(local) - first, months * size);
    const wall = {
      year: Math.floor(at / 12),
      month: (((at % 12) + 12) % 12) + 1,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      millisecond: 0,
    };
    return new Date(momentOf(utcOf(wall), zone));
  }
  const length = lengths[unit];
  if (length !== undefined && unit !== 'hour')
    return new Date(momentOf(reference + bin(local - reference, length * size), zone));
  if (length !== undefined)
    return new Date(date.getTime() - (local - (reference + bin(local - reference, length * size))));
  const week = unit === 'week';
  const origin = week ? reference + ((start - weekday(reference) + 7) % 7) * dayMs : reference;
  return new Date(momentOf(origin + bin(local - origin, dayMs * (week ? 7 : 1) * size), zone));
}
