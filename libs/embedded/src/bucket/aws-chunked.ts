import { createHash } from 'node:crypto';
import { S3Error, invalidRequest } from './s3-error.js';
import { type SignedChunks, sameText, signatureDoesNotMatch } from './signature.js';

const MAX_LINE = 16 * 1024;
const MIN_CHUNK = 8192;

/**
 * Takes the aws-chunked framing off a body: `size[;chunk-signature=…]\r\n data \r\n … 0\r\n trailers \r\n`.
 * Yields the data; each chunk's signature, when there are any, is checked before the next chunk begins.
 * The trailers are put into `trailers` before the last step of the iteration.
 * @throws S3Error SignatureDoesNotMatch, InvalidChunkSizeError, IncompleteBody, MalformedTrailerError
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  signed: SignedChunks | undefined,
  expectTrailer: boolean,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const input = new ByteReader(source);
  let previous = signed?.seed ?? '';
  let lastSize = MIN_CHUNK;
  for (;;) {
    const heading = await input.line();
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(heading);
    if (!match?.[1] || (signed !== undefined) !== (match[2] !== undefined)) throw incompleteBody();
    const size = Number.parseInt(match[1], 16);
    if (size > 0 && lastSize < MIN_CHUNK) {
      throw new S3Error(
        'InvalidChunkSizeError',
        403,
        'Only the last chunk is allowed to have a size less than 8192 bytes',
        { BadChunkSize: String(lastSize) },
      );
    }
    lastSize = size;
    const hash = signed && createHash('sha256');
    for await (const piece of input.exactly(size)) {
      hash?.update(piece);
      yield piece;
    }
    if (signed && hash) {
      const expected = await signed.signChunk(previous, hash.digest('hex'));
      if (!sameText(expected, match[2] ?? '')) throw signatureDoesNotMatch();
      previous = expected;
    }
    if (size === 0) break;
    if ((await input.line()) !== '') throw incompleteBody();
  }
  await readTrailers(input, signed, previous, expectTrailer, trailers);
}

async function readTrailers(
  input: ByteReader,
  signed: SignedChunks | undefined,
  previous: string,
  expectTrailer: boolean,
  trailers: Map<string, string>,
) {
  const lines: string[] = [];
  for (let line = await input.lineOrEnd(); line; line = await input.lineOrEnd()) {
    const at = line.indexOf(':');
    if (at < 1 || lines.length > 20) throw malformedTrailer();
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    trailers.set(name, value);
    if (name !== 'x-amz-trailer-signature') lines.push(`${name}:${value}\n`);
  }
  if (!expectTrailer) {
    if (trailers.size > 0) throw malformedTrailer();
    return;
  }
  if (!signed) return;
  const sha256 = createHash('sha256').update(lines.join('')).digest('hex');
  const signature = trailers.get('x-amz-trailer-signature') ?? '';
  if (!sameText(await signed.signTrailer(previous, sha256), signature)) throw signatureDoesNotMatch();
}

export const incompleteBody = () => new S3Error('IncompleteBody', 400, 'The request body terminated unexpectedly');
export const malformedTrailer = () =>
  new S3Error(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );

class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private held = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const line = await this.lineOrEnd();
    if (line === undefined) throw incompleteBody();
    return line;
  }

  async lineOrEnd(): Promise<string | undefined> {
    for (let from = 0; ;) {
      const end = this.held.indexOf(0x0a, from);
      if (end !== -1) {
        const line = this.held.toString('latin1', 0, end);
        this.held = this.held.subarray(end + 1);
        return line.endsWith('\r') ? line.slice(0, -1) : line;
      }
      if (this.held.length > MAX_LINE) throw invalidRequest('A chunk heading is too long');
      from = this.held.length;
      if (!(await this.more())) {
        if (this.held.length > 0) throw incompleteBody();
        return undefined;
      }
    }
  }

  async *exactly(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      if (this.held.length === 0 && !(await this.more())) throw incompleteBody();
      const piece = this.held.subarray(0, left);
      this.held = this.held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  private async more(): Promise<boolean> {
    const next = await this.source.next();
    if (next.done) return false;
    this.held = this.held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.held, next.value]);
    return true;
  }
}
