import { randomBytes } from 'node:crypto';
import { hashOf } from '../accounts/one-time-token.js';

const COUNT = 10;
/** Crockford's: nothing that is easily mistaken for something else. 24 letters are 120 bits, so that a plain hash is enough. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 24;

/** To be shown once, in groups of four. */
export const newRecoveryCodes = (): string[] => Array.from({ length: COUNT }, newRecoveryCode);

// 256 is a multiple of 32: every letter is equally likely
const newRecoveryCode = (): string =>
  Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

/** What is stored in place of a code; the same for any way to type it. */
export function recoveryHashOf(code: string): string {
  const letters = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return hashOf(`recovery code ${letters}`);
}
