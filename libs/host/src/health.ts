import { type FastifyInstance, fastify } from 'fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { RedisLink } from '@lyceum/http';
import type { Metrics } from '@lyceum/telemetry';
import type { Data } from './start.js';

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'unready' | 'stopping';
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

/** Longer than any restart of a database. */
const longestSilenceMs = 60_000;

/** Whether a service can do its work right now. */
export class Health {
  phase: 'starting' | 'running' | 'stopping' = 'starting';
  private silentSince: number | undefined;

  /** @param now ms from any beginning */
  constructor(
    private readonly data:
      | { readonly database: Pick<Data['database'], 'ping'>; readonly bus: Pick<Data['bus'], 'isReady'> }
      | undefined,
    private readonly redis: Pick<RedisLink, 'isConfigured' | 'isUp'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * False when only a new process may help: a driver can lose a database for good that others reach (seen with cut
   * connections: it never looked for its server again). Where the database itself is away, a new process does no harm.
   */
  async isAlive(): Promise<boolean> {
    if (!this.data || this.phase !== 'running' || (await this.data.database.ping())) {
      this.silentSince = undefined;
      return true;
    }
    this.silentSince ??= this.now();
    return this.now() - this.silentSince < longestSilenceMs;
  }

  async readiness(): Promise<Readiness> {
    const checks: Record<string, 'up' | 'down'> = {};
    if (this.data) {
      checks['database'] = (await this.data.database.ping()) ? 'up' : 'down';
      checks['bus'] = this.data.bus.isReady() ? 'up' : 'down';
    }
    if (this.redis.isConfigured) checks['redis'] = this.redis.isUp ? 'up' : 'down';
    // without the broker requests are still served: the outbox keeps the events; Redis is a help and never needed
    const working = checks['database'] !== 'down';
    return { status: this.phase !== 'running' ? this.phase : working ? 'ready' : 'unready', checks };
  }
}

export interface Operations {
  health: Health;
  metrics: Metrics;
}

/** Liveness and readiness, for orchestrators. */
export function serveHealth(server: FastifyInstance, { health }: Operations): void {
  server.get('/health/live', async (_request, reply) => {
    const alive = await health.isAlive();
    return reply.code(alive ? 200 : 503).send({ status: alive ? 'live' : 'stuck' });
  });
  server.get('/health/ready', async (_request, reply) => {
    const readiness = await health.readiness();
    return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
}

/** Prometheus metrics. Not for the public: the edge serves them on its management port only. */
export function serveMetrics(server: FastifyInstance, { metrics }: Operations): void {
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

/** Serves health and metrics on a port of their own. */
export async function startManagement(operations: Operations, host: string, port: number): Promise<FastifyInstance> {
  const server = fastify();
  serveHealth(server, operations);
  serveMetrics(server, operations);
  await server.listen({ host, port });
  return server;
}

/** The service's own API document, for the edge to collect. */
export function serveDocument(server: FastifyInstance, document: () => OpenAPIObject): void {
  let made: OpenAPIObject | undefined;
  server.get('/openapi.json', () => (made ??= document()));
}
