import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Metrics } from '@lyceum/telemetry';
import type { Data } from './start.js';

export interface Readiness {
  readonly status: 'ready' | 'unready' | 'stopping';
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

/** Whether a service can do its work right now. */
export class Health {
  stopping = false;
  constructor(private readonly data: Data | undefined) {}

  async readiness(): Promise<Readiness> {
    const checks: Record<string, 'up' | 'down'> = {};
    if (this.data) {
      checks['database'] = (await this.data.database.ping()) ? 'up' : 'down';
      checks['bus'] = this.data.bus.isReady() ? 'up' : 'down';
    }
    // without the broker requests are still served: the outbox keeps the events
    const working = checks['database'] !== 'down';
    return { status: this.stopping ? 'stopping' : working ? 'ready' : 'unready', checks };
  }
}

interface Operations {
  health: Health;
  metrics: Metrics;
  document: () => OpenAPIObject;
  /** Whether `/openapi.json` is served here; the edge serves the one of the whole platform instead. */
  access: boolean;
}

/** Routes for operators, outside of the service's own: not reachable through the edge. */
export function serveOperations(app: NestFastifyApplication, { health, metrics, document, access }: Operations): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/health/live', () => ({ status: 'live' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const readiness = await health.readiness();
    return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
  fastify.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  if (!access) return;
  let made: OpenAPIObject | undefined;
  fastify.get('/openapi.json', () => (made ??= document()));
}
