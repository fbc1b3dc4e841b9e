import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type RunningBucket, startBucket } from '@lyceum/embedded/bucket';

const credentials = { accessKeyId: 'AKIDLYCEUM', secretAccessKey: 'a-secret-of-the-tests' };
const Bucket = 'lyceum-media';
const page = 'https://learn.lyceum.test';
let moved = 0;
const clock = { now: () => new Date(Date.now() + moved) };

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
const put = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body, headers });
async function codeOf(response: Response) {
  const text = await response.text();
  return `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
}
const read = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const exists = (Key: string) =>
  s3.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );

const secondLater = (date: string) =>
  date.replace(/(\d\d)Z$/, (_, seconds: string) => `${String((Number(seconds) + 1) % 60).padStart(2, '0')}Z`);
const signDownload = (input = {}, expiresIn = 60) =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'here', ...input }), { expiresIn });
const signUpload = (input: object, client = s3) =>
  getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'up', ...input }), { expiresIn: 60 });
const signStrictly = (input: object) =>
  getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'up', ...input }), {
    expiresIn: 60,
    signableHeaders: new Set(['content-type', 'content-length']),
  });
const trailerRequest = () =>
  signByHand('PUT', `/${Bucket}/chunked`, {
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  });
const preflight = (origin: string, method = 'PUT') =>
  fetch(`${bucket.url}/${Bucket}/up`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
  });

beforeAll(async () => {
  bucket = await startBucket({
    buckets: [Bucket],
    corsOrigins: [page],
    clock,
    limits: { maxObjectBytes: 1000 },
    ...credentials,
  });
  s3 = clientFor({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'here', Body: 'content', ContentType: 'text/plain' }));
});
afterEach(() => (moved = 0));
afterAll(async () => {
  s3.destroy();
  await bucket.close();
});

describe('a presigned download', () => {
  it('is served, with the answer headers that were signed', async () => {
    const url = await signDownload({
      ResponseContentDisposition: 'attachment; filename="ü.txt"',
      ResponseContentType: 'application/x-test',
    });
    const response = await fetch(url, { headers: { range: 'bytes=0-2' } });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      206,
      'con',
      'bytes 0-2/7',
    ]);
    expect(response.headers.get('content-type')).toBe('application/x-test');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="/);
  });

  it('is refused from the second after its end, and long before its start', async () => {
    const url = await signDownload({}, 60);
    moved = 58_000; // the signed date has no fractions: up to a second is already gone
    expect((await fetch(url)).status).toBe(200);
    moved = 62_000;
    const late = await (await fetch(url)).text();
    expect(late).toMatch(
      /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message><X-Amz-Expires>60<\/X-Amz-Expires><Expires>/,
    );
    moved = -16 * 60_000;
    expect(await (await fetch(url)).text()).toContain('Request is not yet valid');
  });

  it.each<[string, (url: URL) => void, string]>([
    ['of another key', (url) => (url.pathname = '/lyceum-media/other'), '403 SignatureDoesNotMatch'],
    ['that lives longer', (url) => url.searchParams.set('X-Amz-Expires', '600'), '403 SignatureDoesNotMatch'],
    [
      'with another answer type',
      (url) => url.searchParams.set('response-content-type', 'text/html'),
      '403 SignatureDoesNotMatch',
    ],
    [
      'with a later date',
      (url) => url.searchParams.set('X-Amz-Date', secondLater(url.searchParams.get('X-Amz-Date') ?? '')),
      '403 SignatureDoesNotMatch',
    ],
    [
      'without a signature',
      (url) => url.searchParams.delete('X-Amz-Signature'),
      '400 AuthorizationQueryParametersError',
    ],
    ['without anything', (url) => (url.search = ''), '403 AccessDenied'],
    [
      'for more than a week',
      (url) => url.searchParams.set('X-Amz-Expires', '604801'),
      '400 AuthorizationQueryParametersError',
    ],
    [
      'of another key pair',
      (url) =>
        url.searchParams.set(
          'X-Amz-Credential',
          url.searchParams.get('X-Amz-Credential')?.replace('AKIDLYCEUM', 'AKIDOTHER') ?? '',
        ),
      '403 InvalidAccessKeyId',
    ],
    [
      'for another region',
      (url) =>
        url.searchParams.set(
          'X-Amz-Credential',
          url.searchParams.get('X-Amz-Credential')?.replace('us-east-1', 'eu-west-1') ?? '',
        ),
      '400 AuthorizationQueryParametersError',
    ],
  ])('%s is refused', async (_, change, code) => {
    const url = new URL(await signDownload());
    change(url);
    expect(await codeOf(await fetch(url))).toBe(code);
  });

  it('gives no right to another method', async () => {
    expect(await codeOf(await put(await signDownload(), 'x'))).toBe('403 SignatureDoesNotMatch');
    expect(await codeOf(await fetch(await signDownload(), { method: 'DELETE' }))).toBe('403 SignatureDoesNotMatch');
    expect(await read('here')).toBe('content');
  });
});

describe('a presigned upload', () => {
  it('stores exactly what was agreed', async () => {
    const url = await signUpload({
      Key: 'agreed ü/+',
      ContentType: 'image/png',
      ContentLength: 3,
      Metadata: { owner: 'u1' },
    });
    expect((await put(url, 'abc', { 'content-type': 'image/png' })).status).toBe(200);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'agreed ü/+' }));
    expect(head).toMatchObject({ ContentType: 'image/png', ContentLength: 3, Metadata: { owner: 'u1' } });
  });

  it.each([
    ['another type', 'abc', 'image/gif'],
    ['another length', 'abcd', 'image/png'],
  ])('with %s is refused', async (_, body, type) => {
    const url = await signStrictly({ ContentType: 'image/png', ContentLength: 3 });
    expect(await codeOf(await put(url, body, { 'content-type': type }))).toBe('403 SignatureDoesNotMatch');
    expect(await exists('up')).toBe(false);
  });

  it('may not smuggle in an x-amz header that was not signed', async () => {
    const response = await put(await signUpload({}), 'abc', { 'x-amz-meta-admin': 'true' });
    expect(await response.text()).toMatch(/<Code>AccessDenied<.*<HeadersNotSigned>x-amz-meta-admin</s);
    expect(await exists('up')).toBe(false);
  });

  it('signed with the checksum of an empty body, as the SDK does unless told otherwise, takes no other body', async () => {
    const client = clientFor({ requestChecksumCalculation: 'WHEN_SUPPORTED' });
    const url = await signUpload({}, client);
    expect(await codeOf(await put(url, 'abc'))).toBe('400 BadDigest');
    expect(await exists('up')).toBe(false);
    const correct = await signUpload({ ChecksumCRC32: 'NSRBwg==' }, client);
    expect((await put(correct, 'abc')).status).toBe(200);
    client.destroy();
  });

  it('that is too large is refused, and the client gets to know', async () => {
    expect(await codeOf(await put(await signUpload({ Key: 'big' }), 'x'.repeat(1001)))).toBe('400 EntityTooLarge');
    expect(await exists('big')).toBe(false);
  });

  it('is not sent at all by a client that asks first', async () => {
    const url = (await signUpload({ Key: 'asked' })).replace('X-Amz-Signature=', 'X-Amz-Signature=0');
    const outcome = await new Promise<string>((resolve) => {
      const sending = httpRequest(url, { method: 'PUT', headers: { expect: '100-continue', 'content-length': 5 } });
      sending.on('continue', () => resolve('asked to go on'));
      sending.on('response', (response) => resolve(`refused with ${response.statusCode}`));
      sending.flushHeaders();
    });
    expect(outcome).toBe('refused with 403');
  });
});

describe('a signed request', () => {
  it.each<[string, Partial<S3ClientConfig>, string]>([
    ['by another secret', { credentials: { ...credentials, secretAccessKey: 'wrong' } }, 'SignatureDoesNotMatch'],
    ['by another key', { credentials: { ...credentials, accessKeyId: 'OTHER' } }, 'InvalidAccessKeyId'],
    ['for another region', { region: 'eu-west-1' }, 'AuthorizationHeaderMalformed'],
    ['with a token nobody issued', { credentials: { ...credentials, sessionToken: 't' } }, 'InvalidToken'],
  ])('%s is refused', async (_, config, name) => {
    const client = clientFor(config);
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'here' }))).rejects.toMatchObject({ name });
    client.destroy();
  });

  it('from a clock that is a quarter of an hour off is refused', async () => {
    for (const minutes of [-16, 16]) {
      moved = minutes * 60_000;
      const client = clientFor();
      await expect(client.send(new GetObjectCommand({ Bucket, Key: 'here' }))).rejects.toMatchObject({
        name: 'RequestTimeTooSkewed',
      });
      client.destroy();
    }
    moved = 14 * 60_000;
    expect(await read('here')).toBe('content');
  });

  it('whose body was changed on the way is refused and changes nothing', async () => {
    const { headers, path } = signByHand('PUT', `/${Bucket}/here`, { 'x-amz-content-sha256': sha256('content!') });
    expect(await codeOf(await put(bucket.url + path, 'tampered', headers))).toBe('400 XAmzContentSHA256Mismatch');
    expect(await read('here')).toBe('content');
  });

  it('with a wrong Content-MD5 is refused', async () => {
    const md5 = createHash('md5').update('other').digest('base64');
    const put1 = s3.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: 'this', ContentMD5: md5 }));
    await expect(put1).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: 'this', ContentMD5: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidDigest' });
    expect(await exists('md5')).toBe(false);
  });
});

describe('an aws-chunked body', () => {
  const crc = 'NhCmhg=='; // of "hello"
  it.each([
    ['is taken when all is right', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`, '200 '],
    [
      'with a wrong checksum behind it is refused',
      `5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
      '400 BadDigest',
    ],
    ['without the promised checksum is refused', '5\r\nhello\r\n0\r\n\r\n', '400 MalformedTrailerError'],
    [
      'that is shorter than promised is refused',
      `4\r\nhell\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
      '400 IncompleteBody',
    ],
    ['that ends in the middle is refused', '5\r\nhel', '400 IncompleteBody'],
    [
      'with a broken chunk size is refused',
      `z\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
      '400 IncompleteBody',
    ],
    [
      'with small chunks before the last is refused, as S3 does',
      `2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
      '403 InvalidChunkSizeError',
    ],
  ])('%s', async (_, body, code) => {
    const { headers, path } = trailerRequest();
    expect(await codeOf(await put(bucket.url + path, body, headers))).toBe(code);
  });

  it('whose last signed chunk was changed is refused, with no trailer to notice it', async () => {
    const { headers, path, signature, sign, date, scope } = signByHand('PUT', `/${Bucket}/signed-chunks`, {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '5',
    });
    const chunk = (previous: string, data: string) =>
      sign(['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, sha256(''), sha256(data)].join('\n'));
    const first = chunk(signature, 'hello');
    const body = (data: string, last: string) =>
      `5;chunk-signature=${first}\r\n${data}\r\n0;chunk-signature=${last}\r\n\r\n`;
    const send = async (text: string) => codeOf(await put(bucket.url + path, text, headers));
    expect(await send(body('hallo', chunk(first, '')))).toBe('403 SignatureDoesNotMatch');
    expect(await send(body('hello', first))).toBe('403 SignatureDoesNotMatch');
    expect(await exists('signed-chunks')).toBe(false);
    expect(await send(body('hello', chunk(first, '')))).toBe('200 ');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'signed-chunks' }));
  });

  it('whose chunks are signed one by one is taken, and refused when one was changed', async () => {
    const { headers, path, signature, sign, date, scope } = signByHand('PUT', `/${Bucket}/signed-chunks`, {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    });
    const chunk = (previous: string, data: string) =>
      sign(['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, sha256(''), sha256(data)].join('\n'));
    const first = chunk(signature, 'hello');
    const last = chunk(first, '');
    const trailer = sign(
      ['AWS4-HMAC-SHA256-TRAILER', date, scope, last, sha256(`x-amz-checksum-crc32:${crc}\n`)].join('\n'),
    );
    const body = (data: string, end: string) =>
      `5;chunk-signature=${first}\r\n${data}\r\n0;chunk-signature=${last}\r\nx-amz-checksum-crc32:${crc}\r\nx-amz-trailer-signature:${end}\r\n\r\n`;
    const send = async (text: string) => codeOf(await put(bucket.url + path, text, headers));
    expect(await send(body('hallo', trailer))).toBe('403 SignatureDoesNotMatch');
    expect(await send(body('hello', last))).toBe('403 SignatureDoesNotMatch');
    expect(await exists('signed-chunks')).toBe(false);
    expect(await send(body('hello', trailer))).toBe('200 ');
    expect(await read('signed-chunks')).toBe('hello');
  });
});

describe('a page of another origin', () => {
  it('may call when it is known', async () => {
    const response = await preflight(page);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(response.headers.get('access-control-allow-headers')).toBe('content-type');
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'here' }));
    expect((await fetch(url, { headers: { origin: page } })).headers.get('access-control-allow-origin')).toBe(page);
    expect((await fetch(bucket.url, { headers: { origin: page } })).headers.get('access-control-allow-origin')).toBe(
      page,
    );
  });

  it('may not when it is not', async () => {
    const response = await preflight('https://evil.test');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    expect((await preflight(page, 'PATCH')).status).toBe(403);
  });
});

describe('what this bucket does not have', () => {
  it('is refused as not implemented instead of being ignored', async () => {
    for (const query of ['?acl=', '?tagging=', '?versionId=1']) {
      const { headers, path } = signByHand(
        'GET',
        `/${Bucket}/here`,
        { 'x-amz-content-sha256': sha256('') },
        query.slice(1),
      );
      expect(await codeOf(await fetch(bucket.url + path + query, { headers }))).toBe('501 NotImplemented');
    }
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'x', Tagging: 'a=b' })),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

/** Signature version 4 from its specification, independent of the library that the bucket checks with. */
function signByHand(method: string, path: string, extra: Record<string, string>, query = '') {
  const { host } = new URL(bucket.url);
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = { ...extra, host, 'x-amz-date': date };
  const names = Object.keys(headers).sort();
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (k, part) => createHmac('sha256', k).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('hex');
  const signature = sign(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`;
  delete headers['host'];
  return { headers: { ...headers, authorization }, path, signature, sign, date, scope };
}
