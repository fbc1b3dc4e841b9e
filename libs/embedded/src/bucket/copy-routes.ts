import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { BucketStore, StoredObject } from './bucket-store.js';
import { type ChecksumAlgorithm, checksumAlgorithmOf, startChecksum } from './checksums.js';
import { isMissing } from './durable-files.js';
import { type Exchange, checkKey, sendXml, versionOf } from './exchange.js';
import { describe, quoted } from './headers.js';
import { conditionalCopy, conditionalWrite } from './preconditions.js';
import { decode } from './request.js';
import { invalidArgument, invalidRequest, noSuchKey, notImplemented } from './s3-error.js';
import { element } from './xml.js';

export async function copyObject({ request, response, bucket, findBucket, limits, now }: Exchange) {
  checkKey(request.key);
  const source = copySource(request.amz('x-amz-copy-source') ?? '');
  const from = findBucket(source.bucket).store;
  const directive = request.amz('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
  }
  if (from === bucket.store && source.key === request.key && directive === 'COPY') {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const replacement = describe(request);
  const opened = await from.openContent(source.key);
  if (!opened) throw noSuchKey(source.key);
  const { object, file } = opened;
  let content: Content;
  try {
    conditionalCopy(request.amz, { etag: quoted(object.etag), lastModified: object.lastModified });
    if (object.size > limits.maxObjectBytes) {
      throw invalidRequest('The specified copy source is larger than the maximum allowable size for a copy source');
    }
    const algorithm = checksumAlgorithmOf(request.amz('x-amz-checksum-algorithm') ?? '') ?? object.checksum?.algorithm;
    content = await copyContent(from, bucket.store, object, file, algorithm);
  } finally {
    await file.close();
  }
  const description = directive === 'REPLACE' ? replacement : { headers: object.headers, metadata: object.metadata };
  const stored = await bucket.store.publish(
    request.key,
    { ...description, ...content, size: object.size, lastModified: now() },
    (current) => conditionalWrite(request.header, versionOf(current), () => noSuchKey(request.key)),
  );
  const { checksum } = stored;
  sendXml(
    response,
    element('CopyObjectResult', [
      element('LastModified', stored.lastModified.toISOString()),
      element('ETag', quoted(stored.etag)),
      checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
      checksum && element('ChecksumType', checksum.type),
    ]),
  );
}

type Content = Pick<StoredObject, 'blob' | 'etag' | 'checksum'>;

/** Shares the content where the digests stay true; an object made of parts gets those of a whole one, as in S3. */
async function copyContent(
  from: BucketStore,
  to: BucketStore,
  object: StoredObject,
  file: FileHandle,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Content> {
  const wasWhole = !object.etag.includes('-') && object.checksum?.type !== 'COMPOSITE';
  if (wasWhole && algorithm === object.checksum?.algorithm) {
    try {
      return { blob: await to.adopt(from, object.blob), etag: object.etag, checksum: object.checksum };
    } catch (error) {
      if (!isMissing(error)) throw error; // replaced meanwhile: what we hold open is still what was asked for
    }
  }
  const md5 = createHash('md5');
  const sum = algorithm && startChecksum(algorithm);
  async function* metered() {
    const chunks: AsyncIterable<Buffer> = file.createReadStream({
      autoClose: false,
      start: 0,
      highWaterMark: 1024 * 1024,
    });
    for await (const chunk of chunks) {
      md5.update(chunk);
      sum?.update(chunk);
      yield chunk;
    }
  }
  const blob = await to.receive(metered());
  const checksum = algorithm &&
    sum && { algorithm, value: sum.digest().toString('base64'), type: 'FULL_OBJECT' as const };
  return { blob, etag: md5.digest('hex'), checksum };
}

function copySource(text: string): { bucket: string; key: string } {
  const [path = '', query = ''] = text.split('?', 2);
  if (query.startsWith('versionId=')) throw notImplemented('versionId');
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decode(path));
  if (match?.[1] && match[2]) return { bucket: match[1], key: match[2] };
  throw invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    text,
  );
}
