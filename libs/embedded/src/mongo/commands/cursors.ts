import { randomBytes } from 'node:crypto';
import { Long } from 'bson';
import { CommandError } from '../errors.js';
import { maxDocumentBytes } from '../values/document.js';
import { CursorReply } from './cursor-reply.js';

interface OpenCursor {
  readonly namespace: string;
  readonly session: string | undefined;
  readonly rest: Iterator<Buffer>;
  /** Read ahead because it did not fit into the last batch. */
  held: Buffer | undefined;
  usedAt: number;
}

const idleMs = 10 * 60_000;
const firstBatchSize = 101;
const zero = Long.fromNumber(0);

/** The open cursors of a server. A cursor sees what was there when it was opened. */
export class Cursors {
  private readonly open = new Map<string, OpenCursor>();

  constructor(private readonly now: () => Date) {}

  get size(): number {
    return this.open.size;
  }

  /** Answers with the first batch and keeps the cursor if there is more. */
  start(
    namespace: string,
    results: Iterator<Buffer>,
    options: { batchSize?: number | undefined; single?: boolean; session?: string | undefined },
  ): CursorReply {
    const cursor: OpenCursor = {
      namespace,
      session: options.session,
      rest: results,
      held: undefined,
      usedAt: this.now().getTime(),
    };
    const { batch, more } = take(cursor, options.batchSize ?? firstBatchSize);
    if (!more || options.single) return new CursorReply('firstBatch', batch, zero, namespace);
    const id = Long.fromBigInt(BigInt.asIntN(64, randomBytes(8).readBigUInt64LE() >> 1n) | 1n);
    this.open.set(id.toString(), cursor);
    return new CursorReply('firstBatch', batch, id, namespace);
  }

  /** Throws 43 CursorNotFound. */
  more(id: Long, namespace: string, batchSize: number | undefined): CursorReply {
    const cursor = this.open.get(id.toString());
    if (!cursor) throw new CommandError(43, `cursor id ${id.toString()} not found`);
    if (cursor.namespace !== namespace)
      throw new CommandError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    cursor.usedAt = this.now().getTime();
    const { batch, more } = take(cursor, batchSize || Number.POSITIVE_INFINITY);
    if (!more) this.open.delete(id.toString());
    return new CursorReply('nextBatch', batch, more ? id : zero, namespace);
  }

  kill(ids: readonly Long[]): { killed: Long[]; missing: Long[] } {
    const killed: Long[] = [];
    const missing: Long[] = [];
    for (const id of ids) (this.open.delete(id.toString()) ? killed : missing).push(id);
    return { killed, missing };
  }

  killSession(session: string): void {
    for (const [id, cursor] of this.open) if (cursor.session === session) this.open.delete(id);
  }

  /** Forgets cursors that nobody has used for ten minutes. */
  expire(): void {
    const oldest = this.now().getTime() - idleMs;
    for (const [id, { usedAt }] of this.open) if (usedAt < oldest) this.open.delete(id);
  }
}

function take(cursor: OpenCursor, most: number): { batch: Buffer[]; more: boolean } {
  const batch: Buffer[] = [];
  let size = 0;
  for (;;) {
    const next = cursor.held ?? readNext(cursor.rest);
    cursor.held = undefined;
    if (next === undefined) return { batch, more: false };
    if (batch.length >= most || (batch.length > 0 && size + next.length > maxDocumentBytes)) {
      cursor.held = next;
      return { batch, more: true };
    }
    batch.push(next);
    size += next.length;
  }
}

function readNext(iterator: Iterator<Buffer>): Buffer | undefined {
  const { done, value } = iterator.next();
  return done ? undefined : value;
}
