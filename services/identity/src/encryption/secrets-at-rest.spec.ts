import { randomBytes } from 'node:crypto';
import { FieldCipher, Undecryptable } from '@lyceum/store';
import { SecretsAtRest, keyIdOf } from './secrets-at-rest.js';

const key = () => randomBytes(32).toString('base64');
const [first, second] = [key(), key()];
const cipher = (inFront: string, ...others: string[]) =>
  new SecretsAtRest({ KEY_ENCRYPTION_KEY: inFront, KEY_ENCRYPTION_KEYS_READ_ONLY: others });

describe('secrets at rest', () => {
  it('are encrypted with the key in front and read with any that is still there', () => {
    const old = cipher(first).encrypt('secret', 'a');
    const both = cipher(second, first);
    expect(both.decrypt(old, 'a')).toBe('secret');
    expect([both.isOutdated(old), both.isOutdated(both.encrypt('secret'))]).toEqual([true, false]);
    expect(() => cipher(second).decrypt(old, 'a')).toThrow(`There is no key "${keyIdOf(first)}"`);
  });

  it('can be read before the new key is in front everywhere', () => {
    expect(cipher(first, second).decrypt(cipher(second, first).encrypt('secret', 'a'), 'a')).toBe('secret');
  });

  it('are read from when there was one key without a name of its own', () => {
    const unnamed = new FieldCipher({ currentKeyId: 'k1', keys: { k1: first } }).encrypt('secret', 'a');
    for (const later of [cipher(first), cipher(second, first)]) {
      expect(later.decrypt(unnamed, 'a')).toBe('secret');
      expect(later.isOutdated(unnamed)).toBe(true);
      expect(() => later.decrypt(unnamed, 'b')).toThrow(Undecryptable);
    }
    expect(() => cipher(second).decrypt(unnamed, 'a')).toThrow(Undecryptable);
  });
});
