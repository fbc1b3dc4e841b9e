import * as fc from 'fast-check';
import { codeOf, readCode } from './code.js';

describe('a code', () => {
  it('holds all of 60 bits', () => {
    expect(codeOf(new Uint8Array(8))).toBe('LYC-0000-0000-0000');
    expect(codeOf(new Uint8Array(8).fill(255))).toBe('LYC-ZZZZ-ZZZZ-ZZZZ');
    const bits = new Uint8Array(8);
    for (let bit = 0; bit < 60; bit += 1) {
      const one = bits.with(bit >> 3, 0x80 >> (bit & 7));
      expect(codeOf(one)).not.toBe('LYC-0000-0000-0000');
    }
    expect(() => codeOf(new Uint8Array(7))).toThrow(RangeError);
  });
  it('is read back however it was typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const code = codeOf(bytes);
        const mistyped = code.slice(4).replaceAll('1', 'l').replaceAll('0', 'o');
        for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ''), ` lyc ${mistyped} `])
          expect(readCode(typed)).toBe(code);
      }),
    );
  });
  it('is not made up from anything else', () => {
    for (const typed of [
      '',
      'LYC',
      'LYC-0000-0000-000',
      'LYC-0000-0000-00000',
      'LYC-0000-0000-000U',
      'ABC-0000-0000-0000',
    ])
      expect(readCode(typed)).toBeUndefined();
  });
});
