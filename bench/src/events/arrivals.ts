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
