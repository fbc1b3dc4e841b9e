/** Waits for a number of arrivals. */
export class Arrivals {
  private left = 0;
  private last = Promise.withResolvers<void>();

  /** From now on `count` of them make the whole. */
  expect(count: number): void {
    this.left = count;
    this.last = Promise.withResolvers();
  }

  one(): void {
    this.left -= 1;
    if (this.left === 0) this.last.resolve();
  }

  /** Resolves with the last one of those expected. */
  all(): Promise<void> {
    return this.last.promise;
  }
}

/** Does `job` `count` times, `width` at once. */
export async function manyTimes(
  count: number,
  width: number,
  job: (number: number) => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  const line = async () => {
    while (begun < count) await job((begun += 1));
  };
  await Promise.all(Array.from({ length: width }, line));
}
