/** Work that is done again and again, one run at a time, until it is stopped. Intervals vary a little between instances. */
export class Repeating {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wanted = false;
  private stopped = true;

  /** @param everyMs from the end of one run to the beginning of the next */
  constructor(
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    this.stopped = false;
    this.later();
  }

  /** Runs it now; or once more when the current run ends. */
  nudge(): void {
    if (this.stopped) return;
    this.wanted = true;
    if (!this.running) this.begin();
  }

  /** Waits for the current run; begins none. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (!this.stopped) this.later();
    });
  }

  private async run(): Promise<void> {
    do {
      this.wanted = false;
      try {
        await this.work();
      } catch (error) {
        this.failed(error);
      }
    } while (this.wanted && !this.stopped);
  }

  private later(): void {
    const jitter = 0.9 + Math.random() * 0.2;
    this.timer = setTimeout(() => this.begin(), this.everyMs * jitter);
    this.timer.unref();
  }
}
