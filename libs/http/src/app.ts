import type { DynamicModule } from '@nestjs/common';
import { newId } from '@lyceum/kernel';
import { type Log, type Metrics, inTrace, newTraceparent, parseTraceparent } from '@lyceum/telemetry';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { context } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import type { FastifyInstance, FastifyReply, FastifyServerOptions } from 'fastify';
import { answerProblem } from './problem.filter.js';

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

/** A Nest application on Fastify with our request ids, traces, metrics and problem documents; not yet initialised. */
export async function createHttpApp(module: DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { log, metrics } = options;
  const server: FastifyServerOptions = {
    bodyLimit: options.bodyLimit,
    trustProxy: options.trustProxy,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    frameworkErrors: (error, request, reply) => answerProblem(error, request, reply as FastifyReply, log),
    requestTimeout: 120_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  };
  const adapter = new FastifyAdapter(server);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    rawBody: options.parsesBodies ?? true,
    bodyParser: options.parsesBodies ?? true,
  });
  observe(adapter.getInstance<FastifyInstance>(), log, metrics);
  return app;
}

/** Stamps request id and trace context on everything that a request causes, and measures it. */
function observe(fastify: FastifyInstance, log: Log, metrics: Metrics): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const traceparent = parseTraceparent(request.headers['traceparent']) ?? newTraceparent();
    void reply.header('x-request-id', request.id);
    const rpc = getRPCMetadata(context.active());
    if (rpc && request.routeOptions.url) rpc.route = request.routeOptions.url;
    inTrace({ traceparent, requestId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (!QUIET.has(route)) {
      const status = String(reply.statusCode);
      metrics.httpRequests.observe({ method: request.method, route, status }, reply.elapsedTime / 1_000);
      log.debug(`${request.method} ${route} ${status}`, { ms: Math.round(reply.elapsedTime), requestId: request.id });
    }
    done();
  });
}

const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);
