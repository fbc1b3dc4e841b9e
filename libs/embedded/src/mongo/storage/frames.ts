import { crc32 } from 'node:zlib';

/*
 * A file is a magic word and then frames: length (uint32), CRC-32 of the payload (uint32), payload. A payload is one
 * atomic group of entries: kind (1 byte), collection (uint32), record (double), length (uint32), content.
 */

export const magic = Buffer.from('LYCMONG1');
export const entryKinds = { put: 1, remove: 2, note: 3 } as const;
export type EntryKind = (typeof entryKinds)[keyof typeof entryKinds];

export interface Entry {
  readonly kind: EntryKind;
  readonly collection: number;
  readonly record: number;
  readonly content: Buffer;
}

const entryHead = 17;
export const largestFrame = 1024 * 1024 * 1024;
const nothing = Buffer.alloc(0);

export function frame(entries: readonly Entry[]): Buffer {
  const size = entries.reduce((sum, { content }) => sum + entryHead + content.length, 0);
  const bytes = Buffer.allocUnsafe(8 + size);
  let at = 8;
  for (const { kind, collection, record, content } of entries) {
    bytes.writeUInt8(kind, at);
    bytes.writeUInt32LE(collection, at + 1);
    bytes.writeDoubleLE(record, at + 5);
    bytes.writeUInt32LE(content.length, at + 13);
    content.copy(bytes, at + entryHead);
    at += entryHead + content.length;
  }
  bytes.writeUInt32LE(size, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

export function entriesOf(payload: Buffer): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (at < payload.length) {
    const kind = payload.readUInt8(at);
    if (kind !== 1 && kind !== 2 && kind !== 3) throw new Error(`unknown entry ${kind}`);
    const length = payload.readUInt32LE(at + 13);
    const start = at + entryHead;
    entries.push({
      kind,
      collection: payload.readUInt32LE(at + 1),
      record: payload.readDoubleLE(at + 5),
      content: length === 0 ? nothing : Buffer.from(payload.subarray(start, start + length)),
    });
    at = start + length;
  }
  return entries;
}

/** Reads complete frames from `bytes`; `end` is where the first incomplete or damaged one begins. */
export function readFrames(bytes: Buffer, start: number): { payloads: Buffer[]; end: number } {
  const payloads: Buffer[] = [];
  let at = start;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    if (length > largestFrame || at + 8 + length > bytes.length) break;
    const payload = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    payloads.push(payload);
    at += 8 + length;
  }
  return { payloads, end: at };
}
