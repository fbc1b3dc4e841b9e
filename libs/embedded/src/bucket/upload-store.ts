import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf, startChecksum } from './checksums.js';
import { descriptionSchema } from './bucket-store.js';
import type { BucketStore, NewObject, StoredObject } from './bucket-store.js';
import { makeDirectory, replaceFile, writeNewFile } from './durable-files.js';
import type { IncomingBody } from './incoming-body.js';
import { S3Error, badDigest, invalidRequest, noSuchUpload } from './s3-error.js';
import { Turns } from './turns.js';

const uploadSchema = descriptionSchema.extend({
  uploadId: z.string(),
  key: z.string(),
  initiated: z.iso.datetime().transform((text) => new Date(text)),
  algorithm: z.enum(CHECKSUM_ALGORITHMS).optional(),
  checksumType: z.enum(['FULL_OBJECT', 'COMPOSITE']),
});
const partSchema = z.object({
  number: z.number(),
  file: z.string(),
  size: z.number(),
  /** hex, without quotes */
  etag: z.string(),
  /** base64, of the upload's algorithm */
  checksum: z.string().optional(),
  lastModified: z.iso.datetime().transform((text) => new Date(text)),
});
export type Part = Readonly<z.output<typeof partSchema>>;
export type Upload = Readonly<z.output<typeof uploadSchema>> & { readonly parts: Map<number, Part> };

export interface ChosenPart {
  number: number;
  etag: string;
  /** what the client says the part's checksum is */
  checksum: string | undefined;
}

/** The unfinished multipart uploads of one bucket: a directory each, with a small description per upload and per part. */
export class UploadStore {
  private readonly uploads = new Map<string, Upload>();
  private readonly turns = new Turns();

  private constructor(
    private readonly bucket: BucketStore,
    private readonly directory: string,
  ) {}

  static async open(bucket: BucketStore): Promise<UploadStore> {
    const store = new UploadStore(bucket, join(bucket.directory, 'uploads'));
    await makeDirectory(store.directory);
    for (const uploadId of await readdir(store.directory)) await store.load(uploadId);
    return store;
  }

  all(): Upload[] {
    return [...this.uploads.values()];
  }

  /** @throws S3Error NoSuchUpload, also when the upload is for another key. */
  get(key: string, uploadId: string): Upload {
    const upload = this.uploads.get(uploadId);
    if (upload?.key !== key) throw noSuchUpload(uploadId);
    return upload;
  }

  async begin(description: Omit<Upload, 'uploadId' | 'parts'>): Promise<Upload> {
    const uploadId = randomBytes(24).toString('base64url');
    const stored = { ...description, uploadId };
    await replaceFile(join(this.directory, uploadId, 'upload.json'), JSON.stringify(stored));
    const upload = { ...stored, parts: new Map<number, Part>() };
    this.uploads.set(uploadId, upload);
    return upload;
  }

  /** Stores one part; one that was there under the same number is replaced. */
  async addPart(upload: Upload, number: number, body: IncomingBody, at: Date): Promise<Part> {
    const file = `${number}-${randomBytes(9).toString('base64url')}.part`;
    const directory = join(this.directory, upload.uploadId);
    await writeNewFile(join(directory, file), body.chunks);
    return this.turns.take(upload.uploadId, async () => {
      this.stillThere(upload, directory);
      const part: Part = {
        number,
        file,
        size: body.result.size,
        etag: body.result.md5.toString('hex'),
        checksum: body.result.checksum?.value,
        lastModified: at,
      };
      await replaceFile(join(directory, `${number}.json`), JSON.stringify(part));
      const before = upload.parts.get(number);
      upload.parts.set(number, part);
      if (before) await rm(join(directory, before.file), { force: true });
      return part;
    });
  }

  /**
   * Joins the chosen parts into the object.
   * @throws S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, InvalidRequest, BadDigest, and whatever `allow` throws.
   */
  async complete(
    upload: Upload,
    chosen: readonly ChosenPart[],
    wanted: { minPartBytes: number; checksum: string | undefined; at: Date },
    allow: (current: StoredObject | undefined) => void,
  ): Promise<StoredObject> {
    return this.turns.take(upload.uploadId, async () => {
      const directory = join(this.directory, upload.uploadId);
      this.stillThere(upload, directory);
      const parts = checkParts(upload, chosen, wanted.minPartBytes);
      const whole =
        upload.algorithm && upload.checksumType === 'FULL_OBJECT' ? startChecksum(upload.algorithm) : undefined;
      const blob = await this.bucket.receive(
        joined(
          parts.map((part) => join(directory, part.file)),
          whole?.update.bind(whole),
        ),
      );
      const object: NewObject = {
        blob,
        headers: upload.headers,
        metadata: upload.metadata,
        size: parts.reduce((sum, part) => sum + part.size, 0),
        etag: `${createHash('md5')
          .update(Buffer.from(parts.map((part) => part.etag).join(''), 'hex'))
          .digest('hex')}-${parts.length}`,
        lastModified: wanted.at,
        ...(upload.algorithm && { checksum: checksumOfParts(upload.algorithm, parts, whole?.digest()) }),
      };
      const stored = await this.bucket.publish(upload.key, object, (current) => {
        if (wanted.checksum !== undefined && wanted.checksum !== object.checksum?.value) {
          throw badDigest(`The ${upload.algorithm ?? ''} you specified did not match the calculated checksum.`);
        }
        allow(current);
      });
      await this.forget(upload);
      return stored;
    });
  }

  async abort(upload: Upload): Promise<void> {
    await this.turns.take(upload.uploadId, () => this.forget(upload));
  }

  private stillThere(upload: Upload, directory: string) {
    if (this.uploads.has(upload.uploadId)) return;
    // a part that arrived after the end of its upload has made the directory again
    void rm(directory, { recursive: true, force: true }).catch(() => undefined);
    throw noSuchUpload(upload.uploadId);
  }

  private async forget(upload: Upload) {
    this.uploads.delete(upload.uploadId);
    await rm(join(this.directory, upload.uploadId), { recursive: true, force: true });
  }

  private async load(uploadId: string) {
    const directory = join(this.directory, uploadId);
    const names = await readdir(directory);
    if (!names.includes('upload.json')) {
      await rm(directory, { recursive: true, force: true });
      return;
    }
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(directory, name), 'utf8'));
    const parts = new Map<number, Part>();
    for (const name of names.filter((n) => /^\d+\.json$/.test(n))) {
      const part = partSchema.parse(await read(name));
      parts.set(part.number, part);
    }
    const used = new Set(['upload.json', ...[...parts.values()].flatMap((part) => [part.file, `${part.number}.json`])]);
    for (const name of names) if (!used.has(name)) await rm(join(directory, name), { force: true });
    this.uploads.set(uploadId, { ...uploadSchema.parse(await read('upload.json')), parts });
  }
}

async function* joined(
  paths: readonly string[],
  onChunk: ((chunk: Uint8Array) => void) | undefined,
): AsyncGenerator<Buffer> {
  for (const path of paths) {
    const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1024 * 1024 });
    for await (const chunk of chunks) {
      onChunk?.(chunk);
      yield chunk;
    }
  }
}

function checkParts(upload: Upload, chosen: readonly ChosenPart[], minPartBytes: number): Part[] {
  if (chosen.some(({ number }, i) => i > 0 && number <= (chosen[i - 1]?.number ?? 0))) {
    throw new S3Error(
      'InvalidPartOrder',
      400,
      'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
      { UploadId: upload.uploadId },
    );
  }
  return chosen.map(({ number, etag, checksum }, i) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag.replace(/^"(.*)"$/, '$1') || (checksum !== undefined && checksum !== part.checksum)) {
      throw new S3Error(
        'InvalidPart',
        400,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { UploadId: upload.uploadId, PartNumber: String(number), ETag: etag },
      );
    }
    if (upload.algorithm && upload.checksumType === 'COMPOSITE' && checksum === undefined) {
      throw invalidRequest(
        `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    if (part.size < minPartBytes && i < chosen.length - 1) {
      throw new S3Error('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(minPartBytes),
        PartNumber: String(number),
        ETag: part.etag,
      });
    }
    return part;
  });
}

function checksumOfParts(algorithm: ChecksumAlgorithm, parts: readonly Part[], whole: Buffer | undefined) {
  if (whole) return { algorithm, value: whole.toString('base64'), type: 'FULL_OBJECT' as const };
  const sums = Buffer.concat(parts.map((part) => Buffer.from(part.checksum ?? '', 'base64')));
  const value = `${checksumOf(algorithm, sums).toString('base64')}-${parts.length}`;
  return { algorithm, value, type: 'COMPOSITE' as const };
}
