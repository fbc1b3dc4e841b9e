import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import { CommandError } from '../errors.js';

/**
 * A decoded document. Numbers keep their BSON type: a JavaScript number is an int32 when it is a whole number of that
 * range and a double otherwise (exactly how it is encoded again), so a whole double is a `Double` and an int64 a `Long`.
 * A document that was handed out once is never changed.
 */
export type Doc = Record<string, unknown>;

export const maxDocumentBytes = 16 * 1024 * 1024;
const maxDepth = 200;

export const isDoc = (value: unknown): value is Doc =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

export const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

/** Gives a double its stored form (see `Doc`). */
export const asDouble = (value: number): number | Double => (isInt32(value) ? new Double(value) : value);

/** Sets a field, also one that is called `__proto__`. */
export function setField(target: Doc, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const corrupt = (what: string) => new CommandError(22, `InvalidBSON: ${what}`);

/** Names of fields that were read lately: the same few come again and again, and making a string of bytes costs more. */
const knownNames: string[] = Array.from({ length: 1_024 }, () => '');

function isAt(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

class Reader {
  at: number;
  constructor(
    private readonly bytes: Buffer,
    start: number,
  ) {
    this.at = start;
  }

  document(depth: number): Doc {
    const end = this.begin(depth);
    const result: Doc = {};
    for (let type = this.type(); type !== 0; type = this.type()) {
      const key = this.cstring();
      const value = this.value(type, depth);
      if (key === '__proto__') setField(result, key, value);
      else result[key] = value;
    }
    this.end(end);
    return result;
  }

  private array(depth: number): unknown[] {
    const end = this.begin(depth);
    const result: unknown[] = [];
    for (let type = this.type(); type !== 0; type = this.type()) {
      this.skipKey();
      result.push(this.value(type, depth));
    }
    this.end(end);
    return result;
  }

  private begin(depth: number): number {
    if (depth > maxDepth) throw new CommandError(15, 'Exceeded depth limit of 200 when reading BSON');
    const start = this.at;
    const size = this.int32();
    const end = start + size;
    if (size < 5 || end > this.bytes.length || this.bytes[end - 1] !== 0)
      throw corrupt(`document of ${size} bytes at ${start}`);
    return end;
  }

  private type(): number {
    const type = this.bytes[this.at++];
    if (type === undefined) throw corrupt('document without an end');
    return type;
  }

  private end(end: number): void {
    if (this.at !== end) throw corrupt(`document ends at ${this.at} instead of ${end}`);
  }

  private int32(): number {
    if (this.at + 4 > this.bytes.length) throw corrupt('too short');
    const value = this.bytes.readInt32LE(this.at);
    this.at += 4;
    return value;
  }

  private take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw corrupt(`value of ${length} bytes`);
    const part = Buffer.from(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return part;
  }

  private byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw corrupt('too short');
    return value;
  }

  private date(): Date {
    if (this.at + 8 > this.bytes.length) throw corrupt('too short');
    const low = this.bytes.readUInt32LE(this.at);
    const high = this.bytes.readInt32LE(this.at + 4);
    this.at += 8;
    return new Date(high * 0x1_0000_0000 + low);
  }

  private skipKey(): void {
    while (this.type() !== 0);
  }

  private cstring(): string {
    const { bytes } = this;
    const start = this.at;
    let end = start;
    let ascii = true;
    let hash = 0;
    for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) {
      if (byte === undefined) throw corrupt('string without an end');
      if (byte > 127) ascii = false;
      hash = (hash * 31 + byte) | 0;
    }
    this.at = end + 1;
    if (!ascii) return bytes.toString('utf8', start, end);
    const slot = hash & (knownNames.length - 1);
    const known = knownNames[slot] ?? '';
    if (isAt(known, bytes, start, end)) return known;
    const name = bytes.toString('latin1', start, end);
    knownNames[slot] = name;
    return name;
  }

  private string(): string {
    const length = this.int32();
    const end = this.at + length - 1;
    if (length < 1 || end >= this.bytes.length || this.bytes[end] !== 0) throw corrupt(`string of ${length} bytes`);
    const value = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return value;
  }

  private value(type: number, depth: number): unknown {
    switch (type) {
      case 1: {
        if (this.at + 8 > this.bytes.length) throw corrupt('too short');
        const value = this.bytes.readDoubleLE(this.at);
        this.at += 8;
        return asDouble(value);
      }
      case 2:
        return this.string();
      case 3:
        return this.document(depth + 1);
      case 4:
        return this.array(depth + 1);
      case 5:
        return this.binary();
      case 6:
      case 10:
        return null;
      case 7:
        return new ObjectId(this.take(12));
      case 8:
        return this.byte() === 1;
      case 9:
        return this.date();
      case 11:
        return new BSONRegExp(this.cstring(), this.cstring());
      case 13:
        return new Code(this.string());
      case 14:
        return new BSONSymbol(this.string());
      case 15:
        this.int32();
        return new Code(this.string(), this.document(depth + 1));
      case 16:
        return this.int32();
      case 17:
        return new Timestamp({ i: this.int32() >>> 0, t: this.int32() >>> 0 });
      case 18:
        return new Long(this.int32(), this.int32());
      case 19:
        return new Decimal128(this.take(16));
      case 255:
        return new MinKey();
      case 127:
        return new MaxKey();
      default:
        throw corrupt(`unknown type ${type}`);
    }
  }

  private binary(): Binary {
    const length = this.int32();
    const subtype = this.byte();
    if (subtype === Binary.SUBTYPE_BYTE_ARRAY) return new Binary(this.take(length).subarray(4), subtype);
    const bytes = this.take(length);
    return subtype === Binary.SUBTYPE_UUID && length === 16 ? new UUID(bytes) : new Binary(bytes, subtype);
  }
}

/** Decodes one BSON document that starts at `start`. Throws 22 InvalidBSON. */
export function decode(bytes: Buffer, start = 0): Doc {
  return new Reader(bytes, start).document(0);
}

/** Encodes a document; fields that are `undefined` are left out. */
export function encode(doc: Doc): Buffer {
  const bytes = serialize(doc, { ignoreUndefined: true });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy whose objects and arrays may be changed; single values are shared, they never change. */
export function copy<T>(value: T): T;
export function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item));
  if (!isDoc(value)) return value;
  const result: Doc = {};
  for (const key of Object.keys(value)) setField(result, key, copy(value[key]));
  return result;
}

/** The number in a value that is any of BSON's numbers, else undefined. An int64 or decimal may lose digits. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Double || value instanceof Int32) return value.value;
  if (value instanceof Long) return value instanceof Timestamp ? undefined : value.toNumber();
  if (value instanceof Decimal128) return Number(value.toString());
  return undefined;
}

export function truthy(value: unknown): boolean {
  const number = toNumber(value);
  return number === undefined ? value !== undefined && value !== null && value !== false : number !== 0;
}

export type TypeName =
  | 'double'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'null'
  | 'regex'
  | 'javascript'
  | 'symbol'
  | 'javascriptWithScope'
  | 'int'
  | 'timestamp'
  | 'long'
  | 'decimal'
  | 'minKey'
  | 'maxKey'
  | 'missing';

/** The BSON type's name as `$type` gives it. */
export function typeName(value: unknown): TypeName {
  if (typeof value === 'number') return isInt32(value) ? 'int' : 'double';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isDoc(value)) return 'object';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Date) return 'date';
  if (value instanceof Long) return value instanceof Timestamp ? 'timestamp' : 'long';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Double) return 'double';
  if (value instanceof Int32) return 'int';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof Binary) return 'binData';
  if (value instanceof BSONRegExp || value instanceof RegExp) return 'regex';
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  if (value instanceof BSONSymbol) return 'symbol';
  if (value instanceof MinKey) return 'minKey';
  if (value instanceof MaxKey) return 'maxKey';
  return 'object';
}
