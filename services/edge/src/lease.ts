/** At most this many requests are counted ahead, and at most this part of the limit. */
const AHEAD = 20;
const PART_AHEAD = 1 / 50;

/** Requests of one key that were counted in Redis together, until its minute is over; this instance counts them down alone. */
export interface Lease {
  /** Counted and not yet made. */
  held: number;
  /** What the limit leaves beside them. */
  remaining: number;
  /** How many were counted the last time; 0 before the first. */
  taken: number;
  /** Requests that wait for more. */
  waiting: number;
  /** End of the minute. */
  until: number;
  /** More is being counted; whether it could be. */
  renewal?: Promise<boolean> | undefined;
}

export const noLease = (): Lease => ({
  held: 0,
  remaining: 0,
  taken: 0,
  waiting: 0,
  until: Number.POSITIVE_INFINITY,
});

/** Whether the limit is reached, as Redis has said. */
export const isUsedUp = ({ held, remaining, taken }: Lease): boolean => taken > 0 && held === 0 && remaining === 0;

/**
 * How many requests to count next: those that wait, and ahead the more the more the key asks, but ever fewer towards the end of
 * what the limit leaves.
 */
export const nextTake = ({ taken, waiting, remaining }: Lease, limit: number): number =>
  Math.max(waiting, Math.floor(Math.min(2 * taken, remaining / 4, limit * PART_AHEAD, AHEAD)));

/** How many of `take` the limit allows, when `counted` is what Redis has counted with them. */
export const granted = (take: number, counted: number, limit: number): number =>
  Math.max(0, Math.min(take, limit - (counted - take)));
