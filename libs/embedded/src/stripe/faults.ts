/** What goes wrong on purpose; all off by default. */
export interface Faults {
  /** Extra copies of every event: true is one. */
  duplicates?: boolean | number;
  /** The first attempt of every delivery waits so long. */
  delayMs?: number;
  /** Events leave in random order. */
  shuffle?: boolean;
  /** Every n-th delivery is lost for good; only `redeliver` brings it. */
  dropEvery?: number;
  /** Every API call takes so long; two with one idempotency key then meet (409). */
  apiDelayMs?: number;
  /** Every n-th POST to the API is carried out but its answer never arrives. */
  apiLoseEvery?: number;
}
