import fastifyCors from '@fastify/cors';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { CONFIG } from '@lyceum/host';
import { answerProblem } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { Log, currentTrace, isNamedByTracing } from '@lyceum/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeys } from './api-keys.js';
import type { Config } from './config.js';
import { endToEnd, hasBody, leadsAstray } from './forwarding.js';
import { limited } from './limited-body.js';
import { ClientGone } from './passage.js';
import { RateLimits } from './rate-limits.js';
import { refusals } from './refusals.js';
import { type Service, routeTable, upstreamOf } from './routes.js';
import { securityHeaders } from './security-headers.js';
import { Upstream } from './upstream.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Streams requests to the service that owns their path, and answers back. */
@Injectable()
export class Gateway implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly limits: RateLimits,
    private readonly apiKeys: ApiKeys,
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
      credentials: true, // signing in by a provider is bound to a browser by a cookie
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
    fastify.addHook('onSend', ({ headers }, reply, payload, done) => {
      if (headers.authorization && !reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
      done(null, payload);
    });
    fastify.addHook('onRequest', async (request, reply) => {
      await this.limits.countAddress(request, reply);
      await this.apiKeys.exchange(request, reply);
      await this.limits.countAccount(request, reply);
    });
    // A service closes the connection on a body that it will not read: refused here, the client hears why.
    fastify.addHook('onRequest', ({ headers }, _reply, done) => {
      const length = Number(headers['content-length'] ?? 0);
      done(length > this.config.BODY_LIMIT_BYTES ? refusals.bodyTooLarge() : undefined);
    });
    void fastify.register((routes, _options, done) => {
      this.addRoutes(routes);
      done();
    });
  }

  private addRoutes(fastify: FastifyInstance): void {
    // nobody reads a body here
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request, _body, done) => done(null));
    const upstreams = new Map<Service, Upstream>();
    for (const [prefix, service] of Object.entries(routeTable)) {
      const upstream =
        upstreams.get(service) ?? new Upstream(upstreamOf(service, this.config), this.config.UPSTREAM_TIMEOUT_MS);
      upstreams.set(service, upstream);
      const handler = (request: FastifyRequest, reply: FastifyReply) => this.pass(request, reply, upstream);
      for (const url of [prefix, `${prefix}/*`]) fastify.route({ method: METHODS, url, handler });
    }
    fastify.addHook('onClose', async () => {
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    });
  }

  private pass(request: FastifyRequest, reply: FastifyReply, upstream: Upstream): void {
    if (leadsAstray(request.url)) throw refusals.invalidRequest('The path leads somewhere else');
    const body = mayHaveBody(request) ? limited(request.raw, this.config.BODY_LIMIT_BYTES) : null;
    const headers = forwarded(request, upstream.host, body !== null);
    upstream.pass(request, reply, { headers, body }, (error) => this.refuse(request, reply, error));
  }

  private refuse(request: FastifyRequest, reply: FastifyReply, error: Error): void {
    // the rest of a body that nobody reads would keep the connection's next request waiting for ever
    request.raw.unpipe();
    request.raw.resume();
    if (error instanceof ClientGone) return;
    if (error instanceof Refusal) {
      answerProblem(error, request, reply, this.log);
      return;
    }
    const timedOut = /timeout/i.test(`${'code' in error ? String(error.code) : ''} ${error.name}`);
    this.log.warn('upstream failed', { route: request.routeOptions.url, reason: error.message });
    const refusal = timedOut ? refusals.upstreamTimeout() : refusals.upstreamUnavailable();
    answerProblem(refusal, request, reply, this.log);
  }
}

const mayHaveBody = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && hasBody(headers);

/** Said anew, or of the client's connection to the edge. */
const SAID_ANEW = new Set([
  'host',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'traceparent',
]);

/** The headers for the service, names and values in turn: the client's, and what the edge knows of the request. */
function forwarded(request: FastifyRequest, host: string, sendsBody: boolean): string[] {
  const traceparent = isNamedByTracing() ? undefined : currentTrace()?.traceparent;
  const headers = ['host', host, 'x-request-id', request.id, 'x-forwarded-for', request.ip];
  headers.push('x-forwarded-proto', request.protocol, 'x-forwarded-host', request.host);
  if (traceparent) headers.push('traceparent', traceparent);
  for (const [name, value] of endToEnd(request.headers)) {
    if (SAID_ANEW.has(name) || (!sendsBody && name === 'content-length')) continue;
    for (const each of [value].flat()) headers.push(name, each);
  }
  return headers;
}
