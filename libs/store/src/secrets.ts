import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface KeyRing {
  /** The key that new values are encrypted with. */
  readonly currentKeyId: string;
  /** Key id -> 32 bytes in base64. Old keys stay until nothing is encrypted with them any more. */
  readonly keys: Readonly<Record<string, string>>;
}

/** The value was not encrypted by us, was changed, belongs to another context, or its key is gone. */
export class Undecryptable extends Error {
  override readonly name = 'Undecryptable';
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts single fields at rest (AES-256-GCM). Form: `v1.<key id>.<base64url of iv, tag, ciphertext>`. */
export class FieldCipher {
  private readonly keys = new Map<string, Buffer>();
  private readonly currentKeyId: string;

  /** Throws RangeError, without showing a key, when one is not 32 bytes or the current one is missing. */
  constructor({ currentKeyId, keys }: KeyRing) {
    for (const [id, key] of Object.entries(keys)) {
      const bytes = Buffer.from(key, 'base64');
      if (!/^[\w-]+$/.test(id)) throw new RangeError(`Key id ${JSON.stringify(id)} is not of letters, digits, _ and -`);
      if (bytes.length !== keyBytes) throw new RangeError(`Key ${id} is not ${keyBytes} bytes in base64`);
      this.keys.set(id, bytes);
    }
    if (!this.keys.has(currentKeyId)) throw new RangeError(`There is no key ${currentKeyId}`);
    this.currentKeyId = currentKeyId;
  }

  /** @param context what the value belongs to, for example `totp:<account id>`: it cannot be moved to another place then */
  encrypt(text: string, context = ''): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.key(this.currentKeyId), iv, { authTagLength: tagBytes });
    cipher.setAAD(associated(this.currentKeyId, context));
    const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const bytes = Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
    return `v1.${this.currentKeyId}.${bytes.toString('base64url')}`;
  }

  /** Throws {@link Undecryptable}. */
  decrypt(encrypted: string, context = ''): string {
    const [version, id = '', body = '', ...rest] = encrypted.split('.');
    const bytes = Buffer.from(body, 'base64url');
    if (version !== 'v1' || rest.length > 0 || bytes.length < ivBytes + tagBytes)
      throw new Undecryptable('This is not an encrypted value');
    const decipher = createDecipheriv(algorithm, this.key(id), bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(associated(id, context));
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    try {
      return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new Undecryptable('The value was changed, or belongs to something else');
    }
  }

  /** The id of the key that new values are encrypted with; such values begin with `v1.<id>.` */
  get keyId(): string {
    return this.currentKeyId;
  }

  /** Whether the value was encrypted with another key than the current one and should be written again. */
  isOutdated(encrypted: string): boolean {
    return !encrypted.startsWith(this.currentPrefix);
  }

  /** What values begin with that are encrypted with the current key; holds no character that a regular expression reads but dots. */
  get currentPrefix(): string {
    return `v1.${this.currentKeyId}.`;
  }

  private key(id: string): Buffer {
    const key = this.keys.get(id);
    if (!key) throw new Undecryptable(`There is no key ${JSON.stringify(id)}`);
    return key;
  }
}

const associated = (keyId: string, context: string): Buffer => Buffer.from(`v1.${keyId}.${context}`);
