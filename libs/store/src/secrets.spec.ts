import { randomBytes } from 'node:crypto';
import { FieldCipher, Undecryptable } from './secrets.js';

const key = () => randomBytes(32).toString('base64');
const keys = { old: key(), new: key() };
const older = new FieldCipher({ currentKeyId: 'old', keys: { old: keys.old } });
const today = new FieldCipher({ currentKeyId: 'new', keys });

describe('field encryption', () => {
  it('gives back what was encrypted, never twice in the same form', () => {
    for (const text of ['', 'JBSWY3DPEHPK3PXP', 'Grüße 👋', 'x'.repeat(100_000)])
      expect(today.decrypt(today.encrypt(text, 'totp:1'), 'totp:1')).toBe(text);
    expect(today.encrypt('a')).not.toBe(today.encrypt('a'));
  });
  it('reads values of an older key and says that they should be written again', () => {
    const value = older.encrypt('secret');
    expect(today.decrypt(value)).toBe('secret');
    expect([today.isOutdated(value), today.isOutdated(today.encrypt('secret'))]).toEqual([true, false]);
  });
  it('refuses what was changed, moved or made by others', () => {
    const value = today.encrypt('secret', 'totp:1');
    const [version, id, body = ''] = value.split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => today.decrypt(`${version}.${id}.${changed.toString('base64url')}`, 'totp:1')).toThrow(Undecryptable);
    }
    expect(() => today.decrypt(value, 'totp:2')).toThrow(Undecryptable);
    expect(() => today.decrypt(value.replace('.new.', '.old.'), 'totp:1')).toThrow(Undecryptable);
    expect(() => older.decrypt(value, 'totp:1')).toThrow(Undecryptable);
    for (const bad of ['', 'plain', 'v1.new.', 'v1.new.AAAA', 'v2.new.x', `${value}.x`])
      expect(() => today.decrypt(bad, 'totp:1')).toThrow(Undecryptable);
  });
  it('does not start with a wrong key ring, and does not show keys', () => {
    expect(() => new FieldCipher({ currentKeyId: 'x', keys })).toThrow(/no key x/);
    const short = Buffer.from('short-secret').toString('base64');
    expect(() => new FieldCipher({ currentKeyId: 'k', keys: { k: short } })).toThrow(/^Key k is not 32 bytes/);
    expect(() => new FieldCipher({ currentKeyId: 'a.b', keys: { 'a.b': keys.old } })).toThrow(RangeError);
  });
});
