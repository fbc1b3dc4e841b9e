import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { MongooseInstrumentation } from '@opentelemetry/instrumentation-mongoose';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { whenTracingEnds } from './tracing-end.js';
import { register, supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';

if (!supportsSyncHooks()) throw new Error('Tracing needs Node >= 24.11.1');
register({ include: ['amqplib', 'ioredis', 'mongoose', 'http', 'https', 'node:http', 'node:https'] });

// one-time tokens of links, codes of providers and signatures of URLs stand in queries: no trace has any
const QUERY = 'url.query';
const FULL = 'url.full';
const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '');

const quiet = new Set(['/metrics', '/health/live', '/health/ready']);
const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: (request) => quiet.has(request.url ?? ''),
      startIncomingSpanHook: () => ({ [QUERY]: undefined }),
      startOutgoingSpanHook: ({ protocol = 'http:', hostname, host, port, path }) => ({
        [FULL]: withoutQuery(`${protocol}//${hostname ?? host ?? ''}${port ? `:${port}` : ''}${path ?? ''}`),
      }),
    }),
    new UndiciInstrumentation({
      startSpanHook: ({ origin, path }) => ({ [FULL]: withoutQuery(`${origin}${path}`), [QUERY]: undefined }),
    }),
    new MongooseInstrumentation(),
    new AmqplibInstrumentation(),
    new IORedisInstrumentation(),
  ],
});
sdk.start();
whenTracingEnds(() => sdk.shutdown());
