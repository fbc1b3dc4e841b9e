import { randomBytes } from 'node:crypto';
import { type Envelope, type EventDefinition, envelop } from '@lyceum/contracts';
import { type RunningService, start } from '@lyceum/host';
import { newId } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { createLog } from '@lyceum/telemetry';
import { type Issuer, RecordingBus, type TokenClaims, startIssuer } from '@lyceum/testing';
import { catalog } from '../src/service.js';
import { databaseServer } from './database-server.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // tests look into answers of every shape
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Asking {
  as?: TokenClaims | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Person {
  readonly sub: string;
  readonly roles: NonNullable<TokenClaims['roles']>;
}

/** The real service on a real database, with an issuer of real tokens; other services are played by their events. */
export interface CatalogUnderTest {
  readonly service: RunningService;
  readonly database: Database;
  readonly bus: RecordingBus;
  readonly place: { readonly uri: string; readonly prefix: string; readonly key: string };
  /** `ask('POST /courses', { as, body })` */
  ask(route: string, asking?: Asking): Promise<Answer>;
  tell<Definition extends EventDefinition>(
    definition: Definition,
    data: Parameters<Definition>[0],
    version?: number,
  ): Promise<Envelope>;
  close(): Promise<void>;
}

/** With `beside` a second instance on the first one's database, that hears no events. */
export async function startCatalog(beside?: CatalogUnderTest): Promise<CatalogUnderTest> {
  const mongo = beside ? { uri: beside.place.uri, close: async () => undefined } : await databaseServer();
  const issuer = await startIssuer();
  const bus = new RecordingBus();
  const place = beside?.place ?? {
    uri: mongo.uri,
    prefix: `t${randomBytes(5).toString('hex')}_`,
    key: randomBytes(32).toString('base64'),
  };
  const env = {
    ...issuer.env,
    PUBLIC_URL: 'http://edge.test',
    MONGODB_URI: place.uri,
    DATABASE_PREFIX: place.prefix,
    CATALOG_KEY_ENCRYPTION_KEY: place.key,
  };
  const log = createLog({ service: 'catalog', level: 'silent', format: 'json' });
  const service = await start(catalog, { env, bus, log, processMetrics: false });
  const database = service.app.get(Database);
  return {
    service,
    database,
    bus,
    place,
    ask: (route, asking) => ask(service.url, issuer, route, asking),
    tell: async (definition, data, version = 1) => {
      const event = envelop(definition(data), {
        id: newId(),
        service: definition.service,
        subject: 'test',
        version,
        time: new Date(),
      });
      await bus.publish([event]);
      return event;
    },
    close: async () => {
      if (!beside) await database.dropAllForTests();
      await service.close();
      await issuer.close();
      await mongo.close();
    },
  };
}

async function ask(url: string, issuer: Issuer, route: string, { as, body, headers }: Asking = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = route.split(' ');
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(as ? { authorization: `Bearer ${await issuer.token(as)}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

export const instructor = (): Person => ({ sub: newId(), roles: ['INSTRUCTOR'] });
export const student = (): Person => ({ sub: newId(), roles: ['STUDENT'] });
export const admin = (): Person => ({ sub: newId(), roles: ['ADMIN'] });
