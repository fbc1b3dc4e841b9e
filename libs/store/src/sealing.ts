import { type KeyObject, createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { Undecryptable } from './secrets.js';

const { BSON, Binary } = mongoose.mongo;
const algorithm = 'aes-256-gcm';
const form = 1;
const ivBytes = 12;
const tagBytes = 16;
const headBytes = 1 + ivBytes + tagBytes;

/**
 * Encrypts any value that the database can keep (AES-256-GCM). One byte says the form, then come iv, tag and ciphertext.
 * @param context where the value belongs: it can be read nowhere else
 */
export function sealed(key: KeyObject, value: unknown, context: string): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  const body = [cipher.update(BSON.serialize({ value })), cipher.final()];
  return Buffer.concat([Buffer.of(form), iv, cipher.getAuthTag(), ...body]);
}

/** Throws {@link Undecryptable} when it was changed, moved, or sealed with another key. */
export function unsealed(key: KeyObject, stored: unknown, context: string): unknown {
  const bytes = bytesOf(stored);
  if (!bytes || bytes.length <= headBytes || bytes[0] !== form)
    throw new Undecryptable(`${context}: this is not an encrypted value`);
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(1 + ivBytes, headBytes));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(headBytes)), decipher.final()]);
    return BSON.deserialize(plain)['value'];
  } catch {
    throw new Undecryptable(`${context}: the value was changed, or belongs to something else`);
  }
}

/** What stands for a value where it must be found again: a keyed hash, the same for the same value. */
export const tokenOf = (key: KeyObject, value: string): string =>
  createHmac('sha256', key).update(value).digest('base64url');

function bytesOf(stored: unknown): Buffer | undefined {
  if (Buffer.isBuffer(stored)) return stored;
  return stored instanceof Binary ? Buffer.from(stored.buffer.subarray(0, stored.position)) : undefined;
}
