import { Readable } from 'node:stream';

/** Where a reader of the stream is who has seen nothing yet. */
export const BEGINNING = 'beginning';
const mostBuffered = 256 * 1_024;

/** One event of a `text/event-stream` (HTML Living Standard, 9.2). `data` is sent as JSON, which has no line breaks. */
export function eventText(event: string, data: object, id?: string): string {
  const fields = [`event: ${event}`, `data: ${JSON.stringify(data)}`];
  if (id !== undefined) fields.push(`id: ${id}`);
  return `${fields.join('\n')}\n\n`;
}

/** One open connection of a reader. */
export class Stream {
  readonly body = new Readable({ read: () => undefined });
  /** The number of the newest notification that was sent; undefined until it is known where the reader is. */
  seen: number | undefined;
  private under: Promise<void> = Promise.resolve();

  constructor(
    readonly userId: string,
    readonly sessionId: string,
  ) {}

  get isOpen(): boolean {
    return !this.body.destroyed && !this.body.readableEnded && !this.ended;
  }
  private ended = false;

  /** A reader that does not keep up is cut off: it comes back and says where it was. */
  send(text: string): void {
    if (!this.isOpen) return;
    this.body.push(text);
    if (this.body.readableLength > mostBuffered) this.end();
  }

  heartbeat(): void {
    this.send(': alive\n\n');
  }

  end(): void {
    if (!this.isOpen) return;
    this.ended = true;
    this.body.push(null);
  }

  /** One thing after the other, so that what is sent stays in order. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.under.then(() => (this.isOpen ? work() : undefined));
    this.under = mine.catch(() => undefined);
    return mine;
  }
}
