import { type ECDH, createDecipheriv, hkdfSync } from 'node:crypto';

const HEADER = 21;
const TAG = 16;

/**
 * Opens an aes128gcm message as a browser does (RFC 8291 over RFC 8188): one record, sealed to the subscription's keys.
 * @throws Error when it is malformed, or was sealed to other keys.
 */
export function decryptPush(body: Buffer, receiver: ECDH, auth: Buffer): Buffer {
  if (body.length < HEADER) throw new Error('the header is incomplete');
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const keyLength = body.readUInt8(20);
  const senderKey = body.subarray(HEADER, HEADER + keyLength);
  const record = body.subarray(HEADER + keyLength);
  if (keyLength !== 65) throw new Error('the key id is not an uncompressed P-256 point');
  if (record.length > recordSize) throw new Error('there is more than one record');
  if (record.length <= TAG) throw new Error('the record is too short');

  const shared = receiver.computeSecret(senderKey);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver.getPublicKey(), senderKey]);
  const secret = derive(shared, auth, info, 32);
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-TAG));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -TAG)), decipher.final()]);
  // the last record ends in 0x02, then zeros
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 2) throw new Error('the padding is malformed');
  return padded.subarray(0, end);
}

const derive = (secret: Buffer, salt: Buffer, info: Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length));
