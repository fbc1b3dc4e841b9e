import { randomBytes } from 'node:crypto';
import { type SealingKeys, newSealingKeys, unseal } from '@lyceum/bus';
import { verificationRequested } from '@lyceum/contracts';
import { type RunningService, start } from '@lyceum/host';
import { Database } from '@lyceum/store';
import { createLog } from '@lyceum/telemetry';
import { type Answer, type BootedService, FakeClock, RecordingBus, bootService, eventually } from '@lyceum/testing';
import mongoose from 'mongoose';
import { z } from 'zod';
import { identity } from '../src/service.js';
import { SessionsStore } from '../src/sessions/sessions.store.js';

export const Tokens = z.object({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.number(),
  refreshToken: z.string(),
  user: z.object({ id: z.string(), emailVerified: z.boolean(), roles: z.array(z.string()) }),
});
export type Tokens = z.infer<typeof Tokens>;

export const PASSWORD = 'correct-horse-battery';
export const person = (email: string, more: object = {}) => ({
  email,
  password: PASSWORD,
  firstName: 'Ada',
  lastName: 'Lovelace',
  role: 'STUDENT',
  ...more,
});

type Row = { _id: string; [field: string]: unknown };

/** The identity service with a clock that the test moves, and eyes for what it tells notify. */
export class Platform {
  readonly clock = new FakeClock(new Date());
  env: Record<string, string> = {};
  private keys: SealingKeys | undefined;
  private booted: BootedService | undefined;

  async start(more: Record<string, string> = {}): Promise<void> {
    this.keys = await newSealingKeys();
    this.env = {
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      NOTIFY_SEALING_PUBLIC_KEY: JSON.stringify(this.keys.publicJwk),
      ...more,
    };
    this.booted = await bootService(identity, { env: this.env, clock: this.clock });
  }

  get service(): BootedService {
    if (!this.booted) throw new Error('Not started');
    return this.booted;
  }

  post(path: string, body: object, token?: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.service.call('POST', path, { body, headers: { ...bearer(token), ...headers } });
  }

  request(method: string, path: string, token?: string): Promise<Answer> {
    return this.service.call(method, path, { headers: bearer(token) });
  }

  /** The events of a type that concern an address, once there are as many. */
  told(type: string, email: string, count = 1): Promise<unknown[]> {
    return eventually(() => {
      const events = this.service.bus.ofType(type).filter(({ data }) => hasEmail(data, email));
      if (events.length < count) throw new Error(`${events.length} of ${count} ${type}`);
      return events.map(({ data }) => data);
    });
  }

  /** The token in the latest mail to an address. */
  async mailedToken(email: string, count = 1, type: string = verificationRequested.type): Promise<string> {
    const events = await this.told(type, email, count);
    return this.unsealed(events.at(-1));
  }

  /** The token that an event carries. */
  async unsealed(data: unknown): Promise<string> {
    const { sealedToken } = z.object({ sealedToken: z.string() }).parse(data);
    if (!this.keys) throw new Error('Not started');
    return unseal(this.keys.privateJwk, sealedToken);
  }

  async signIn(email: string, userAgent = 'Firefox', password = PASSWORD): Promise<Tokens> {
    const { body } = await this.post('/auth/sign-in', { email, password }, undefined, { 'user-agent': userAgent });
    return Tokens.parse(body);
  }

  async signedIn(email: string): Promise<Tokens> {
    await this.post('/auth/register', person(email));
    return this.signIn(email);
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    const { body } = await this.post('/auth/refresh', { refreshToken });
    return Tokens.parse(body);
  }

  /** Another instance on the same database, with a bus of its own and the same clock. */
  another(): Promise<RunningService> {
    return start(identity, {
      env: this.service.env,
      bus: new RecordingBus(),
      clock: this.clock,
      log: createLog({ service: 'identity', level: 'silent', format: 'json' }),
      processMetrics: false,
    });
  }

  /** Everything that lies in the database as text, and the event log once more as its readers see it: decrypted. */
  stored(): Promise<string> {
    return this.connected(async (connection) => {
      const collections = await connection.listCollections();
      const all = await Promise.all(collections.map(({ name }) => connection.collection(name).find().toArray()));
      const told = await this.service.service.app.get(Database).events.read({ limit: 10_000 });
      return JSON.stringify([...all, told]);
    });
  }

  /** What somebody can do who has got into the database. */
  raw<T>(collection: string, work: (collection: mongoose.mongo.Collection<Row>) => Promise<T>): Promise<T> {
    return this.connected((connection) => work(connection.getClient().db(connection.name).collection<Row>(collection)));
  }

  private async connected<T>(work: (connection: mongoose.Connection) => Promise<T>): Promise<T> {
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = this.service.env;
    const connection = await mongoose
      .createConnection(MONGODB_URI, { dbName: `${DATABASE_PREFIX}identity` })
      .asPromise();
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /** As the database does with sessions that are over for good. */
  async forgetSessions(): Promise<void> {
    await this.service.service.app.get(SessionsStore).removeExpired(this.clock.now(), 1_000);
  }

  close(): Promise<void> {
    return this.service.close();
  }
}

const bearer = (token: string | undefined): Record<string, string> =>
  token ? { authorization: `Bearer ${token}` } : {};

const hasEmail = (data: unknown, email: string): boolean =>
  typeof data === 'object' && data !== null && 'email' in data && data.email === email;
