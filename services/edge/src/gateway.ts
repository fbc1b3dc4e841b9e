import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Transform, finished } from 'node:stream';
import fastifyCors from '@fastify/cors';
import fastifyHttpProxy from '@fastify/http-proxy';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { CONFIG } from '@lyceum/host';
import { type Answered, type Answering, answerProblem } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { Log, currentTrace } from '@lyceum/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from './config.js';
import { RateLimits } from './rate-limits.js';
import { refusals } from './refusals.js';
import { routeTable, upstreamOf } from './routes.js';
import { securityHeaders } from './security-headers.js';
import { isShort, whole, withdraw } from './short-answers.js';

/** Streams requests to the service that owns their path, and answers back. */
@Injectable()
export class Gateway implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly limits: RateLimits,
    private readonly log: Log,
  ) {}

  // not awaited: they load when the application is ready, and then inherit its error handler
  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const always = securityHeaders();
    fastify.addHook('onRequest', (_request, reply, done) => {
      void reply.headers(always);
      done();
    });
    void fastify.register(fastifyCors, {
      origin: this.config.CORS_ORIGINS,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: [
        'authorization',
        'content-type',
        'idempotency-key',
        'if-match',
        'if-none-match',
        'last-event-id',
        'traceparent',
        'x-request-id',
      ],
      exposedHeaders: [
        'etag',
        'idempotency-replayed',
        'location',
        'ratelimit',
        'ratelimit-policy',
        'retry-after',
        'x-request-id',
      ],
      maxAge: 600,
      strictPreflight: false, // an OPTIONS that no browser sent is answered too
    });
    // what was said to somebody is for nobody else, unless the service says that it may be kept
    fastify.addHook('onSend', async ({ headers }, reply) => {
      if (headers.authorization && !reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    });
    fastify.addHook('onSend', async (request, reply, payload) => {
      if (request.method === 'HEAD' || !isShort(reply, payload)) return payload;
      try {
        return await whole(payload);
      } catch (error) {
        this.log.warn('upstream broke off', { route: request.routeOptions.url, reason: String(error) });
        withdraw(reply);
        throw refusals.upstreamUnavailable();
      }
    });
    fastify.addHook('onRequest', async (request, reply) => this.limits.count(request, reply));
    // A service closes the connection on a body that it will not read: refused here, the client hears why.
    fastify.addHook('onRequest', async ({ headers }) => {
      if (Number(headers['content-length'] ?? 0) > this.config.BODY_LIMIT_BYTES) throw refusals.bodyTooLarge();
    });
    fastify.addHook('preParsing', async ({ headers }, _reply, body: Readable) =>
      hasBody(headers) ? limited(body, this.config.BODY_LIMIT_BYTES) : body,
    );
    for (const [prefix, service] of Object.entries(routeTable)) {
      void fastify.register(fastifyHttpProxy, {
        prefix,
        rewritePrefix: prefix,
        upstream: upstreamOf(service, this.config),
        httpMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        undici: {
          connect: { timeout: 2_000 },
          headersTimeout: this.config.UPSTREAM_TIMEOUT_MS,
          bodyTimeout: 0, // live streams may be quiet for as long as they like
          pipelining: 1,
        },
        retryMethods: [], // whether a request may be repeated is the client's to say
        replyOptions: {
          rewriteRequestHeaders: (request, headers) => forwarded(request, headers),
          onError: (reply, { error }) => this.refuse(reply.request, reply, error),
        },
      });
    }
  }

  private refuse(request: Answered & { raw: Readable }, reply: Answering, error: Error & { cause?: unknown }): void {
    // the rest of a body that nobody reads would keep the connection's next request waiting for ever
    request.raw.unpipe();
    request.raw.resume();
    if (error.cause instanceof Refusal) {
      answerProblem(error.cause, request, reply, this.log);
      return;
    }
    const timedOut = /timeout/i.test(`${'code' in error ? String(error.code) : ''} ${error.name}`);
    this.log.warn('upstream failed', { route: request.routeOptions.url, reason: error.message });
    const refusal = timedOut ? refusals.upstreamTimeout() : refusals.upstreamUnavailable();
    answerProblem(refusal, request, reply, this.log);
  }
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * A body, which fails with `http.body-too-large` when more than `limit` bytes have come. Whoever sends it on may destroy it:
 * the client's own stream stays whole, so that the client can be answered.
 */
function limited(body: Readable, limit: number): Readable {
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limit) done(refusals.bodyTooLarge());
      else done(null, chunk);
    },
  });
  finished(body, (error) => {
    if (error) counted.destroy(error);
  });
  return body.pipe(counted);
}

type Origin = Pick<FastifyRequest, 'id' | 'ip' | 'protocol' | 'host'>;

/** What the services are told of the request: its id, its trace, and where it came from. */
function forwarded(request: Origin, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const trace = currentTrace();
  return {
    ...headers,
    'x-request-id': request.id,
    'x-forwarded-for': request.ip,
    'x-forwarded-proto': request.protocol,
    'x-forwarded-host': request.host,
    ...(trace ? { traceparent: trace.traceparent } : {}),
  };
}
