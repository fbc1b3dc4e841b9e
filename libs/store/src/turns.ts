/** Work for one key happens one at a time, in the order of arrival; work for different keys does not wait. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled: Promise<void> = mine.then(
      () => this.leave(key, settled),
      () => this.leave(key, settled),
    );
    this.last.set(key, settled);
    return mine;
  }

  private leave(key: string, settled: Promise<unknown>): void {
    if (this.last.get(key) === settled) this.last.delete(key);
  }
}
