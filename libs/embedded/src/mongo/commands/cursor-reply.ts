import { Long } from 'bson';
import { type Doc, encode } from '../values/document.js';

/** An answer with a batch of documents that are encoded already. */
export class CursorReply {
  constructor(
    readonly field: 'firstBatch' | 'nextBatch',
    readonly batch: readonly Buffer[],
    readonly id: Long,
    readonly namespace: string,
    readonly extra: Doc = {},
  ) {}

  encode(): Buffer {
    const size = this.batch.reduce((sum, bytes, i) => sum + 1 + String(i).length + 1 + bytes.length, 5);
    const list = Buffer.allocUnsafe(size);
    let at = list.writeInt32LE(size);
    for (const [i, bytes] of this.batch.entries()) {
      at = list.writeUInt8(3, at);
      at += list.write(`${i}\0`, at, 'latin1');
      at += bytes.copy(list, at);
    }
    list.writeUInt8(0, at);
    const cursor = joined([element(4, this.field, list), inner({ id: this.id, ns: this.namespace })]);
    return joined([element(3, 'cursor', cursor), inner({ ...this.extra, ok: 1 })]);
  }
}

const element = (type: number, name: string, bytes: Buffer) =>
  Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), bytes]);

/** A document's elements without its length and end. */
const inner = (doc: Doc) => encode(doc).subarray(4, -1);

function joined(parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(size);
  return Buffer.concat([head, ...parts, Buffer.from([0])]);
}
