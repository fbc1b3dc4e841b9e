// UUID version 7 (RFC 9562, 5.7): 48 bits of Unix time in ms, then a counter and random bits. Ids made by one process
// within one millisecond still sort in the order in which they were made (method 1 of 6.2: 12-bit counter in rand_a).
let lastMillisecond = 0;
let counter = 0;

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
// asking the system for randomness costs more than all the rest: it is asked for many ids at once
const pool = new Uint8Array(16 * 128);
let used = pool.length;

function randomBytes(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

/** A new UUIDv7 in its canonical text form (36 characters); sorts by creation time. */
export function newId(now: number = Date.now()): string {
  let time = Math.max(now, lastMillisecond);
  const bytes = randomBytes();
  if (time === lastMillisecond) counter += 1;
  else counter = ((bytes[6] ?? 0) & 0x07) << 8; // starts in the lower half: room to count
  if (counter > 0xfff) {
    time += 1;
    counter = 0;
  }
  lastMillisecond = time;
  const hex = (place: number): string => hexOf[bytes[place] ?? 0] ?? '';
  const stamp = time.toString(16).padStart(12, '0');
  const rest = hex(10) + hex(11) + hex(12) + hex(13) + hex(14) + hex(15);
  const variant = hexOf[((bytes[8] ?? 0) & 0x3f) | 0x80] ?? '';
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${hex(9)}-${rest}`;
}

/** The moment that a UUIDv7 was made, in ms since 1970; NaN for any other text. */
export function timeOfId(id: string): number {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN;
}
