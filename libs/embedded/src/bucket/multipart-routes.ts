import { z } from 'zod';
import { CHECKSUM_ALGORITHMS, checksumAlgorithmOf, checksumHeader } from './checksums.js';
import { type Exchange, checkKey, sendXml, versionOf } from './exchange.js';
import { describe, quoted } from './headers.js';
import { incomingBody, readDocument } from './incoming-body.js';
import { conditionalWrite } from './preconditions.js';
import { invalidArgument, invalidRequest, malformedXml, noSuchKey } from './s3-error.js';
import { element, readXml } from './xml.js';

const MAX_PARTS = 10_000;

export async function createMultipartUpload({ request, response, bucket, now }: Exchange) {
  checkKey(request.key);
  const named = request.amz('x-amz-checksum-algorithm');
  const algorithm = checksumAlgorithmOf(named ?? '');
  if (named && !algorithm) {
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  const checksumType = request.amz('x-amz-checksum-type') ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (checksumType !== 'FULL_OBJECT' && checksumType !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  const impossible = checksumType === 'FULL_OBJECT' ? algorithm?.startsWith('SHA') : algorithm === 'CRC64NVME';
  if (algorithm && impossible) {
    throw invalidRequest(
      `The ${checksumType} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  const upload = await bucket.uploads.begin({
    ...describe(request),
    key: request.key,
    initiated: now(),
    checksumType,
    ...(algorithm && { algorithm }),
  });
  if (algorithm) {
    response.setHeader('x-amz-checksum-algorithm', algorithm);
    response.setHeader('x-amz-checksum-type', checksumType);
  }
  sendXml(
    response,
    element('InitiateMultipartUploadResult', [
      element('Bucket', bucket.name),
      element('Key', request.key),
      element('UploadId', upload.uploadId),
    ]),
  );
}

export async function uploadPart({ request, response, bucket, source, payload, limits, now }: Exchange) {
  const upload = bucket.uploads.get(request.key, request.param('uploadId') ?? '');
  const number = wholeNumber(request.param('partNumber'), 'partNumber', 0);
  if (number < 1 || number > MAX_PARTS) {
    throw invalidArgument(
      'Part number must be an integer between 1 and 10000, inclusive',
      'partNumber',
      String(number),
    );
  }
  const sent = CHECKSUM_ALGORITHMS.find((algorithm) => request.amz(checksumHeader(algorithm)) !== undefined);
  if (sent && upload.algorithm && sent !== upload.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${sent.toLowerCase()}`,
    );
  }
  const body = incomingBody(source, request, payload, { maxBytes: limits.maxObjectBytes, computing: upload.algorithm });
  const part = await bucket.uploads.addPart(upload, number, body, now());
  response.setHeader('etag', quoted(part.etag));
  const { checksum } = body.result;
  if (checksum) response.setHeader(checksumHeader(checksum.algorithm), checksum.value);
  response.writeHead(200, { 'content-length': 0 }).end();
}

const sum = z.string().optional();
const completion = z.object({
  CompleteMultipartUpload: z.object({
    Part: z
      .array(
        z.object({
          PartNumber: z.string().regex(/^\s*\d{1,5}\s*$/),
          ETag: z.string(),
          ChecksumCRC32: sum,
          ChecksumCRC32C: sum,
          ChecksumCRC64NVME: sum,
          ChecksumSHA1: sum,
          ChecksumSHA256: sum,
        }),
      )
      .min(1)
      .max(MAX_PARTS),
  }),
});

export async function completeMultipartUpload({ request, response, bucket, source, payload, limits, now }: Exchange) {
  const upload = bucket.uploads.get(request.key, request.param('uploadId') ?? '');
  // A checksum header here is the whole object's, not this document's.
  const { text } = await readDocument(source, { ...request, amz: () => undefined }, payload);
  const wanted = readXml(text, completion)?.CompleteMultipartUpload;
  if (!wanted) throw malformedXml();
  const { algorithm } = upload;
  const object = await bucket.uploads.complete(
    upload,
    wanted.Part.map((part) => ({
      number: Number(part.PartNumber),
      etag: part.ETag.trim(),
      checksum: algorithm && part[`Checksum${algorithm}`]?.trim(),
    })),
    {
      minPartBytes: limits.minPartBytes,
      checksum: algorithm && request.amz(checksumHeader(algorithm)),
      at: now(),
    },
    (current) => conditionalWrite(request.header, versionOf(current), () => noSuchKey(request.key)),
  );
  const { checksum } = object;
  sendXml(
    response,
    element('CompleteMultipartUploadResult', [
      element('Location', `http://${request.header('host') ?? ''}${request.canonicalPath}`),
      element('Bucket', bucket.name),
      element('Key', object.key),
      element('ETag', quoted(object.etag)),
      checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
      checksum && element('ChecksumType', checksum.type),
    ]),
  );
}

export async function abortMultipartUpload({ request, response, bucket }: Exchange) {
  await bucket.uploads.abort(bucket.uploads.get(request.key, request.param('uploadId') ?? ''));
  response.writeHead(204).end();
}

export function listParts({ request, response, bucket }: Exchange) {
  const upload = bucket.uploads.get(request.key, request.param('uploadId') ?? '');
  const max = Math.min(1000, wholeNumber(request.param('max-parts'), 'max-parts', 1000));
  const marker = wholeNumber(request.param('part-number-marker'), 'part-number-marker', 0);
  const later = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const shown = later.slice(0, max);
  const { algorithm } = upload;
  sendXml(
    response,
    element('ListPartsResult', [
      element('Bucket', bucket.name),
      element('Key', upload.key),
      element('UploadId', upload.uploadId),
      element('PartNumberMarker', marker),
      element('NextPartNumberMarker', shown.at(-1)?.number ?? 0),
      element('MaxParts', max),
      element('IsTruncated', shown.length < later.length),
      algorithm && element('ChecksumAlgorithm', algorithm),
      algorithm && element('ChecksumType', upload.checksumType),
      ...shown.map((part) =>
        element('Part', [
          element('PartNumber', part.number),
          element('LastModified', part.lastModified.toISOString()),
          element('ETag', quoted(part.etag)),
          element('Size', part.size),
          algorithm && part.checksum ? element(`Checksum${algorithm}`, part.checksum) : undefined,
        ]),
      ),
    ]),
  );
}

export function listMultipartUploads({ request, response, bucket }: Exchange) {
  const prefix = request.param('prefix') ?? '';
  const uploads = bucket.uploads
    .all()
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((a, b) => (a.key === b.key ? a.initiated.getTime() - b.initiated.getTime() : a.key < b.key ? -1 : 1))
    .slice(0, 1000);
  sendXml(
    response,
    element('ListMultipartUploadsResult', [
      element('Bucket', bucket.name),
      element('Prefix', prefix),
      element('MaxUploads', 1000),
      element('IsTruncated', false),
      ...uploads.map((upload) =>
        element('Upload', [
          element('Key', upload.key),
          element('UploadId', upload.uploadId),
          element('Initiated', upload.initiated.toISOString()),
        ]),
      ),
    ]),
  );
}

export function wholeNumber(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}
