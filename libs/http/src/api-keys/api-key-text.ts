import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every API key begins with: programs that look for leaked secrets find it by that and by its checksum. */
export const API_KEY_PREFIX = 'lyk_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID = 16;
const SECRET = 32;
const CHECKSUM = 6;
const FORM = new RegExp(`^${API_KEY_PREFIX}([0-9A-Za-z]{${ID}})_([0-9A-Za-z]{${SECRET}})([0-9A-Za-z]{${CHECKSUM}})$`);

/** An API key that looks like one; whether there is such a key only identity knows. */
export interface ApiKeyParts {
  /** Which key it is; no secret. */
  readonly id: string;
  /** 190 random bits. */
  readonly secret: string;
}

/** A new key: `lyk_<id>_<secret><checksum>`. */
export function newApiKey(): ApiKeyParts & { readonly text: string } {
  const parts = { id: randomText(ID), secret: randomText(SECRET) };
  return { ...parts, text: apiKeyText(parts) };
}

/** The parts put together, with the checksum that fits them. */
export function apiKeyText({ id, secret }: ApiKeyParts): string {
  const unchecked = `${API_KEY_PREFIX}${id}_${secret}`;
  return unchecked + checksumOf(unchecked);
}

/** The parts of a key, or undefined for text that no key can be: of another form, or with a wrong checksum. */
export function readApiKey(text: string): ApiKeyParts | undefined {
  const [, id, secret, checksum] = FORM.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return checksumOf(text.slice(0, -CHECKSUM)) === checksum ? { id, secret } : undefined;
}

/** SHA-256: a secret of full entropy cannot be guessed from it, so that a slow hash would only cost time. */
export const apiKeyHash = (secret: string): string => hash('sha256', secret, 'base64url');

const randomText = (length: number): string =>
  Array.from({ length }, () => DIGITS.charAt(randomInt(DIGITS.length))).join('');

/** CRC-32 in base62, six digits: tells a key from text that only looks like one. It protects nothing. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let n = 0; n < CHECKSUM; n += 1) {
    digits = DIGITS.charAt(rest % DIGITS.length) + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}
