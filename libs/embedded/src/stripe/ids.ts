import { randomInt } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `newId('cs_test_', 58)`: a prefix and that many random letters and digits, as Stripe's ids are. */
export function newId(prefix: string, length: number): string {
  let id = prefix;
  for (let i = 0; i < length; i += 1) id += alphabet[randomInt(alphabet.length)];
  return id;
}
