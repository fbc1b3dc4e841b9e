import {
  type Binary,
  BSONRegExp,
  type Code,
  Decimal128,
  Double,
  Int32,
  Long,
  type ObjectId,
  type Timestamp,
} from 'bson';
import type { Collation } from './collation.js';
import { isDoc, toNumber } from './document.js';
import { rank } from './order.js';

/*
 * Values as strings whose plain `<` order is MongoDB's order of the values, and that are equal exactly for equal values.
 * No key is a prefix of another, so keys of several fields are simply joined, and a descending field is inverted.
 */

const scratch = new DataView(new ArrayBuffer(8));

function number64(value: number): string {
  if (Number.isNaN(value)) return '\0\0\0\0';
  scratch.setFloat64(0, value === 0 ? 0 : value);
  const flip = scratch.getUint8(0) & 0x80 ? 0xffff : 0;
  return String.fromCharCode(
    flip ? scratch.getUint16(0) ^ flip : scratch.getUint16(0) | 0x8000,
    scratch.getUint16(2) ^ flip,
    scratch.getUint16(4) ^ flip,
    scratch.getUint16(6) ^ flip,
  );
}

/** The nearest double, then where the exact value lies beside it. */
function numberKey(value: unknown): string {
  if (typeof value === 'number') return `${number64(value)}\u8000`;
  if (value instanceof Double || value instanceof Int32) return `${number64(value.value)}\u8000`;
  if (value instanceof Long) {
    const near = value.toNumber();
    if (Number.isSafeInteger(near)) return `${number64(near)}\u8000`;
    return number64(near) + String.fromCharCode(0x8000 + Number(value.toBigInt() - BigInt(near)));
  }
  if (value instanceof Decimal128) {
    const written = value.toString();
    const near = Number(written);
    const digits = (form: string) =>
      form
        .replace(/^-/, '')
        .replace(/E.*$/i, '')
        .replace('.', '')
        .replace(/^0+|0+$/g, '');
    const [ours, theirs] = [digits(written), digits(String(near))];
    if (!Number.isFinite(near) || ours === theirs || near === 0) return `${number64(near)}\u8000`;
    const width = Math.max(ours.length, theirs.length);
    const beyond = ours.padEnd(width, '0') > theirs.padEnd(width, '0') === near > 0;
    return `${number64(near)}${beyond ? '\u8001' : '\u7fff'}${ours}\0`;
  }
  return `${number64(0)}\u8000`;
}

function text(value: string): string {
  let result = value;
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000\u0001]/.test(result))
    // oxlint-disable-next-line no-control-regex
    result = result.replaceAll(/[\u0000\u0001]/g, (unit) => (unit === '\0' ? '\u0001\u0001' : '\u0001\u0002'));
  // surrogates above the rest of the plane, as the UTF-8 bytes have it
  if (/[\ud800-\uffff]/.test(result))
    result = result.replaceAll(/[\ud800-\uffff]/g, (unit) => {
      const code = unit.charCodeAt(0);
      return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000);
    });
  return `${result}\0`;
}

const bytes = (value: Uint8Array): string => {
  let result = '';
  for (let i = 0; i < value.length; i += 2) result += String.fromCharCode(((value[i] ?? 0) << 8) | (value[i + 1] ?? 0));
  return result;
};

const uint32 = (value: number): string => String.fromCharCode((value >>> 16) & 0xffff, value & 0xffff);

function body(type: number, value: unknown, collation: Collation | undefined): string {
  switch (type) {
    case 4:
      return numberKey(value);
    case 5: {
      const string = String(value);
      return text(collation ? collation.fold(string) : string);
    }
    case 6: {
      let result = '';
      if (isDoc(value))
        for (const key of Object.keys(value)) {
          const inner = value[key];
          const innerType = rank(inner);
          result += String.fromCharCode(innerType) + text(key) + body(innerType, inner, collation);
        }
      return `${result}\0`;
    }
    case 7: {
      let result = '';
      if (Array.isArray(value)) for (const item of value) result += sortKey(item, collation);
      return `${result}\0`;
    }
    case 8: {
      const binary = value as Binary;
      const content = binary.buffer.subarray(0, binary.position);
      return uint32(content.length) + String.fromCharCode(binary.sub_type) + bytes(content);
    }
    case 9:
      return bytes((value as ObjectId).id);
    case 10:
      return value === true ? '\u0002' : '\u0001';
    case 11:
      return number64(Number(value));
    case 12: {
      const timestamp = value as Timestamp;
      return uint32(timestamp.t) + uint32(timestamp.i);
    }
    case 13:
      return value instanceof BSONRegExp ? text(value.pattern) + text(value.options) : text(String(value));
    case 14:
    case 15:
      return text((value as Code).code);
    default:
      return '';
  }
}

/** See the top of this file. `undefined` (missing) has a key of its own, below null's. */
export function sortKey(value: unknown, collation?: Collation): string {
  const type = rank(value);
  return String.fromCharCode(type) + body(type, value, collation);
}

/** The first character of every key of values of this type; the character after it ends their range. */
export const typePrefix = (type: number): string => String.fromCharCode(type);

/** The same key in a field that is sorted downwards. */
export function inverted(key: string): string {
  let result = '';
  for (let i = 0; i < key.length; i++) result += String.fromCharCode(0xffff - key.charCodeAt(i));
  return result;
}

export const isNaNValue = (value: unknown): boolean => Number.isNaN(toNumber(value) ?? 0);
