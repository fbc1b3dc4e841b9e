import type { DeadLetter, DeadLetterSelection } from './bus.js';

/** So many dead letters one call replays or drops if it names no limit: all of them are in memory at once. */
export const MOST_AT_ONCE = 10_000;
/** So many dead letters are listed if no limit is named. */
export const MOST_LISTED = 100;

/** Tells whether a dead letter is among the selected ones, the limit aside. */
export function selectedBy(selection: DeadLetterSelection): (letter: DeadLetter) => boolean {
  const { type, failedAfter, failedBefore } = selection;
  const ids = selection.ids && new Set(selection.ids);
  return ({ event, lastFailedAt }) => {
    const failed = Date.parse(lastFailedAt);
    return (
      (ids === undefined || ids.has(event.id)) &&
      (type === undefined || event.type === type) &&
      (failedAfter === undefined || failed >= failedAfter.getTime()) &&
      (failedBefore === undefined || failed < failedBefore.getTime())
    );
  };
}

/** The one that failed longest ago first. */
export const byFailure = (one: DeadLetter, other: DeadLetter): number =>
  one.lastFailedAt.localeCompare(other.lastFailedAt);

/** In the order in which things happened: for the events of one aggregate that is the order of its versions. */
export function byOccurrence({ event: one }: DeadLetter, { event: other }: DeadLetter): number {
  if (one.subject === other.subject) return one.aggregateversion - other.aggregateversion;
  return one.time.localeCompare(other.time);
}
