import { createHash } from 'node:crypto';
import { decodeAwsChunked, incompleteBody, malformedTrailer } from './aws-chunked.js';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  type Digest,
  checksumAlgorithmOf,
  checksumHeader,
  startChecksum,
} from './checksums.js';
import type { S3Request } from './request.js';
import { S3Error, badDigest, invalidArgument, invalidRequest } from './s3-error.js';
import type { PayloadPromise } from './signature.js';

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** base64 */
  value: string;
}

/** A request's body, checked against everything that the client said about it while it streams by. */
export interface IncomingBody {
  /** Iterate once, to the end: the last step throws when the body is not what was promised. */
  readonly chunks: AsyncIterable<Buffer>;
  /** What was read; complete once the iteration has ended. */
  readonly result: { size: number; md5: Buffer; checksum: Checksum | undefined };
}

/**
 * Unwraps and checks a body: length, Content-MD5, x-amz-content-sha256, chunk signatures, x-amz-checksum-* in header or trailer.
 * With `computing` that checksum is also calculated when the client sent none.
 * @throws S3Error MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest at once; the rest while iterating.
 */
export function incomingBody(
  source: AsyncIterable<Buffer>,
  request: S3Request,
  promise: PayloadPromise,
  { maxBytes, computing }: { maxBytes: number; computing?: ChecksumAlgorithm | undefined },
): IncomingBody {
  const length = declaredLength(request, promise);
  if (length > maxBytes) throw entityTooLarge(length, maxBytes);
  const expectedMd5 = contentMd5(request);
  const promised = promisedChecksum(request);
  const algorithm = promised?.algorithm ?? computing;

  const md5 = createHash('md5');
  const sha256 = promise.kind === 'hash' ? createHash('sha256') : undefined;
  const checksum: Digest | undefined = algorithm && startChecksum(algorithm);
  const trailers = new Map<string, string>();
  const result: IncomingBody['result'] = { size: 0, md5: Buffer.alloc(0), checksum: undefined };

  async function* chunks(): AsyncGenerator<Buffer> {
    const data =
      promise.kind === 'chunked' ? decodeAwsChunked(source, promise.signed, promise.trailer, trailers) : source;
    for await (const chunk of data) {
      result.size += chunk.length;
      if (result.size > length) throw incompleteBody();
      md5.update(chunk);
      sha256?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    if (result.size !== length) throw incompleteBody();
    result.md5 = md5.digest();
    if (promise.kind === 'hash') checkSha256(promise.sha256, sha256?.digest('hex') ?? '');
    if (expectedMd5 && !expectedMd5.equals(result.md5)) {
      throw badDigest('The Content-MD5 you specified did not match what we received.');
    }
    if (algorithm && checksum) {
      const value = checksum.digest().toString('base64');
      result.checksum = { algorithm, value };
      const wanted = promised?.inTrailer ? trailers.get(checksumHeader(algorithm)) : promised?.value;
      if (promised?.inTrailer && wanted === undefined) throw malformedTrailer();
      if (wanted !== undefined && wanted !== value) {
        throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
      }
    }
  }
  return { chunks: chunks(), result };
}

/** Reads a small XML body whole. @throws S3Error as {@link incomingBody} does. */
export async function readDocument(
  source: AsyncIterable<Buffer>,
  request: S3Request,
  promise: PayloadPromise,
): Promise<{ text: string; checked: boolean }> {
  const body = incomingBody(source, request, promise, { maxBytes: 2 * 1024 * 1024 });
  const chunks: Buffer[] = [];
  for await (const chunk of body.chunks) chunks.push(chunk);
  return {
    text: Buffer.concat(chunks).toString('utf8'),
    checked: body.result.checksum !== undefined || request.header('content-md5') !== undefined,
  };
}

function declaredLength(request: S3Request, promise: PayloadPromise): number {
  const name = promise.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length';
  const text = request.header(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new S3Error('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
}

export const entityTooLarge = (proposed: number, allowed: number) =>
  new S3Error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: String(proposed),
    MaxSizeAllowed: String(allowed),
  });

function contentMd5(request: S3Request): Buffer | undefined {
  const text = request.header('content-md5');
  if (text === undefined) return undefined;
  const md5 = Buffer.from(text, 'base64');
  if (md5.length === 16 && md5.toString('base64') === text) return md5;
  throw new S3Error('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', { 'Content-MD5': text });
}

type Promised = { algorithm: ChecksumAlgorithm; value: string; inTrailer: boolean };

function promisedChecksum(request: S3Request): Promised | undefined {
  const named = CHECKSUM_ALGORITHMS.filter((algorithm) => request.amz(checksumHeader(algorithm)) !== undefined);
  const inTrailer = (request.header('x-amz-trailer') ?? '').split(',').flatMap((name) => {
    const algorithm = checksumAlgorithmOf(name.trim());
    return algorithm ? [algorithm] : [];
  });
  if (named.length + inTrailer.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const declared = request.amz('x-amz-sdk-checksum-algorithm');
  const algorithm = named[0] ?? inTrailer[0];
  if (!algorithm) {
    // An SDK that names an algorithm also sends its value; presigners hoist only the name, which promises nothing.
    return undefined;
  }
  if (declared && checksumAlgorithmOf(declared) !== algorithm) {
    throw invalidArgument(
      'Value for x-amz-sdk-checksum-algorithm header is invalid.',
      'x-amz-sdk-checksum-algorithm',
      declared,
    );
  }
  if (inTrailer[0]) return { algorithm, value: '', inTrailer: true };
  const value = request.amz(checksumHeader(algorithm)) ?? '';
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== startChecksum(algorithm).digest().length || bytes.toString('base64') !== value) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return { algorithm, value, inTrailer: false };
}

function checkSha256(client: string, server: string) {
  if (client === server) return;
  throw new S3Error(
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: client, S3ComputedContentSHA256: server },
  );
}
