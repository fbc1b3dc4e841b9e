import { crc32 } from 'node:zlib';
import { apiKeyHash, newApiKey, readApiKey } from './api-key-text.js';

/** As docs/adr/0010 gives it to programs that look for leaked secrets. */
const FOR_SCANNERS = /\blyk_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}\b/;

describe('the text of an API key', () => {
  it('is found by scanners, is one word, and can be read back', () => {
    const { text, id, secret } = newApiKey();
    expect(FOR_SCANNERS.exec(`token="${text}";`)?.[0]).toBe(text);
    expect(text).toMatch(/^\w+$/);
    expect(readApiKey(text)).toEqual({ id, secret });
  });

  it('is another one each time, of all digits', () => {
    const keys = Array.from({ length: 200 }, newApiKey);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(200);
    expect(new Set(keys.flatMap(({ secret }) => secret.split(''))).size).toBe(62);
    expect(62 ** 32).toBeGreaterThan(2 ** 160);
  });

  it('ends with the CRC-32 of what stands before it, in base62', () => {
    const { text } = newApiKey();
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const value = text
      .slice(-6)
      .split('')
      .reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value).toBe(crc32(text.slice(0, -6)));
    expect(readApiKey('lyk_0000000000000000_0000000000000000000000000000000n8jMT')).toBeUndefined();
  });

  it('with one character changed anywhere is no key', () => {
    const { text } = newApiKey();
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'a' ? 'b' : 'a';
      expect(readApiKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
    for (const wrong of ['', 'lyk_', `${text}0`, ` ${text}`, `${text}\n`, text.toUpperCase(), text.slice(4)])
      expect(readApiKey(wrong)).toBeUndefined();
  });

  it('is kept as a hash of its secret alone', () => {
    const { secret } = newApiKey();
    expect(apiKeyHash(secret)).toMatch(/^[\w-]{43}$/);
    expect(apiKeyHash(secret)).toBe(apiKeyHash(secret));
  });
});
