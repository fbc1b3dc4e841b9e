import { allEvents, directMessages } from './all-events.js';
import type { Redaction } from './personal.js';

/** As much of an event as tells whom it speaks of; its data as JSON. */
interface Told {
  readonly type: string;
  readonly data: unknown;
}

const redactions: ReadonlyMap<string, readonly Redaction[]> = new Map(
  [...allEvents, ...directMessages].map(({ type, personal }) => [type, personal]),
);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The ids of the people of whom an event speaks, by the marks in its contract. */
export function peopleIn({ type, data }: Told): readonly string[] {
  if (!isRecord(data)) return [];
  const named = (redactions.get(type) ?? []).map(({ of }) => data[of]);
  return [...new Set(named.filter((id) => typeof id === 'string'))];
}

/** Whether anything of an event would be blanked if one of its people were erased: others only name people. */
export const tellsPersonal = ({ type, data }: Told): boolean =>
  isRecord(data) &&
  (redactions.get(type) ?? []).some(({ of, blanks }) => typeof data[of] === 'string' && blanks.size > 0);

/**
 * The event without what it tells about those who are `gone`: it still fits its contract and still names them by their ids.
 * The very same object when there is nothing to blank.
 */
export function withoutPeople<Event extends Told>(event: Event, gone: (personId: string) => boolean): Event {
  const { type, data } = event;
  if (!isRecord(data)) return event;
  const blanked: Record<string, unknown> = { ...data };
  let differs = false;
  for (const { of, blanks } of redactions.get(type) ?? []) {
    const person = data[of];
    if (typeof person !== 'string' || !gone(person)) continue;
    for (const [field, blank] of blanks) {
      if (!(field in blanked) || JSON.stringify(blanked[field]) === JSON.stringify(blank)) continue;
      differs = true;
      if (blank === undefined) delete blanked[field];
      else blanked[field] = blank;
    }
  }
  return differs ? { ...event, data: blanked } : event;
}

/** The fields by which the events of a service name people: what their log is searched by. */
export const namingFields = (service: string): readonly string[] => [
  ...new Set(
    allEvents.filter((event) => event.service === service).flatMap(({ personal }) => personal.map(({ of }) => of)),
  ),
];
