export interface QueueLimits {
  /** How much work runs at once. */
  readonly atOnce: number;
  /** How much more may wait for its turn. */
  readonly waiting: number;
  /** What is thrown at work that finds the queue full. */
  readonly refuse: () => Error;
}

/** Runs expensive work a few pieces at a time, and refuses at once what would have to wait too long. */
export class BoundedQueue {
  private running = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly limits: QueueLimits) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.limits.atOnce) {
      if (this.line.length >= this.limits.waiting) throw this.limits.refuse();
      await new Promise<void>((turn) => this.line.push(turn)); // whoever ends hands its place on
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
