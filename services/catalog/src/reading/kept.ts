interface Entry<Value> {
  readonly value: Promise<Value | undefined>;
  readonly until: number;
}

/**
 * What was loaded a moment ago, so that what many read is loaded once. Holds at most `limit` values, those read last, and each
 * for at most `ms`; what is not there is not remembered.
 */
export class Kept<Value> {
  private readonly entries = new Map<string, Entry<Value>>();

  /** @param now ms from any beginning */
  constructor(
    private readonly limit: number,
    private readonly ms: number = Number.POSITIVE_INFINITY,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The value, from here or from `load`; of those who ask at the same time only one loads. Rejects when `load` does. */
  async get(id: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const known = this.entries.get(id);
    this.entries.delete(id);
    const entry = known && known.until > this.now() ? known : { value: load(), until: this.now() + this.ms };
    this.entries.set(id, entry); // the last one read is the last one to go
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limit) break;
      this.entries.delete(oldest);
    }
    if (entry === known) return entry.value;
    const forget = () => this.entries.get(id) === entry && this.entries.delete(id);
    try {
      const value = await entry.value;
      if (value === undefined) forget();
      return value;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
