import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import type { Config } from '../config.js';

export interface StoredFile {
  readonly size: number;
  readonly etag: string;
}

export interface UploadUrl {
  readonly url: string;
  /** The client must send exactly these. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The bucket did not answer, or not as it should: it may later. */
export class BucketAway extends Error {
  override readonly name = 'BucketAway';
  constructor(cause: unknown) {
    super('The bucket does not answer', { cause });
  }
}

// Not named Bucket: TypeScript 7.0 renames property keys that are spelt like the decorated class around them.
/** The bucket of the uploads: S3, or any server that speaks its protocol. */
@Injectable()
export class MediaBucket implements OnApplicationShutdown {
  private readonly s3: S3Client;
  private readonly name: string;

  constructor(@Inject(CONFIG) config: Config) {
    this.name = config.S3_BUCKET;
    this.s3 = new S3Client({
      region: config.S3_REGION,
      forcePathStyle: config.S3_FORCE_PATH_STYLE,
      credentials: { accessKeyId: config.S3_ACCESS_KEY_ID, secretAccessKey: config.S3_SECRET_ACCESS_KEY },
      // else a presigned PUT would carry the checksum of an empty body
      requestChecksumCalculation: 'WHEN_REQUIRED',
      ...(config.S3_ENDPOINT ? { endpoint: config.S3_ENDPOINT } : {}),
    });
  }

  /** A URL for one upload of exactly this type and length; it cannot replace what is there already. */
  async uploadUrl(key: string, contentType: string, size: number, expiresIn: number): Promise<UploadUrl> {
    const command = new PutObjectCommand({
      Bucket: this.name,
      Key: key,
      ContentType: contentType,
      ContentLength: size,
      IfNoneMatch: '*',
    });
    const url = await getSignedUrl(this.s3, command, {
      expiresIn,
      signableHeaders: new Set(['host', 'content-type', 'content-length', 'if-none-match']),
      unhoistableHeaders: new Set(['if-none-match']),
    });
    return { url, headers: { 'content-type': contentType, 'content-length': String(size), 'if-none-match': '*' } };
  }

  /** A URL that delivers the object as `contentType` under the name `fileName`, shown or saved. */
  downloadUrl(
    key: string,
    as: { contentType: string; fileName: string; saved: boolean },
    expiresIn: number,
  ): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.name,
      Key: key,
      ResponseContentType: as.contentType,
      ResponseContentDisposition: disposition(as.fileName, as.saved),
      ResponseCacheControl: `private, max-age=${expiresIn}`,
    });
    return getSignedUrl(this.s3, command, { expiresIn });
  }

  /** Undefined when there is no such object. */
  async stat(key: string): Promise<StoredFile | undefined> {
    const head = await orMissing(this.s3.send(new HeadObjectCommand({ Bucket: this.name, Key: key })));
    return head && { size: head.ContentLength ?? 0, etag: head.ETag ?? '' };
  }

  /** Some bytes of the object, `to` included, as long as it is still the one with this ETag; else undefined. */
  async read(key: string, etag: string, from: number, to: number): Promise<Uint8Array | undefined> {
    const command = new GetObjectCommand({ Bucket: this.name, Key: key, IfMatch: etag, Range: `bytes=${from}-${to}` });
    const answer = await orMissing(this.s3.send(command));
    return answer?.Body?.transformToByteArray();
  }

  /** Copies the object, if it is still the one with this ETag. False when it is not. */
  async copy(from: string, to: string, etag: string, contentType: string): Promise<boolean> {
    const command = new CopyObjectCommand({
      Bucket: this.name,
      CopySource: `${this.name}/${from}`,
      CopySourceIfMatch: etag,
      Key: to,
      ContentType: contentType,
      MetadataDirective: 'REPLACE',
    });
    return (await orMissing(this.s3.send(command))) !== undefined;
  }

  /** Throws {@link BucketAway}. */
  async remove(key: string): Promise<void> {
    await orAway(this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key })));
  }

  /** Removes every object whose key begins so. Throws {@link BucketAway}. */
  async removeAll(prefix: string): Promise<void> {
    for (;;) {
      const found = this.s3.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix }));
      const { Contents = [] } = await orAway(found);
      const keys = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
      if (keys.length === 0) return;
      for (const key of keys) await this.remove(key);
    }
  }

  onApplicationShutdown(): void {
    this.s3.destroy();
  }
}

/** RFC 6266, with the name in plain ASCII for old clients and in UTF-8 for all others. */
function disposition(fileName: string, saved: boolean): string {
  const ascii = fileName.replaceAll(/[^\u0020-\u007e]|["\\]/g, '_');
  const utf8 = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (c) => `%${c.codePointAt(0)?.toString(16).toUpperCase()}`,
  );
  return `${saved ? 'attachment' : 'inline'}; filename="${ascii}"; filename*=UTF-8''${utf8}`;
}

/** A refusal of the bucket, for example of our key, stays what it is: waiting does not help. */
async function orAway<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const refused = error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500;
    throw refused ? error : new BucketAway(error);
  }
}

/** Undefined for an object that is not there, or no longer the one that was meant. */
async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404 || status === 412) return undefined;
    throw error;
  }
}
