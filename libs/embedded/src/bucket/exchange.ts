import type { ServerResponse } from 'node:http';
import type { BucketStore, StoredObject } from './bucket-store.js';
import { quoted } from './headers.js';
import type { S3Request } from './request.js';
import { S3Error } from './s3-error.js';
import type { PayloadPromise } from './signature.js';
import type { UploadStore } from './upload-store.js';
import { type Xml, xmlDocument } from './xml.js';

export interface Bucket {
  name: string;
  createdAt: Date;
  store: BucketStore;
  uploads: UploadStore;
}

export interface Limits {
  /** of one PUT, one part and one copy */
  maxObjectBytes: number;
  /** of every part but the last */
  minPartBytes: number;
}

/** One authenticated request on one existing bucket, with everything that a route may use to answer it. */
export interface Exchange {
  request: S3Request;
  response: ServerResponse;
  bucket: Bucket;
  /** @throws S3Error NoSuchBucket */
  findBucket: (name: string) => Bucket;
  /** the body as it comes over the wire */
  source: AsyncIterable<Buffer>;
  payload: PayloadPromise;
  limits: Limits;
  now: () => Date;
}

export function sendXml(response: ServerResponse, root: Xml, status = 200) {
  const body = xmlDocument(root);
  response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

export const versionOf = (object: StoredObject | undefined) =>
  object && { etag: quoted(object.etag), lastModified: object.lastModified };

/** @throws S3Error KeyTooLongError */
export function checkKey(key: string) {
  const size = Buffer.byteLength(key);
  if (size <= 1024) return;
  throw new S3Error('KeyTooLongError', 400, 'Your key is too long', { Size: String(size), MaxSizeAllowed: '1024' });
}
