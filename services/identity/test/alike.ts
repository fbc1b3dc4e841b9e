/** How two series of times in ms compare. */
export interface Comparison {
  /** Of the medians. */
  readonly difference: number;
  /** Standard error of that difference, from the spread of both series. */
  readonly error: number;
  /** Chance of ranks at least so different when both come from one distribution (Mann-Whitney, two-sided). */
  readonly chance: number;
}

export function compare(a: readonly number[], b: readonly number[]): Comparison {
  return {
    difference: Math.abs(quantile(a, 0.5) - quantile(b, 0.5)),
    error: Math.hypot(errorOfMedian(a), errorOfMedian(b)),
    chance: mannWhitney(a, b),
  };
}

/** The medians lie within 5 ms, as far as so many samples can tell, and so do the whole distributions. */
export const isAlike = ({ difference, error, chance }: Comparison): boolean =>
  difference <= 5 + 2 * error && chance > 0.001;

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((x, y) => x - y);
  const at = (sorted.length - 1) * share;
  const [low = 0, high = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** From the quartiles, so that a few slow answers do not count for much. */
function errorOfMedian(times: readonly number[]): number {
  const deviation = (quantile(times, 0.75) - quantile(times, 0.25)) / 1.349;
  return (1.2533 * deviation) / Math.sqrt(times.length);
}

function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const wins = a.reduce((sum, x) => sum + b.reduce((won, y) => won + (x > y ? 1 : x === y ? 0.5 : 0), 0), 0);
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return Math.min(1, 2 * upperTail(Math.abs(wins - mean) / deviation));
}

/** Of the normal distribution (Abramowitz and Stegun 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const coefficients = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
  const sum = coefficients.reduceRight((rest, coefficient) => t * (coefficient + rest), 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
