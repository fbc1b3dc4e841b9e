import { randomBytes } from 'node:crypto';
import { Envelope, type EventDefinition, type Role, envelop } from '@lyceum/contracts';
import { type RunningService, type ServiceDefinition, start } from '@lyceum/host';
import { type Clock, newId } from '@lyceum/kernel';
import { createLog } from '@lyceum/telemetry';
import mongoose from 'mongoose';
import type { z } from 'zod';
import { RecordingBus } from './recording-bus.js';
import { type Issuer, type TokenClaims, startIssuer } from './tokens.js';

/** Who calls: a learner called `ada` unless said otherwise. */
export interface As {
  id: string;
  roles?: readonly Role[];
  verified?: boolean;
  /** How well and how many seconds ago they have proven who they are: `aal1`, just now. */
  level?: 'aal1' | 'aal2';
  provenSecondsAgo?: number;
  /** By an API key that is limited to these scopes, with spaces between. */
  scope?: string;
}

export interface Call {
  as?: As | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text of anything else. */
  readonly body: unknown;
}

/** One real service over HTTP, on a real database, with a bus that the test can see into. */
export interface BootedService {
  readonly url: string;
  readonly service: RunningService;
  readonly bus: RecordingBus;
  readonly issuer: Issuer;
  /** Where its data lies, for a second instance beside it. */
  readonly env: Readonly<Record<string, string>>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Delivers an event to the service and waits until it was handled; rejects when the handler failed. */
  deliver<Schema extends z.ZodType>(
    definition: EventDefinition<string, Schema>,
    data: z.input<Schema>,
    about?: { id?: string; subject?: string; version?: number },
  ): Promise<void>;
  close(): Promise<void>;
}

export interface BootOptions {
  env?: Record<string, string>;
  clock?: Clock;
}

/** Starts a service on `MONGODB_URI`, or on the embedded server when that is not set; says which. */
export async function bootService(
  definition: ServiceDefinition,
  { env = {}, clock }: BootOptions = {},
): Promise<BootedService> {
  const given = process.env['MONGODB_URI'] || undefined;
  const mongo = given ? undefined : await (await import('@lyceum/embedded/mongo')).startMongo();
  const uri = given ?? mongo?.uri ?? '';
  console.log(`${definition.name}: database ${given ? 'at MONGODB_URI' : 'embedded'}, bus recording`);
  const issuer = await startIssuer();
  const bus = new RecordingBus();
  const prefix = `t${newId().slice(-12)}-`;
  const settings = {
    PUBLIC_URL: 'http://localhost:4000',
    ...issuer.env,
    MONGODB_URI: uri,
    DATABASE_PREFIX: prefix,
    ...(definition.keyVariable ? { [definition.keyVariable]: randomBytes(32).toString('base64') } : {}),
    ...env,
  };
  const log = createLog({ service: definition.name, level: 'silent', format: 'json' });
  const service = await start(definition, {
    env: settings,
    bus,
    log,
    processMetrics: false,
    ...(clock ? { clock } : {}),
  }).catch(async (error: unknown) => {
    // what stays open would keep the test run from ending
    await Promise.all([issuer.close(), mongo?.close()]);
    throw error;
  });

  async function call(method: string, path: string, { as, body, headers = {} }: Call = {}): Promise<Answer> {
    const token = as && (await issuer.token(claimsOf(as)));
    const response = await fetch(`${service.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  async function close(): Promise<void> {
    await service.close();
    const name = `${prefix}${definition.name}`;
    const connection = await mongoose.createConnection(uri, { dbName: name }).asPromise();
    await connection.dropDatabase();
    await connection.getClient().db(`${name}-keys`).dropDatabase();
    await connection.close();
    await mongo?.close();
    await issuer.close();
  }

  const deliver: BootedService['deliver'] = async (event, data, about = {}) => {
    const { id = newId(), subject = newId(), version = 1 } = about;
    const envelope = envelop(event(data), { id, service: event.service, subject, version, time: new Date() });
    await bus.publishTo(definition.name, [Envelope.parse(JSON.parse(JSON.stringify(envelope)))]);
  };

  return { url: service.url, service, bus, issuer, env: settings, call, deliver, close };
}

const claimsOf = ({ id: sub, roles = ['STUDENT'], verified = true, ...proof }: As): TokenClaims => ({
  sub,
  roles,
  verified,
  ...proof,
});
