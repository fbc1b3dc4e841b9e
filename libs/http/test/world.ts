import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Provider, Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Clock, SystemClock } from '@lyceum/kernel';
import { Log, Metrics, createLog } from '@lyceum/telemetry';
import {
  AccessGuard,
  MediaTypeGuard,
  ProblemFilter,
  RemoteKeys,
  SERVICE_NAME,
  TokenVerifier,
  createHttpApp,
  validationPipe,
} from '../src/index.js';
import { AUDIENCE, type Claims, ISSUER, Jwks, type KeyPair, newKey, publicJwk, sign } from './issuer.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object when it is not JSON. */
  readonly body: Record<string, unknown>;
}

export interface Call {
  as?: Claims;
  token?: string;
  /** Sent as JSON; `raw` as it is. */
  body?: unknown;
  raw?: string;
  headers?: Record<string, string>;
}

export interface World {
  readonly app: NestFastifyApplication;
  readonly metrics: Metrics;
  readonly jwks: Jwks;
  /** The key that its tokens are signed with. */
  readonly key: KeyPair;
  /** What was logged, line by line. */
  readonly lines: Record<string, unknown>[];
  token(claims?: Claims): Promise<string>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Sends pieces of bytes, each in its own packet, and gives everything that comes back until the connection ends. */
  send(...pieces: string[]): Promise<string>;
  close(): Promise<void>;
}

class Root {}

async function listening(...made: Parameters<typeof createHttpApp>): Promise<NestFastifyApplication> {
  const app = await createHttpApp(...made);
  await app.listen(0, '127.0.0.1');
  return app;
}

/** A Nest application with the given controllers, closed by default as in every service. */
export async function startWorld(
  controllers: Type[],
  providers: Provider[] = [],
  { bodyLimit = 10_000, service = 'probe' } = {},
): Promise<World> {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  });
  const log = createLog({ service: 'probe', level: 'info', format: 'json', stream });
  const metrics = new Metrics('probe', { processMetrics: false });
  const key = newKey('k1');
  const jwks = new Jwks();
  jwks.keys = [await publicJwk(key)];
  await jwks.start();
  const module = {
    module: Root,
    controllers,
    providers: [
      { provide: Log, useValue: log },
      { provide: SERVICE_NAME, useValue: service },
      { provide: Clock, useValue: new SystemClock() },
      {
        provide: TokenVerifier,
        useValue: new TokenVerifier(new RemoteKeys(jwks.url), { issuer: ISSUER, audience: AUDIENCE }),
      },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_GUARD, useClass: MediaTypeGuard },
      { provide: APP_PIPE, useFactory: validationPipe },
      { provide: APP_FILTER, useClass: ProblemFilter },
      ...providers,
    ],
  };
  const app = await listening(module, { log, metrics, bodyLimit, trustProxy: 'loopback' }).catch(
    async (error: unknown) => {
      await jwks.stop();
      throw error;
    },
  );
  const url = await app.getUrl();
  const token = (claims: Claims = {}) => sign(key, claims);

  async function call(method: string, path: string, { as, token: given, body, raw, headers }: Call = {}) {
    const bearer = given ?? (as && (await token(as)));
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '') && text !== '';
    const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  async function send(...pieces: string[]): Promise<string> {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    const closed = once(socket, 'close');
    for (const piece of pieces) {
      socket.write(piece);
      await pause(20); // so that the kernel does not put them together
    }
    await closed;
    return Buffer.concat(received).toString();
  }

  async function close(): Promise<void> {
    await app.close();
    await jwks.stop();
  }

  return { app, metrics, jwks, key, lines, token, call, send, close };
}
