// UUID version 7 (RFC 9562, 5.7): 48 bits of Unix time in ms, then a counter and random bits. Ids made by one process
// within one millisecond still sort in the order in which they were made (method 1 of 6.2: 12-bit counter in rand_a).
let lastMillisecond = 0;
let counter = 0;

/** A new UUIDv7 in its canonical text form (36 characters); sorts by creation time. */
export function newId(now: number = Date.now()): string {
  let time = Math.max(now, lastMillisecond);
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (time === lastMillisecond) counter += 1;
  else counter = ((bytes[6] ?? 0) & 0x07) << 8; // starts in the lower half: room to count
  if (counter > 0xfff) {
    time += 1;
    counter = 0;
  }
  lastMillisecond = time;
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(time / 0x1_0000));
  view.setUint16(4, time % 0x1_0000);
  view.setUint16(6, 0x7000 | counter);
  view.setUint8(8, ((bytes[8] ?? 0) & 0x3f) | 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The moment that a UUIDv7 was made, in ms since 1970; NaN for any other text. */
export function timeOfId(id: string): number {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN;
}
