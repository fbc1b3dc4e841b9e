import { randomBytes } from 'node:crypto';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { type SealingKeys, newSealingKeys, unseal } from '@lyceum/bus';
import { verificationRequested } from '@lyceum/contracts';
import { edge } from '@lyceum/edge/service';
import { enrollment as enrollmentService } from '@lyceum/enrollment/service';
import { type RunningService, start } from '@lyceum/host';
import { identity as identityService } from '@lyceum/identity/service';
import { API_KEY_EXCHANGE_PATH, ExchangedApiKey } from '@lyceum/http';
import { createLog } from '@lyceum/telemetry';
import { type BootedService, FakeClock, bootService, eventually } from '@lyceum/testing';
import { z } from 'zod';
import { serviceNames } from '../src/environment.js';

const Tokens = z.object({ accessToken: z.string(), refreshToken: z.string() });
const Asked = z.object({ email: z.string(), sealedToken: z.string() });
export type Tokens = z.infer<typeof Tokens>;
const password = 'correct-horse-battery';
const log = createLog({ service: 'edge', level: 'silent', format: 'json' });

export interface Answered {
  readonly status: number;
  readonly ms: number;
}

/** Who somebody is (identity), one of those who believe it (enrollment), and as many doors as are wanted. */
export class ThreeServices {
  private constructor(
    readonly identity: BootedService,
    readonly enrollment: BootedService,
    /** Identity's. */
    readonly clock: FakeClock,
    private readonly env: Record<string, string>,
    /** Notify's. */
    private readonly sealing: SealingKeys,
  ) {}
  private readonly doors: RunningService[] = [];

  static async start(env: Record<string, string>): Promise<ThreeServices> {
    const sealing = await newSealingKeys();
    const keys = {
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      NOTIFY_SEALING_PUBLIC_KEY: JSON.stringify(sealing.publicJwk),
      ADMIN_EMAIL: 'root@example.com',
      ADMIN_PASSWORD: password,
    };
    const clock = new FakeClock(new Date());
    const booted = await bootService(identityService, { env: { ...env, ...keys }, clock });
    const { JWT_ISSUER = '' } = booted.env;
    const trust = { ...env, JWT_ISSUER, JWKS_URL: `${booted.url}/.well-known/jwks.json` };
    return new ThreeServices(booted, await bootService(enrollmentService, { env: trust }), clock, trust, sealing);
  }

  /** A door to both; gives its URL. */
  async door(env: Record<string, string> = {}): Promise<string> {
    const urls = Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, 'http://127.0.0.1:1']));
    const ours = { IDENTITY_URL: this.identity.url, ENROLLMENT_URL: this.enrollment.url };
    const generous = { RATE_LIMIT_ADDRESS: '1000000', RATE_LIMIT_ACCOUNT: '1000000', RATE_LIMIT_SIGN_IN: '1000000' };
    const settings = { ...this.env, ...urls, ...ours, ...generous, PUBLIC_URL: 'http://localhost:4000', ...env };
    const service = await start(edge, { env: settings, log, processMetrics: false });
    this.doors.push(service);
    return service.url;
  }

  async signedIn(email: string): Promise<Tokens> {
    const name = { firstName: 'Ada', lastName: 'Lovelace', role: 'STUDENT' };
    await this.identity.call('POST', '/auth/register', { body: { email, password, ...name } });
    return this.signIn(email);
  }

  /** Somebody who has proven the address as well. */
  async verified(email: string): Promise<Tokens> {
    await this.signedIn(email);
    const token = await eventually(() => {
      const events = this.identity.bus.ofType(verificationRequested.type).map(({ data }) => Asked.parse(data));
      const asked = events.find((event) => event.email === email);
      if (!asked) throw new Error(`${email} has not been asked yet`);
      return unseal(this.sealing.privateJwk, asked.sealedToken);
    });
    await this.identity.call('POST', '/auth/verify-email', { body: { token } });
    return this.signIn(email);
  }

  /** What the door gets for an API key. */
  async exchange(key: string): Promise<ExchangedApiKey> {
    return ExchangedApiKey.parse((await this.identity.call('POST', API_KEY_EXCHANGE_PATH, { body: { key } })).body);
  }

  async signIn(email: string): Promise<Tokens> {
    return Tokens.parse((await this.identity.call('POST', '/auth/sign-in', { body: { email, password } })).body);
  }

  async signOut({ accessToken }: Tokens): Promise<number> {
    return (await this.identity.call('POST', '/auth/sign-out', { headers: bearer(accessToken) })).status;
  }

  async refresh({ refreshToken }: Tokens): Promise<number> {
    return (await this.identity.call('POST', '/auth/refresh', { body: { refreshToken } })).status;
  }

  /** What the service that only believes says to a token. */
  async ask({ accessToken }: Pick<Tokens, 'accessToken'>): Promise<number> {
    return (await this.enrollment.call('GET', '/enrollments', { headers: bearer(accessToken) })).status;
  }

  /** How long a token goes on being believed, in ms. Throws when that is longer than `within`. */
  async believedFor(tokens: Pick<Tokens, 'accessToken'>, within = 5_000): Promise<number> {
    const began = performance.now();
    while ((await this.ask(tokens)) !== 401)
      if (performance.now() - began > within) throw new Error(`still believed after ${within} ms`);
    return performance.now() - began;
  }

  async close(): Promise<void> {
    for (const door of this.doors) await door.close();
    await this.enrollment.close();
    await this.identity.close();
  }
}

/** Asks again and again, `atOnce` at a time, until it is told to stop; gives what every request was answered, and how soon. */
export function askAlways(url: string, tokens: Tokens, atOnce = 4): () => Promise<Answered[]> {
  const answers: Answered[] = [];
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      const began = performance.now();
      const response = await fetch(url, { headers: bearer(tokens.accessToken) });
      await response.body?.cancel();
      answers.push({ status: response.status, ms: performance.now() - began });
    }
  };
  const all = Promise.all(Array.from({ length: atOnce }, one));
  return async () => {
    stopped = true;
    await all;
    return answers;
  };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** A way to a server on which everything takes longer. */
export class SlowWay {
  delayMs = 0;
  private constructor(private readonly server: Server) {}
  private readonly sockets = new Set<Socket>();

  static async to(port: number): Promise<SlowWay> {
    const server = createServer();
    const way = new SlowWay(server);
    server.on('connection', (client) => {
      const behind = connect(port, '127.0.0.1');
      const pairs: [Socket, Socket][] = [
        [client, behind],
        [behind, client],
      ];
      for (const [one, other] of pairs) {
        way.sockets.add(one);
        one.on('data', (data) => void setTimeout(() => other.write(data), way.delayMs / 2));
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
