import type { Bus, Consumer, DeadLetter, Delivery, Subscription } from '@lyceum/bus';
import type { Envelope } from '@lyceum/contracts';

/** A bus that keeps what was published and hands it to its subscribers at once, without retries. */
export class RecordingBus implements Bus {
  readonly kind = 'recording';
  /** Everything that was confirmed, in the order of its publication. */
  readonly published: Envelope[] = [];
  private readonly subscriptions = new Set<Subscription>();
  private fault: (() => unknown) | undefined;
  private ready = true;

  /** From now on nothing can be published: `publish` rejects with `error`. */
  breakDown(error: Error = new Error('The bus is away'), { ready = false } = {}): void {
    this.fault = () => error;
    this.ready = ready;
  }

  /** Works again. */
  recover(): void {
    this.fault = undefined;
    this.ready = true;
  }

  /** The published events of a type. */
  ofType(type: string): Envelope[] {
    return this.published.filter((event) => event.type === type);
  }

  async start(): Promise<void> {}

  async publish(events: readonly Envelope[]): Promise<void> {
    if (this.fault) throw this.fault();
    for (const event of events) {
      this.published.push(event);
      await this.deliver(event, (subscription) => subscription.types.includes(event.type), false);
    }
  }

  async publishTo(service: string, events: readonly Envelope[]): Promise<void> {
    if (this.fault) throw this.fault();
    for (const event of events) await this.deliver(event, (subscription) => subscription.service === service, true);
  }

  async subscribe(subscription: Subscription): Promise<Consumer> {
    this.subscriptions.add(subscription);
    return {
      stop: async () => {
        this.subscriptions.delete(subscription);
      },
    };
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return [];
  }

  async countDead(): Promise<number> {
    return 0;
  }

  async replayDead(): Promise<DeadLetter[]> {
    return [];
  }

  async dropDead(): Promise<DeadLetter[]> {
    return [];
  }

  isReady(): boolean {
    return this.ready;
  }

  async close(): Promise<void> {}

  private async deliver(event: Envelope, isFor: (to: Subscription) => boolean, replayed: boolean): Promise<void> {
    const delivery: Delivery = { event: structuredClone(event), attempt: 1, replayed };
    for (const subscription of this.subscriptions) if (isFor(subscription)) await subscription.handle(delivery);
  }
}
