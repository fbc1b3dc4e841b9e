import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { CONFIG } from '@lyceum/host';
import { PROBLEM_TYPE, Public } from '@lyceum/http';
import type { FastifyReply } from 'fastify';
import { ApiDocument } from './api-document.js';
import type { Config } from './config.js';
import { type Service, services, upstreamOf } from './routes.js';

interface PlatformHealth {
  status: 'ready' | 'degraded';
  services: Record<string, string>;
}

@ApiExcludeController()
@Public()
@Controller()
export class PagesController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly document: ApiDocument,
  ) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  index(): string {
    return indexPage;
  }

  @Get('openapi.json')
  @Header('cache-control', 'public, max-age=30')
  openApi(): Promise<Record<string, unknown>> {
    return this.document.whole();
  }

  /** Ready when every service is; 503 names those that are not. */
  @Get('health')
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<PlatformHealth> {
    const states = await Promise.all(services.map(async (service) => [service, await this.stateOf(service)] as const));
    const ready = states.every(([, state]) => state === 'ready');
    void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status: ready ? 'ready' : 'degraded', services: Object.fromEntries(states) };
  }

  /** What every service answers an operator, side by side. Who may see it is theirs to say: when none tells, neither do we. */
  @Get('operations')
  async operations(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const answers = await Promise.all(services.map((service) => this.operationsOf(service, authorization)));
    void reply.header('cache-control', 'no-store');
    const [refused] = answers.filter(({ status }) => status === 401 || status === 403);
    if (refused) {
      void reply.code(refused.status).type(PROBLEM_TYPE);
      return refused.body;
    }
    const told = answers.flatMap(({ status, body }) => (status === 200 ? [body] : []));
    const silent = answers.flatMap(({ service, status }) => (status === 200 ? [] : [service]));
    void reply.code(told.length > 0 ? 200 : 503);
    return { services: told, silent };
  }

  private async operationsOf(
    service: Service,
    authorization: string | undefined,
  ): Promise<{ service: Service; status: number; body?: unknown }> {
    try {
      const response = await fetch(`${upstreamOf(service, this.config)}/operations/${service}`, {
        headers: authorization ? { authorization } : {},
        signal: AbortSignal.timeout(5_000),
      });
      return { service, status: response.status, body: await response.json() };
    } catch {
      return { service, status: 503 };
    }
  }

  private async stateOf(service: Service): Promise<string> {
    try {
      const url = `${upstreamOf(service, this.config)}/health/ready`;
      const response = await fetch(url, { signal: AbortSignal.timeout(1_500) });
      const body: unknown = await response.json();
      return typeof body === 'object' && body !== null && 'status' in body ? String(body.status) : 'unready';
    } catch {
      return 'away';
    }
  }
}

const indexPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lyceum</title>
<style>
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.6 }
  body { max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
  h1 { font-size: 2.25rem; margin: 0 } p { margin: .5rem 0 1.5rem } li { margin: .4rem 0 }
</style>
</head>
<body>
<main>
<h1>Lyceum</h1>
<p>An open platform for courses: publish, buy, learn, certify. This is its API.</p>
<ul>
  <li><a href="/docs">API reference</a> – every route, who may call it, and how it refuses</li>
  <li><a href="/openapi.json">OpenAPI document</a></li>
  <li><a href="/courses">Published courses</a></li>
  <li><a href="/health">Health of the services</a></li>
</ul>
</main>
</body>
</html>
`;
