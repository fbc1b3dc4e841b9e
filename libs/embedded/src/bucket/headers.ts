import type { ServerResponse } from 'node:http';
import { checksumHeader } from './checksums.js';
import type { StoredObject } from './bucket-store.js';
import type { S3Request } from './request.js';
import { S3Error, notImplemented } from './s3-error.js';

const KEPT = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const OVERRIDABLE = KEPT.map((name) => [name, `response-${name}`] as const);
const MAX_METADATA_BYTES = 2048;

/** x-amz-* values that would change what is stored or who may see it: promising them and not doing it would be a lie. */
const REFUSED =
  /^x-amz-(?:server-side-encryption-(?:customer|aws)|copy-source-server-side|tagging|object-lock|website-redirect|grant-|mfa$|source-expected|expected-bucket-owner|write-offset)/;

/** What a write says about the object besides its content. @throws S3Error MetadataTooLarge, NotImplemented */
export function describe(request: S3Request): Pick<StoredObject, 'headers' | 'metadata'> {
  const refused = request.amzNames.find((name) => REFUSED.test(name));
  if (refused) throw notImplemented(refused);
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = name === 'content-encoding' ? withoutAwsChunked(request.header(name)) : request.header(name);
    if (value) headers[name] = value;
  }
  headers['content-type'] ??= 'binary/octet-stream';
  const metadata: Record<string, string> = {};
  for (const name of request.amzNames.filter((n) => n.startsWith('x-amz-meta-'))) {
    metadata[name.slice('x-amz-meta-'.length)] = request.amz(name) ?? '';
  }
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  if (size > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(size),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  return { headers, metadata };
}

/** Puts an object's description on an answer, as a signed request may override it. */
export function sendDescription(response: ServerResponse, object: StoredObject, request: S3Request, whole: boolean) {
  for (const [name, value] of Object.entries(object.headers)) response.setHeader(name, value);
  for (const [name, parameter] of OVERRIDABLE) {
    const value = request.param(parameter);
    if (value !== undefined) response.setHeader(name, headerSafe(value));
  }
  for (const [name, value] of Object.entries(object.metadata))
    response.setHeader(`x-amz-meta-${name}`, headerSafe(value));
  response.setHeader('etag', quoted(object.etag));
  response.setHeader('last-modified', object.lastModified.toUTCString());
  response.setHeader('accept-ranges', 'bytes');
  if (whole && object.checksum && request.amz('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
    response.setHeader(checksumHeader(object.checksum.algorithm), object.checksum.value);
    response.setHeader('x-amz-checksum-type', object.checksum.type);
  }
}

export const quoted = (etag: string) => `"${etag}"`;

// A header carries no control characters and only Latin-1; S3 drops or encodes the rest.
const headerSafe = (value: string) =>
  // eslint-disable-next-line no-control-regex
  /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? value
    : value.replace(/[^\t\x20-\x7e]/gu, (c) => encodeURIComponent(c.toWellFormed()));

function withoutAwsChunked(value: string | undefined): string | undefined {
  return value
    ?.split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding && coding.toLowerCase() !== 'aws-chunked')
    .join(', ');
}
