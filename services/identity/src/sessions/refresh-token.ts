import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

// A refresh token is opaque to clients: 16 bytes of session id, 32 random bytes, and a tag that only we can make. The tag tells
// a token that was once valid from an invented one, without keeping all spent ones: only the former ends a session.
const ID = 16;
const SECRET = 32;
const TAG = 16;

export interface RefreshToken {
  readonly sessionId: string;
  /** What is stored in place of the token. */
  readonly hash: string;
  readonly text: string;
}

/** Makes refresh tokens with `key`, 32 bytes that only this service knows, and reads also those of earlier keys. */
export class RefreshTokens {
  private readonly tagKeys: readonly [Buffer, ...Buffer[]];

  constructor(key: Buffer, earlier: readonly Buffer[] = []) {
    this.tagKeys = [tagKeyOf(key), ...earlier.map(tagKeyOf)];
  }

  make(sessionId: string): RefreshToken {
    const id = Buffer.from(sessionId.replaceAll('-', ''), 'hex');
    if (id.length !== ID) throw new TypeError('A session id must be a UUID');
    const body = Buffer.concat([id, randomBytes(SECRET)]);
    return tokenOf(Buffer.concat([body, tagOf(body, this.tagKeys[0])]));
  }

  /** The token, or undefined when it is not one that we ever gave out. */
  read(text: string): RefreshToken | undefined {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== ID + SECRET + TAG || bytes.toString('base64url') !== text) return undefined;
    const [body, tag] = [bytes.subarray(0, ID + SECRET), bytes.subarray(ID + SECRET)];
    const isOurs = this.tagKeys.some((key) => timingSafeEqual(tagOf(body, key), tag));
    return isOurs ? tokenOf(bytes) : undefined;
  }
}

const tagKeyOf = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, '', 'lyceum refresh token tag', 32));

const tagOf = (body: Buffer, key: Buffer): Buffer => createHmac('sha256', key).update(body).digest().subarray(0, TAG);

function tokenOf(bytes: Buffer): RefreshToken {
  const sessionId = bytes
    .subarray(0, ID)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const text = bytes.toString('base64url');
  return { sessionId, text, hash: createHash('sha256').update(text).digest('base64url') };
}

/** Encrypts the successor of a token so that only who holds that token can read it. */
export function sealSuccessor(holder: RefreshToken, successor: RefreshToken): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', successorKey(holder), nonce);
  const text = Buffer.concat([cipher.update(successor.text), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
}

/** Reads what {@link sealSuccessor} has sealed to this holder. Throws when it was another one. */
export function openSuccessor(holder: RefreshToken, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', successorKey(holder), bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString();
}

const successorKey = ({ text, sessionId }: RefreshToken): Buffer =>
  Buffer.from(hkdfSync('sha256', text, sessionId, 'lyceum refresh token successor', 32));
