import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type RunningBucket, startBucket } from '@lyceum/embedded/bucket';

const credentials = { accessKeyId: 'AKIDLYCEUM', secretAccessKey: 'a-secret-of-the-tests' };
const Bucket = 'lyceum-media';
const MIB = 1024 * 1024;

let bucket: RunningBucket;
let s3: S3Client;
const clientFor = (extra: Partial<S3ClientConfig> = {}) =>
  new S3Client({
    endpoint: bucket.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
    ...extra,
  });
const md5 = (data: Buffer | string) => createHash('md5').update(data).digest('hex');
const failure = async (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) => ({
      name: error.name,
      status: error.$metadata?.httpStatusCode,
    }),
  );

const putOnce = (Body: string) => s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' }));
const etagOf = (...parts: Buffer[]) =>
  `"${md5(Buffer.concat(parts.map((part) => createHash('md5').update(part).digest())))}-${parts.length}"`;

beforeAll(async () => {
  bucket = await startBucket({ buckets: [Bucket, 'other-bucket'], ...credentials });
  s3 = clientFor();
});
afterAll(async () => {
  s3.destroy();
  await bucket.close();
});

describe('objects', () => {
  it('come back as they were put, with all that was said about them', async () => {
    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'a/b.txt',
        Body: 'hello',
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'private, max-age=60',
        ContentDisposition: 'attachment; filename="b.txt"',
        Metadata: { owner: 'u-1' },
      }),
    );
    expect(put.ETag).toBe(`"${md5('hello')}"`);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({
      ETag: `"${md5('hello')}"`,
      ContentLength: 5,
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'private, max-age=60',
      ContentDisposition: 'attachment; filename="b.txt"',
      Metadata: { owner: 'u-1' },
      ChecksumCRC32: 'NhCmhg==',
    });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b.txt' }));
    expect(head).toMatchObject({ ContentLength: 5, Metadata: { owner: 'u-1' } });
    expect(head.LastModified?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('of no bytes are objects too', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: new Uint8Array(0) }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'empty' }));
    expect([await got.Body?.transformToString(), got.ContentLength]).toEqual(['', 0]);
  });

  it.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('stream up and down with checksums %s', async (mode) => {
    const client = clientFor({ requestChecksumCalculation: mode, responseChecksumValidation: mode });
    const data = Buffer.alloc(3 * MIB + 17, 'lyceum!');
    const body = Readable.from(
      (function* () {
        for (let at = 0; at < data.length; at += 65_536) yield data.subarray(at, at + 65_536);
      })(),
    );
    await client.send(new PutObjectCommand({ Bucket, Key: `stream-${mode}`, Body: body, ContentLength: data.length }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: `stream-${mode}` }));
    expect(md5(Buffer.from((await got.Body?.transformToByteArray()) ?? []))).toBe(md5(data));
    expect(got.ContentEncoding).toBeUndefined();
    client.destroy();
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'carry a %s checksum that the client verifies',
    async (algorithm) => {
      await s3.send(
        new PutObjectCommand({ Bucket, Key: `sum-${algorithm}`, Body: 'checked', ChecksumAlgorithm: algorithm }),
      );
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: `sum-${algorithm}`, ChecksumMode: 'ENABLED' }));
      expect(await got.Body?.transformToString()).toBe('checked');
      expect(got[`Checksum${algorithm}`]).toMatch(/=$/);
    },
  );

  it.each([
    'ünï/çødé/日本語/🎓.mp4',
    '../../../etc/passwd',
    '..',
    'a//b///c/',
    'with space + plus & amp?query#hash%25',
    'quotes\'"()*!<x>',
    '\u0001control\r\n',
    '  padded  ',
    'CON',
    '123',
    '__proto__',
    'x'.repeat(1024),
  ])('may be named %j', async (Key) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe(Key);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url' }));
    expect(listed.Contents?.map((o) => decodeURIComponent(o.Key ?? ''))).toContain(Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await failure(s3.send(new GetObjectCommand({ Bucket, Key })))).toEqual({ name: 'NoSuchKey', status: 404 });
  });

  it('with a name of more than 1024 bytes are refused', async () => {
    const put = s3.send(new PutObjectCommand({ Bucket, Key: 'é'.repeat(513), Body: new Uint8Array(0) }));
    expect(await failure(put)).toEqual({ name: 'KeyTooLongError', status: 400 });
  });

  it('that are written by many at once end as exactly one of the writes', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000 + i));
    await Promise.all(bodies.map((Body) => s3.send(new PutObjectCommand({ Bucket, Key: 'contended', Body }))));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'contended' }));
    const text = await got.Body?.transformToString();
    expect(bodies).toContain(text);
    expect(got.ETag).toBe(`"${md5(text ?? '')}"`);
  });

  it('are created once when a write says so', async () => {
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(putOnce));
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    expect(await failure(putOnce('e'))).toEqual({ name: 'PreconditionFailed', status: 412 });
  });
});

describe('parts and conditions of a read', () => {
  const Key = 'digits';
  let etag: string;
  beforeAll(async () => {
    etag = (await s3.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }))).ETag ?? '';
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s gives %s', async (Range, text, contentRange) => {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect([await got.Body?.transformToString(), got.ContentRange, got.ContentLength]).toEqual([
      text,
      contentRange,
      text.length,
    ]);
  });

  it('a range outside the object is refused', async () => {
    const got = s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=10-' }));
    expect(await failure(got)).toEqual({ name: 'InvalidRange', status: 416 });
  });

  it('an unchanged object is not sent again', async () => {
    expect(await failure(s3.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: etag })))).toMatchObject({
      status: 304,
    });
    const since = new Date(Date.now() + 1000);
    expect(await failure(s3.send(new GetObjectCommand({ Bucket, Key, IfModifiedSince: since })))).toMatchObject({
      status: 304,
    });
  });

  it('another version than the wanted one is refused', async () => {
    const got = s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: '"0"' }));
    expect(await failure(got)).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect((await s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: etag }))).ETag).toBe(etag);
  });
});

describe('buckets', () => {
  it('are there, or not, or made', async () => {
    await s3.send(new HeadBucketCommand({ Bucket }));
    expect(await failure(s3.send(new HeadBucketCommand({ Bucket: 'nowhere' })))).toMatchObject({
      name: 'NotFound',
      status: 404,
    });
    expect(await failure(s3.send(new PutObjectCommand({ Bucket: 'nowhere', Key: 'k', Body: 'x' })))).toMatchObject({
      name: 'NoSuchBucket',
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'made-here' }));
    await s3.send(new PutObjectCommand({ Bucket: 'made-here', Key: 'k', Body: 'x' }));
    expect(await failure(s3.send(new CreateBucketCommand({ Bucket: 'made-here' })))).toMatchObject({ status: 409 });
  });
});

describe('deleting, copying, listing', () => {
  it('deletes several, and what is not there without complaint', async () => {
    for (const Key of ['d/1', 'd/2&<>']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const done = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'd/1' }, { Key: 'd/2&<>' }, { Key: 'd/never' }] },
      }),
    );
    expect(done.Deleted?.map((d) => d.Key)).toEqual(['d/1', 'd/2&<>', 'd/never']);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'd/' }))).KeyCount).toBe(0);
  });

  it('copies content and description, or replaces the description', async () => {
    const CopySource = `${Bucket}/${encodeURIComponent('source ü')}`;
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'source ü', Body: 'copy me', ContentType: 'text/x', Metadata: { a: '1' } }),
    );
    await s3.send(new CopyObjectCommand({ Bucket: 'other-bucket', Key: 'kept', CopySource }));
    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'replaced',
        CopySource,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/y',
        Metadata: { b: '2' },
      }),
    );
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'source ü' }));
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'other-bucket', Key: 'kept' }));
    expect(kept).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, ETag: `"${md5('copy me')}"` });
    expect(await kept.Body?.transformToString()).toBe('copy me');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'replaced' }))).toMatchObject({
      ContentType: 'text/y',
      Metadata: { b: '2' },
    });
    expect(await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource })))).toMatchObject({
      name: 'NoSuchKey',
    });
    const self = s3.send(new CopyObjectCommand({ Bucket, Key: 'replaced', CopySource: `${Bucket}/replaced` }));
    expect(await failure(self)).toMatchObject({ name: 'InvalidRequest' });
  });

  it('lists in pages, folding by delimiter', async () => {
    const Prefix = 'list/';
    for (const name of ['a', 'b/1', 'b/2', 'c', 'd/1', 'é', '\u{1f393}', '\uffee']) {
      await s3.send(new PutObjectCommand({ Bucket, Key: Prefix + name, Body: new Uint8Array(0) }));
    }
    const all: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2, ContinuationToken }),
      );
      all.push(
        ...(page.Contents ?? []).map((o) => o.Key ?? ''),
        ...(page.CommonPrefixes ?? []).map((p) => p.Prefix ?? ''),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(all.map((key) => key.slice(Prefix.length))).toEqual(['a', 'b/', 'c', 'd/', 'é', '\uffee', '\u{1f393}']);
  });
});

describe('multipart uploads', () => {
  const big = Buffer.alloc(5 * MIB, 'p');

  it.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('join their parts (checksums %s)', async (mode) => {
    const client = clientFor({ requestChecksumCalculation: mode });
    const Key = `multi-${mode}`;
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4', Metadata: { m: '1' } }),
    );
    const tail = Buffer.from('the end');
    const Parts = [];
    for (const [i, Body] of [big, tail].entries()) {
      const part = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body }));
      Parts.push({ ...part, PartNumber: i + 1 });
    }
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
    expect(listed.Parts?.map((p) => [p.PartNumber, p.Size])).toEqual([
      [1, big.length],
      [2, tail.length],
    ]);
    const done = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    expect(done.ETag).toBe(etagOf(big, tail));
    const got = await client.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${big.length - 2}-` }));
    expect(await got.Body?.transformToString()).toBe('ppthe end');
    expect(got).toMatchObject({ ContentType: 'video/mp4', Metadata: { m: '1' } });
    expect(await failure(client.send(new ListPartsCommand({ Bucket, Key, UploadId })))).toMatchObject({
      name: 'NoSuchUpload',
    });
    const copied = await client.send(
      new CopyObjectCommand({ Bucket, Key: `${Key}-copy`, CopySource: `${Bucket}/${Key}` }),
    );
    expect(copied.CopyObjectResult?.ETag).toBe(`"${md5(Buffer.concat([big, tail]))}"`);
    client.destroy();
  });

  it('refuse wrong, disordered and too small parts, and leave nothing when aborted', async () => {
    const client = clientFor({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const Key = 'multi-refused';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const ETags: string[] = [];
    for (const PartNumber of [1, 2]) {
      ETags.push(
        (await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: `p${PartNumber}` })))
          .ETag ?? '',
      );
    }
    const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      failure(client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })));
    expect(await complete([{ PartNumber: 1, ETag: '"wrong"' }])).toEqual({ name: 'InvalidPart', status: 400 });
    expect(await complete([{ PartNumber: 3, ETag: ETags[0] }])).toEqual({ name: 'InvalidPart', status: 400 });
    expect(
      await complete([
        { PartNumber: 2, ETag: ETags[1] },
        { PartNumber: 1, ETag: ETags[0] },
      ]),
    ).toEqual({ name: 'InvalidPartOrder', status: 400 });
    expect(
      await complete([
        { PartNumber: 1, ETag: ETags[0] },
        { PartNumber: 2, ETag: ETags[1] },
      ]),
    ).toEqual({ name: 'EntityTooSmall', status: 400 });
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await complete([{ PartNumber: 1, ETag: ETags[0] }])).toEqual({ name: 'NoSuchUpload', status: 404 });
    expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key })))).toMatchObject({ status: 404 });
    client.destroy();
  });

  it('of a checksummed kind must name the checksum of every part, as S3 wants it', async () => {
    const Key = 'multi-nosum';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }));
    const { ETag } = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x', ChecksumAlgorithm: 'SHA256' }),
    );
    const complete = s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
    expect(await failure(complete)).toEqual({ name: 'InvalidRequest', status: 400 });
  });
});

describe('starting', () => {
  it('says so when the port is taken or a name is no bucket name', async () => {
    await expect(startBucket({ buckets: [], port: bucket.port, ...credentials })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    for (const name of ['../etc', 'UPPER', 'a', '192.168.0.1', 'two..dots']) {
      await expect(startBucket({ buckets: [name], ...credentials })).rejects.toMatchObject({
        name: 'InvalidBucketName',
      });
    }
  });
});
