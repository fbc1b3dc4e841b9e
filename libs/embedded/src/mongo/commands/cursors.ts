import { randomBytes } from 'node:crypto';
import { Long } from 'bson';
import { CommandError } from '../errors.js';
import { maxDocumentBytes } from '../values/document.js';
import { CursorReply } from './cursor-reply.js';
import type { Transaction } from '../storage/transaction.js';

/** Whose a cursor is: nobody else may read on. */
export interface CursorOwner {
  readonly session?: string | undefined;
  readonly transaction?: Transaction | undefined;
}

interface OpenCursor extends CursorOwner {
  readonly namespace: string;
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
    options: CursorOwner & { batchSize?: number | undefined; single?: boolean },
  ): CursorReply {
    const cursor: OpenCursor = {
      namespace,
      session: options.session,
      transaction: options.transaction,
      rest: results,
      held: undefined,
      usedAt: this.now().getTime(),
    };
    const { batch, more } = take(cursor, options.batchSize ?? firstBatchSize);
    if (!more || options.single) return new CursorReply('firstBatch', batch, zero, namespace);
    const id = Long.fromBigInt(BigInt.asIntN(64, randomBytes(8).readBigUInt64LE() >> 1n) | 1n);
    this.open.set(id.toString(), cursor);
    void options.transaction?.ended.then(() => this.open.delete(id.toString()));
    return new CursorReply('firstBatch', batch, id, namespace);
  }

  /** Throws 43 CursorNotFound, and 50736 to 50741 for a cursor of another session or transaction. */
  more(id: Long, namespace: string, batchSize: number | undefined, owner: CursorOwner = {}): CursorReply {
    const cursor = this.open.get(id.toString());
    if (!cursor) throw new CommandError(43, `cursor id ${id.toString()} not found`);
    if (cursor.namespace !== namespace)
      throw new CommandError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    refuseOthers(id, cursor, owner);
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

  killAllOfSessions(): void {
    for (const [id, { session }] of this.open) if (session !== undefined) this.open.delete(id);
  }

  /** Forgets cursors that nobody has used for ten minutes. */
  expire(): void {
    const oldest = this.now().getTime() - idleMs;
    for (const [id, { usedAt }] of this.open) if (usedAt < oldest) this.open.delete(id);
  }
}

function refuseOthers(id: Long, cursor: OpenCursor, { session, transaction }: CursorOwner): void {
  const refuse = (code: number, how: string) =>
    new CommandError(code, `Cannot run getMore on cursor ${id.toString()}, ${how}`);
  if (session !== cursor.session) {
    if (cursor.session === undefined) throw refuse(50736, 'which was not created in a session, in a session');
    if (session === undefined) throw refuse(50737, 'which was created in a session, without an lsid');
    throw refuse(50738, 'which was created in another session');
  }
  if (transaction === cursor.transaction) return;
  if (!cursor.transaction) throw refuse(50739, 'which was not created in a transaction, in a transaction');
  if (!transaction) throw refuse(50740, 'which was created in a transaction, without a txnNumber');
  throw refuse(50741, 'which was created in another transaction');
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
