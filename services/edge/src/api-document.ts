import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { securitySchemes } from '@lyceum/http';
import { Log } from '@lyceum/telemetry';
import { z } from 'zod';
import type { Config } from './config.js';
import { type Service, isRouted, services, upstreamOf } from './routes.js';

const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});
type Document = z.infer<typeof Document>;

const KEEP_MS = 30_000;

/** The OpenAPI document of the whole platform, put together from those of the services. */
@Injectable()
export class ApiDocument {
  private readonly kept = new Map<Service, { document: Document; until: number }>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly log: Log,
  ) {}

  /** A service that does not answer and was never heard is left out. */
  async whole(): Promise<Record<string, unknown>> {
    const documents = await Promise.all(
      services.map(async (service) => ({ service, document: await this.of(service) })),
    );
    const paths: Record<string, unknown> = {};
    const schemas: Record<string, unknown> = {};
    for (const { service, document } of documents) {
      if (!document) continue;
      for (const [path, operations] of Object.entries(document.paths))
        if (isRouted(path)) paths[path] = tagged(operations, service);
      Object.assign(schemas, document.components?.schemas);
    }
    return {
      openapi: '3.0.3',
      info: {
        title: 'Lyceum API',
        version: '1.0',
        description:
          'Courses, payments, enrolments, progress and certificates. Every error is `application/problem+json`.',
        license: { name: 'Apache-2.0' },
      },
      servers: [{ url: this.config.PUBLIC_URL }],
      tags: services.map((name) => ({ name })),
      paths,
      components: { schemas, securitySchemes },
    };
  }

  private async of(service: Service): Promise<Document | undefined> {
    const known = this.kept.get(service);
    if (known && known.until > Date.now()) return known.document;
    try {
      const response = await fetch(`${upstreamOf(service, this.config)}/openapi.json`, {
        signal: AbortSignal.timeout(5_000),
      });
      const document = Document.parse(await response.json());
      this.kept.set(service, { document, until: Date.now() + KEEP_MS });
      return document;
    } catch (error) {
      this.log.warn('no API document', { of: service, reason: String(error) });
      return known?.document;
    }
  }
}

function tagged(operations: Record<string, unknown>, service: Service): Record<string, unknown> {
  const entries = Object.entries(operations).map(([method, operation]) => [
    method,
    typeof operation === 'object' && operation !== null ? { ...operation, tags: [service] } : operation,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
