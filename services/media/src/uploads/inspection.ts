import { fileTypeFromBuffer } from 'file-type';
import { fileKinds } from './file-kinds.js';

/** How much of the beginning and of the end is looked at, in bytes. */
export const HEAD_BYTES = 1_048_576;
export const TAIL_BYTES = 66_000; // a ZIP's end record may have a comment of 65,535 bytes

/**
 * What is wrong with a file that claims to be of `contentType`, or undefined.
 * @param head its first bytes, at most {@link HEAD_BYTES}
 * @param tail its last bytes, at most {@link TAIL_BYTES}
 */
export async function wrongWith(contentType: string, head: Uint8Array, tail: Uint8Array): Promise<string | undefined> {
  const expected = fileKinds[contentType];
  if (!expected) return `${contentType} cannot be uploaded`;
  if (expected.looks === 'text')
    return isCleanText(head, tail, contentType) ? undefined : `is not ${contentType}: it is not clean UTF-8 text`;
  const found = await fileTypeFromBuffer(head);
  if (found?.mime !== contentType) return `is ${found?.mime ?? 'of an unknown type'}, not ${contentType}`;
  if (!beginsProperly(contentType, head)) return `does not begin as ${contentType} does`;
  if (!isZipBased(contentType) && endsAsZip(tail)) return `is an archive as well as ${contentType}`;
  if (contentType !== 'application/pdf' && has(head.subarray(0, 1_024), '%PDF-'))
    return `is a PDF as well as ${contentType}`;
  return undefined;
}

const isZipBased = (contentType: string) => contentType === 'application/zip' || contentType.includes('openxmlformats');

/** Readers forgive what stands before the signature of a PDF or an archive; that is where polyglots hide. */
function beginsProperly(contentType: string, head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, 5)).toString('latin1');
  if (contentType === 'application/pdf') return start === '%PDF-';
  if (isZipBased(contentType)) return start.startsWith('PK\u0003\u0004') || start.startsWith('PK\u0005\u0006');
  return true;
}

/** Whether a ZIP reader, which begins at the end, would find an archive: an end record whose comment ends with the file. */
function endsAsZip(tail: Uint8Array): boolean {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  for (
    let at = bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
    at >= 0;
    at = at === 0 ? -1 : bytes.lastIndexOf('PK\u0005\u0006', at - 1, 'latin1')
  )
    if (at + 22 <= bytes.length && at + 22 + bytes.readUInt16LE(at + 20) === bytes.length) return true;
  return false;
}

const has = (bytes: Uint8Array, text: string) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text, 0, 'latin1');

function isCleanText(head: Uint8Array, tail: Uint8Array, contentType: string): boolean {
  // a cut may go through a character: then up to three bytes at it are not looked at
  const texts = [
    decoded(head, 0, head.length === HEAD_BYTES ? 3 : 0),
    decoded(tail, tail.length === TAIL_BYTES ? 3 : 0, 0),
  ];
  if (texts.some((text) => text === undefined || /[^\P{Cc}\t\n\f\r]/u.test(text))) return false;
  return contentType !== 'text/vtt' || /^\uFEFF?WEBVTT(?:[ \t\r\n]|$)/.test(texts[0] ?? '');
}

function decoded(bytes: Uint8Array, slackBefore: number, slackAfter: number): string | undefined {
  for (let before = 0; before <= slackBefore; before += 1)
    for (let after = 0; after <= slackAfter; after += 1)
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
          bytes.subarray(before, bytes.length - after),
        );
      } catch {
        continue;
      }
  return undefined;
}
