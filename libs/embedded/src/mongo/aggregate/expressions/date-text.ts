import { CommandError } from '../../errors.js';
import {
  dayMs,
  dayOfYear,
  isoWeek,
  isoWeekday,
  isoYearStart,
  localOf,
  momentOf,
  offsetAt,
  utcOf,
  wallOf,
  weekday,
  weekOfYear,
} from './calendar.js';

const two = (value: number, width = 2) => String(value).padStart(width, '0');
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function offsetText(offset: number, colon: string): string {
  const minutes = Math.abs(Math.round(offset / 60_000));
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

const writers: Readonly<Record<string, (local: number, offset: number) => string>> = {
  Y: (local) => two(wallOf(local).year, 4),
  m: (local) => two(wallOf(local).month),
  d: (local) => two(wallOf(local).day),
  H: (local) => two(wallOf(local).hour),
  M: (local) => two(wallOf(local).minute),
  S: (local) => two(wallOf(local).second),
  L: (local) => two(wallOf(local).millisecond, 3),
  j: (local) => two(dayOfYear(local), 3),
  w: (local) => String(weekday(local) + 1),
  u: (local) => String(isoWeekday(local)),
  U: (local) => two(weekOfYear(local)),
  V: (local) => two(isoWeek(local).week),
  G: (local) => two(isoWeek(local).year, 4),
  z: (_, offset) => offsetText(offset, ''),
  Z: (_, offset) => (offset < 0 ? '-' : '+') + Math.abs(Math.round(offset / 60_000)),
  b: (local) => (months[wallOf(local).month - 1] ?? '').slice(0, 3),
  B: (local) => months[wallOf(local).month - 1] ?? '',
  '%': () => '%',
};

/** Refuses a format with a specifier that nobody knows. */
export function refuseFormat(format: string): void {
  for (const [, specifier = ''] of format.matchAll(/%([\s\S]?)/g)) {
    if (specifier === '') throw new CommandError(18535, "Unmatched '%' at end of format string");
    if (!(specifier in writers))
      throw new CommandError(18536, `Invalid format character '%${specifier}' in format string`);
  }
}

/** A date as text, by `$dateToString`'s format. */
export function writeDate(date: Date, format: string | undefined, zone: string | undefined): string {
  const utc = date.getTime();
  const { year } = wallOf(localOf(utc, zone));
  if (year < 0 || year > 9999)
    throw new CommandError(
      18537,
      `Could not convert date to string: date component was outside the supported range of 0-9999: ${year}`,
    );
  const local = localOf(utc, zone);
  const used = format ?? (zone === undefined || zone === 'UTC' ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L');
  refuseFormat(used);
  return used.replaceAll(
    /%([\s\S])/g,
    (_, specifier: string) => writers[specifier]?.(local, offsetAt(zone, utc)) ?? '',
  );
}

const failed = (text: string, why: string) => new CommandError(241, `Error parsing date string '${text}'; ${why}`);

const iso =
  /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?(?:\d{2})?|[A-Za-z_]+(?:\/[A-Za-z_]+)?)?)?\s*$/;

/** Reads a date without a format: ISO 8601 and what JavaScript reads without doubt. Throws 241. */
export function parseDate(text: string, zone: string | undefined): Date {
  const match = iso.exec(text);
  if (!match) {
    const named =
      /[A-Za-z]{3}/.test(text) && /\d{4}/.test(text)
        ? Date.parse(/(Z|GMT|UTC|[+-]\d{2}:?\d{2})\s*$/.test(text) ? text : `${text} UTC`)
        : Number.NaN;
    if (Number.isNaN(named)) throw failed(text, 'a date could not be read');
    return new Date(momentOf(named, zone));
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', given] = match;
  const wall = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(fraction.padEnd(3, '0').slice(0, 3)),
  };
  if (
    wall.month < 1 ||
    wall.month > 12 ||
    wall.day < 1 ||
    wall.day > 31 ||
    wall.hour > 24 ||
    wall.minute > 59 ||
    wall.second > 59
  )
    throw failed(text, 'a part is out of range');
  if (given !== undefined && zone !== undefined)
    throw failed(
      text,
      'you cannot pass in a date/time string with time zone information together with a timezone argument',
    );
  return new Date(momentOf(utcOf(wall), given ?? zone));
}

const readers: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})', m: '(?<m>\\d{1,2})', d: '(?<d>\\d{1,2})', H: '(?<H>\\d{1,2})', M: '(?<M>\\d{1,2})', S: '(?<S>\\d{1,2})',
  L: '(?<L>\\d{1,3})', j: '(?<j>\\d{1,3})', G: '(?<G>\\d{4})', V: '(?<V>\\d{1,2})', u: '(?<u>[1-7])', z: '(?<z>Z|[+-]\\d{2}:?\\d{2})',
  Z: '(?<Z>[+-]\\d{1,4})', b: '(?<b>[A-Za-z]{3})', B: '(?<B>[A-Za-z]+)', '%': '%',
}; // prettier-ignore

/** Reads a date by a format. Throws 241. */
export function parseDateBy(text: string, format: string, zone: string | undefined): Date {
  refuseFormat(format);
  const source = format.replaceAll(
    /%([\s\S])|([.*+?^${}()|[\]\\])/g,
    (_, specifier: string | undefined, special: string) =>
      specifier === undefined ? `\\${special}` : (readers[specifier] ?? ''),
  );
  const groups = new RegExp(`^${source}$`).exec(text)?.groups;
  if (!groups) throw failed(text, `it does not fit the format '${format}'`);
  const number = (name: string, fallback: number) => (groups[name] === undefined ? fallback : Number(groups[name]));
  const monthName = (groups['B'] ?? groups['b'])?.toLowerCase();
  const named =
    monthName === undefined ? 1 : months.findIndex((month) => month.toLowerCase().startsWith(monthName)) + 1;
  const time = { hour: number('H', 0), minute: number('M', 0), second: number('S', 0), millisecond: number('L', 0) };
  if (groups['G'] !== undefined) {
    const start = isoYearStart(number('G', 1970)) + ((number('V', 1) - 1) * 7 + number('u', 1) - 1) * dayMs;
    return new Date(momentOf(utcOf({ ...wallOf(start), ...time }), groups['z'] ?? zone));
  }
  if (groups['Y'] === undefined) throw failed(text, 'an incomplete date/time string has been found');
  const day = groups['j'] === undefined ? number('d', 1) : number('j', 1);
  const month = groups['j'] === undefined ? number('m', named) : 1;
  if (month < 1 || month > 12) throw failed(text, 'a part is out of range');
  return new Date(momentOf(utcOf({ year: number('Y', 1970), month, day, ...time }), groups['z'] ?? zone));
}
