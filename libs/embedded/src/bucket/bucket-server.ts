import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, SystemClock } from '@lyceum/kernel';
import { BucketStore } from './bucket-store.js';
import { allowOrigin, answerPreflight } from './cors.js';
import { makeDirectory } from './durable-files.js';
import { type Bucket, type Limits, sendXml } from './exchange.js';
import { readRequest } from './request.js';
import { routeOf } from './routes.js';
import { S3Error, errorDocument, noSuchBucket } from './s3-error.js';
import { authenticate } from './signature.js';
import { UploadStore } from './upload-store.js';
import { element } from './xml.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** How much of a refused upload is read and thrown away, so that the client gets to see the refusal. */
const DRAIN_BYTES = 64 * MIB;

export interface BucketOptions {
  /** 0 or nothing: any free port */
  port?: number;
  host?: string;
  /** Where the objects stay; without it a temporary directory that `close` removes. One process at a time. */
  dataDir?: string;
  /** Exist from the start; clients may create more. */
  buckets: readonly string[];
  accessKeyId: string;
  secretAccessKey: string;
  region?: string;
  /** Origins whose pages may call it, `*` for all. */
  corsOrigins?: readonly string[];
  clock?: Pick<Clock, 'now'>;
  limits?: Partial<Limits>;
  /** Told of what answered a request with 500: a full disk, a bug. Written to the console unless given. */
  onFailure?: (error: unknown) => void;
}

export interface RunningBucket {
  url: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Starts an S3-compatible server, path-style, on disk. It accepts what @aws-sdk/client-s3 and its presigner send, checks every
 * signature and checksum, and answers in S3's shapes. An acknowledged object is durable; an interrupted one never appears.
 * @throws Error when the port is taken, a bucket's name is not allowed, or the directory cannot be written.
 */
export async function startBucket(options: BucketOptions): Promise<RunningBucket> {
  const host = options.host ?? '127.0.0.1';
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'lyceum-bucket-')));
  const server = new BucketServer(options, directory);
  const http = createServer({ requestTimeout: 0, keepAliveTimeout: 20_000 }, (message, response) => {
    void server.answer(message, response, () => undefined);
  });
  // an upload that will be refused is refused before its body is sent
  http.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    void server.answer(message, response, () => response.writeContinue());
  });
  const removeTemporary = () =>
    options.dataDir === undefined ? rm(directory, { recursive: true, force: true }) : Promise.resolve();
  try {
    await server.open();
    http.listen(options.port ?? 0, host);
    await once(http, 'listening');
  } catch (error) {
    await removeTemporary();
    throw error;
  }
  const { port } = http.address() as AddressInfo;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${reachable}:${port}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeIdleConnections();
      const impatience = setTimeout(() => http.closeAllConnections(), 2000);
      await closed;
      clearTimeout(impatience);
      await server.idle();
      await removeTemporary();
    },
  };
}

class BucketServer {
  private readonly buckets = new Map<string, Bucket>();
  private readonly running = new Set<Promise<void>>();
  private readonly region: string;
  private readonly limits: Limits;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly onFailure: (error: unknown) => void;

  constructor(
    private readonly options: BucketOptions,
    private readonly directory: string,
  ) {
    this.region = options.region ?? 'us-east-1';
    this.limits = { maxObjectBytes: 5 * GIB, minPartBytes: 5 * MIB, ...options.limits };
    this.clock = options.clock ?? new SystemClock();
    this.onFailure = options.onFailure ?? ((error) => console.error('bucket: unexpected failure', error));
  }

  async open() {
    await makeDirectory(this.directory);
    const existing = (await readdir(this.directory, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && isBucketName(entry.name))
      .map((entry) => entry.name);
    for (const name of new Set([...existing, ...this.options.buckets])) await this.openBucket(name);
  }

  async idle() {
    await Promise.allSettled(this.running);
  }

  async answer(message: IncomingMessage, response: ServerResponse, beforeBody: () => void) {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('x-amz-id-2', requestId);
    const work = this.handle(message, response, beforeBody).catch((error: unknown) => {
      sendError(message, response, { thrown: error, requestId, onFailure: this.onFailure });
    });
    this.running.add(work);
    await work;
    this.running.delete(work);
  }

  private async handle(message: IncomingMessage, response: ServerResponse, beforeBody: () => void) {
    const fromAllowedPage = allowOrigin(message, response, this.options.corsOrigins ?? []);
    if (message.method === 'OPTIONS') {
      if (answerPreflight(message, response, fromAllowedPage)) return;
      throw new S3Error(
        'AccessForbidden',
        403,
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      );
    }
    const request = readRequest(message);
    const { accessKeyId, secretAccessKey } = this.options;
    const payload = await authenticate(
      request,
      { accessKeyId, secretAccessKey, region: this.region },
      this.clock.now(),
    );
    if (!request.bucket) {
      if (request.method !== 'GET') throw methodNotAllowed(request.method);
      this.listBuckets(response);
      return;
    }
    if (request.method === 'PUT' && !request.key && Object.keys(request.query).every((name) => name === 'x-id')) {
      await this.createBucket(request.bucket, response);
      return;
    }
    const route = routeOf(request);
    const bucket = this.findBucket(request.bucket);
    if (!route) throw methodNotAllowed(request.method);
    async function* source() {
      beforeBody();
      const chunks: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
      yield* chunks;
    }
    await route({
      request,
      response,
      bucket,
      findBucket: (name) => this.findBucket(name),
      source: source(),
      payload,
      limits: this.limits,
      now: () => this.clock.now(),
    });
  }

  private findBucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  private async openBucket(name: string): Promise<Bucket> {
    if (!isBucketName(name)) throw invalidBucketName(name);
    const directory = join(this.directory, name);
    const store = await BucketStore.open(directory);
    const uploads = await UploadStore.open(store);
    const bucket = { name, store, uploads, createdAt: (await stat(directory)).birthtime };
    this.buckets.set(name, bucket);
    return bucket;
  }

  private async createBucket(name: string, response: ServerResponse) {
    if (this.buckets.has(name)) {
      throw new S3Error(
        'BucketAlreadyOwnedByYou',
        409,
        'Your previous request to create the named bucket succeeded and you already own it.',
        { BucketName: name },
      );
    }
    await this.openBucket(name);
    response.writeHead(200, { location: `/${name}`, 'content-length': 0 }).end();
  }

  private listBuckets(response: ServerResponse) {
    const buckets = [...this.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    sendXml(
      response,
      element('ListAllMyBucketsResult', [
        element('Owner', [element('ID', this.options.accessKeyId)]),
        element(
          'Buckets',
          buckets.map(({ name, createdAt }) =>
            element('Bucket', [element('Name', name), element('CreationDate', createdAt.toISOString())]),
          ),
        ),
      ]),
    );
  }
}

interface Failed {
  readonly thrown: unknown;
  readonly requestId: string;
  readonly onFailure: (error: unknown) => void;
}

function sendError(message: IncomingMessage, response: ServerResponse, { thrown, requestId, onFailure }: Failed) {
  if (message.destroyed && !message.complete) return; // the client hung up in the middle
  const error =
    thrown instanceof S3Error
      ? thrown
      : new S3Error('InternalError', 500, 'We encountered an internal error. Please try again.');
  if (!(thrown instanceof S3Error)) onFailure(thrown);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response
    .getHeaderNames()
    .filter((n) => /^(?:content-|cache-|expires|etag|last-|accept-r|x-amz-meta|x-amz-ch)/.test(n))) {
    response.removeHeader(name);
  }
  const body = errorDocument(error, message.url?.split('?')[0] ?? '/', requestId);
  const withBody = message.method !== 'HEAD';
  response.writeHead(error.status, {
    ...error.headers,
    ...(withBody && { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }),
    ...(!message.complete && { connection: 'close' }),
  });
  response.end(withBody ? body : undefined);
  drain(message);
}

function drain(message: IncomingMessage) {
  let left = DRAIN_BYTES;
  message.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) message.destroy();
  });
  message.on('error', () => undefined);
}

const methodNotAllowed = (method: string) =>
  new S3Error('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: method,
  });

const isBucketName = (name: string) =>
  /^(?!xn--|sthree-)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/.test(name) && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
const invalidBucketName = (name: string) =>
  new S3Error('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: name });
