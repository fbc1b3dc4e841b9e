import { isUtf8 } from 'node:buffer';
import type { DynamicModule, RawBodyRequest } from '@nestjs/common';
import { type Refusal, newId } from '@lyceum/kernel';
import { type Log, type Metrics, currentTrace, inTrace, newTraceparent, parseTraceparent } from '@lyceum/telemetry';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { context } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { answerClientError } from './client-error.js';
import { isDeeperThan } from './depth.js';
import { answerProblem } from './problem.filter.js';
import { refusals } from './refusals.js';
import { watchRoutes } from './routes.js';

export interface HttpAppOptions {
  log: Log;
  metrics: Metrics;
  /** Largest JSON body, in bytes. */
  bodyLimit: number;
  /** Addresses whose `X-Forwarded-*` headers are believed (Fastify's `trustProxy`). */
  trustProxy: string | boolean;
  /** False for a gateway, which streams bodies through unread. */
  parsesBodies?: boolean;
}

const REQUEST_ID = /^[\w.:-]{8,100}$/;
/** Recursive code that meets a body stays well within its stack. */
const MAX_DEPTH = 50;

/** A Nest application on Fastify with our request ids, traces, metrics and problem documents; not yet initialised. */
export async function createHttpApp(module: DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { log, metrics, bodyLimit, trustProxy, parsesBodies = true } = options;
  const server: FastifyServerOptions = {
    bodyLimit,
    trustProxy,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    frameworkErrors: (error, request, reply) => {
      void reply.header('x-request-id', request.id); // no hook runs for it
      answerProblem(error, request, reply as FastifyReply, log);
    },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 500 },
    requestTimeout: 120_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // while closing, what still comes in over an open connection is served
  };
  const adapter = new FastifyAdapter(server);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    rawBody: parsesBodies,
    bodyParser: parsesBodies,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  watchRoutes(fastify);
  trace(fastify);
  measure(fastify, log, metrics);
  refuseUnreadableBodies(fastify);
  endConnectionsWhenClosing(fastify);
  return app;
}

/** Stamps request id and trace context on everything that a request causes. */
function trace(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const rpc = getRPCMetadata(context.active());
    if (rpc && request.routeOptions.url) rpc.route = request.routeOptions.url;
    // where OpenTelemetry is on, its span of this request is the parent of what follows
    const traceparent =
      currentTrace()?.traceparent ?? parseTraceparent(request.headers['traceparent']) ?? newTraceparent();
    inTrace({ traceparent, requestId: request.id }, done);
  });
}

const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);

function measure(fastify: FastifyInstance, log: Log, metrics: Metrics): void {
  // as many as there are routes and statuses: finding a series by its labels anew costs more than counting in it
  const series = new Map<string, ReturnType<typeof metrics.httpRequests.labels>>();
  const seriesOf = (method: string, route: string, status: string) => {
    const key = `${method} ${status} ${route}`;
    const known = series.get(key) ?? metrics.httpRequests.labels({ method, route, status });
    series.set(key, known);
    return known;
  };
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (!QUIET.has(route)) {
      const status = String(reply.statusCode);
      seriesOf(request.method, route, status).observe(reply.elapsedTime / 1_000);
      log.debug(`${request.method} ${route} ${status}`, { ms: Math.round(reply.elapsedTime), requestId: request.id });
    }
    done();
  });
}

function refuseUnreadableBodies(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', (request: RawBodyRequest<FastifyRequest>, _reply, done) => done(faultOf(request)));
}

function faultOf({ body, rawBody }: RawBodyRequest<FastifyRequest>): Refusal | undefined {
  // decoded, bytes that are no text would all have become the same sign
  if (rawBody && !isUtf8(rawBody)) return refusals.malformedBody('It is not UTF-8');
  return isDeeperThan(MAX_DEPTH, body) ? refusals.malformedBody('It is nested too deeply') : undefined;
}

/** Whoever is answered while the server closes is told not to come back: a connection kept alive would hold it open. */
function endConnectionsWhenClosing(fastify: FastifyInstance): void {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
}
