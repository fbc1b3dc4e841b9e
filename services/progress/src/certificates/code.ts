// Crockford's base 32: no I, L, O and U, so that a code can be read out and typed
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The code that 60 bits (the first of 8 random bytes) stand for: `LYC-7K3M-Q0ZP-94VX`. Throws RangeError for fewer bytes. */
export function codeOf(random: Uint8Array): string {
  if (random.length < 8) throw new RangeError(`${random.length} bytes are too few for a code`);
  let bits = new DataView(random.buffer, random.byteOffset, 8).getBigUint64(0) >> 4n;
  let text = '';
  for (let i = 0; i < 12; i += 1) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `LYC-${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}

/** The code that somebody typed, in its one written form; undefined for what cannot be a code. */
export function readCode(typed: string): string | undefined {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  if (!letters.startsWith('LYC')) return undefined;
  const signs = letters.slice(3).replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  if (!/^[0-9A-HJKMNP-TV-Z]{12}$/.test(signs)) return undefined;
  return `LYC-${signs.slice(0, 4)}-${signs.slice(4, 8)}-${signs.slice(8)}`;
}
