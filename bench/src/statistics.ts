/** The value below which `share` (0 to 1) of the values lie. Throws RangeError when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new RangeError('There is nothing to take a quantile of');
  return value;
}

/** The middle value; of an even number of values, between the two in the middle. */
export function median(values: readonly number[]): number {
  const backwards = values.map((value) => -value);
  return (quantile(values, 0.5) - quantile(backwards, 0.5)) / 2;
}

/** What several rounds of one measurement say: the machine is noisy, so the middle one counts and the others show by how much. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  least: quantile(values, 0),
  most: quantile(values, 1),
});

/** Round by round, what each is of its neighbour: what slows the machine for a while slows both. */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  if (of.length !== to.length) throw new RangeError(`${of.length} rounds cannot be compared with ${to.length}`);
  return of.map((value, round) => value / (to[round] ?? Number.NaN));
}
