import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startBucket } from '@lyceum/embedded/bucket';

const Bucket = 'lyceum-media';
const options = { buckets: [Bucket], accessKeyId: 'AKIDLYCEUM', secretAccessKey: 'a-secret-of-the-tests' };
const clientOf = (endpoint: string) =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: options,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');
let dataDir: string;
const children = new Set<ChildProcess>();
beforeEach(async () => (dataDir = await mkdtemp(join(tmpdir(), 'bucket-test-'))));
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(dataDir, { recursive: true, force: true });
});

async function startProcess(): Promise<{ child: ChildProcess; url: string }> {
  const loader = join(__dirname, '../../../tools/ts.mjs');
  const child = spawn(
    process.execPath,
    [
      '--conditions=@lyceum/source',
      '--import',
      loader,
      join(__dirname, 'bucket-process.mjs'),
      JSON.stringify({ ...options, dataDir }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.add(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the bucket ended with ${code}`)));
  });
  return { child, url };
}
const filesIn = async (folder: string) =>
  (await readdir(join(dataDir, Bucket, folder), { recursive: true, withFileTypes: true })).filter((e) => e.isFile())
    .length;

it('a bucket that is killed in the middle of writing has every acknowledged object whole, and no half one', async () => {
  const possible = new Map<string, Set<string>>();
  const acknowledged = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const { child, url } = await startProcess();
    const s3 = clientOf(url);
    let acks = 0;
    const killed = new Promise((resolve) => child.once('exit', resolve));
    const writer = async (n: number) => {
      for (let i = 0; i < 500 && !child.killed; i++) {
        const Key = `k/${n}/${i % 3}`;
        const Body = randomBytes(1 + ((i * 7919 * (n + 1)) % 300_000));
        const sum = md5(Body);
        possible.set(Key, (possible.get(Key) ?? new Set()).add(sum));
        try {
          await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
        } catch {
          continue; // not acknowledged: may be there or not
        }
        // from here on only this one, or what is written after it
        possible.set(Key, new Set([sum]));
        acknowledged.add(Key);
        if (++acks === 40) child.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, n) => writer(n)));
    await killed;
    s3.destroy();

    const reopened = await startBucket({ ...options, dataDir });
    const reader = clientOf(reopened.url);
    const { Contents = [] } = await reader.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.length).toBeGreaterThanOrEqual(acknowledged.size);
    for (const { Key = '', ETag } of Contents) {
      const got = await reader.send(new GetObjectCommand({ Bucket, Key }));
      const sum = md5((await got.Body?.transformToByteArray()) ?? new Uint8Array());
      expect(ETag).toBe(`"${sum}"`);
      expect([...(possible.get(Key) ?? [])]).toContain(sum);
    }
    for (const Key of acknowledged) await reader.send(new HeadObjectCommand({ Bucket, Key }));
    expect([await filesIn('blobs'), await filesIn('objects')]).toEqual([Contents.length, Contents.length]);
    reader.destroy();
    await reopened.close();
  }
}, 60_000);

it('an upload in parts goes on after a restart', async () => {
  const Key = 'video.mp4';
  const part = Buffer.alloc(5 * 1024 * 1024, 'v');
  const first = await startBucket({ ...options, dataDir });
  const before = clientOf(first.url);
  const { UploadId } = await before.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }));
  const one = await before.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: part }));
  before.destroy();
  await first.close();

  const second = await startBucket({ ...options, dataDir });
  const after = clientOf(second.url);
  const two = await after.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 2, Body: 'end' }));
  const Parts = [one, two].map(({ ETag }, i) => ({ ETag, PartNumber: i + 1 }));
  await after.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const head = await after.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({ ContentLength: part.length + 3, ContentType: 'video/mp4' });
  expect(await filesIn('uploads')).toBe(0);
  after.destroy();
  await second.close();
});

it('an upload that the client breaks off leaves nothing', async () => {
  const bucket = await startBucket({ ...options, dataDir });
  const s3 = clientOf(bucket.url);
  const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'broken' }));
  const sending = request(url, { method: 'PUT', headers: { 'content-length': 200_000 } });
  const ended = new Promise((resolve) => sending.on('error', resolve));
  sending.write(Buffer.alloc(100_000), () => sending.destroy(new Error('broken off')));
  await ended;
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'broken' }))).rejects.toMatchObject({ name: 'NotFound' });
  s3.destroy();
  await bucket.close();
  expect(await filesIn('blobs')).toBe(0);
});

it('a big object passes through without being held in memory', async () => {
  const { child, url } = await startProcess();
  const s3 = clientOf(url);
  const size = 200 * 1024 * 1024;
  const piece = Buffer.alloc(1024 * 1024, 'b');
  const body = Readable.from(
    (function* () {
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
    })(),
  );
  const before = await residentMiB(child.pid ?? 0);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'big', Body: body, ContentLength: size }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'big' }));
  let received = 0;
  for await (const chunk of got.Body as Readable) received += (chunk as Buffer).length;
  expect(received).toBe(size);
  // the peak, not what is left; without /proc (not Linux) there is nothing to compare
  expect((await residentMiB(child.pid ?? 0)) - before).toBeLessThan(120);
  s3.destroy();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}, 60_000);

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
