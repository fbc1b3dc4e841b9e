import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { checksumHeader } from './checksums.js';
import { type Exchange, checkKey, sendXml, versionOf } from './exchange.js';
import { conditionalRead, conditionalWrite, requestedRange } from './preconditions.js';
import { describe, quoted, sendDescription } from './headers.js';
import { incomingBody, readDocument } from './incoming-body.js';
import { invalidRequest, malformedXml, noSuchKey } from './s3-error.js';
import { type Xml, element, readXml } from './xml.js';

export async function putObject({ request, response, bucket, source, payload, limits, now }: Exchange) {
  const { store } = bucket;
  checkKey(request.key);
  const description = describe(request);
  const body = incomingBody(source, request, payload, { maxBytes: limits.maxObjectBytes });
  // refuse before the upload where that is already possible, and again when it is published
  conditionalWrite(request.header, versionOf(store.find(request.key)), () => noSuchKey(request.key));
  const blob = await store.receive(body.chunks);
  const { size, md5, checksum } = body.result;
  const object = await store.publish(
    request.key,
    {
      ...description,
      blob,
      size,
      etag: md5.toString('hex'),
      lastModified: now(),
      ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
    },
    (current) => conditionalWrite(request.header, versionOf(current), () => noSuchKey(request.key)),
  );
  response.setHeader('etag', quoted(object.etag));
  if (checksum) {
    response.setHeader(checksumHeader(checksum.algorithm), checksum.value);
    response.setHeader('x-amz-checksum-type', 'FULL_OBJECT');
  }
  response.writeHead(200, { 'content-length': 0 }).end();
}

export async function getObject({ request, response, bucket }: Exchange) {
  const opened = await bucket.store.openContent(request.key);
  if (!opened) throw noSuchKey(request.key);
  const { object, file } = opened;
  try {
    const version = { etag: quoted(object.etag), lastModified: object.lastModified };
    if (conditionalRead(request.header, version) === 'not-modified') {
      response.setHeader('etag', version.etag);
      response.setHeader('last-modified', object.lastModified.toUTCString());
      response.writeHead(304).end();
      return;
    }
    const range = requestedRange(request.header, object.size, version);
    sendDescription(response, object, request, range === undefined);
    if (range) response.setHeader('content-range', `bytes ${range.start}-${range.end}/${object.size}`);
    response.setHeader('content-length', range ? range.end - range.start + 1 : object.size);
    response.statusCode = range ? 206 : 200;
    if (request.method === 'HEAD' || object.size === 0) {
      response.end();
      return;
    }
    const content = file.createReadStream({
      autoClose: false,
      highWaterMark: 256 * 1024,
      start: range?.start ?? 0,
      end: range?.end ?? object.size - 1,
    });
    await pipeline(content, response);
  } finally {
    await file.close();
  }
}

export async function deleteObject({ request, response, bucket }: Exchange) {
  await bucket.store.remove(request.key, (current) => {
    if (request.header('if-match') !== undefined && current) {
      conditionalWrite(request.header, versionOf(current), () => noSuchKey(request.key));
    }
  });
  response.writeHead(204).end();
}

const deletion = z.object({
  Delete: z.object({
    Quiet: z.string().optional(),
    Object: z
      .array(z.object({ Key: z.string() }))
      .min(1)
      .max(1000),
  }),
});

export async function deleteObjects({ request, response, bucket, source, payload }: Exchange) {
  const { text, checked } = await readDocument(source, request, payload);
  if (!checked) throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  const wanted = readXml(text, deletion)?.Delete;
  if (!wanted) throw malformedXml();
  const quiet = wanted.Quiet?.trim() === 'true';
  const results: Xml[] = [];
  for (const { Key } of wanted.Object) {
    await bucket.store.remove(Key);
    if (!quiet) results.push(element('Deleted', [element('Key', Key)]));
  }
  sendXml(response, element('DeleteResult', results));
}
