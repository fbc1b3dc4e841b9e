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

const quiet = new Set(['/metrics', '/health/live', '/health/ready']);
const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => quiet.has(request.url ?? '') }),
    new UndiciInstrumentation(),
    new MongooseInstrumentation(),
    new AmqplibInstrumentation(),
    new IORedisInstrumentation(),
  ],
});
sdk.start();
whenTracingEnds(() => sdk.shutdown());
