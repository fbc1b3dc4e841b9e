import type { RunningService } from '@lyceum/host';
import { routesOf } from '@lyceum/http';

type Served = Pick<RunningService, 'name' | 'app' | 'openApi'>;

/** What is served beside the API, by the host in every service and by the edge, each with what it is. */
export const besideTheApi: Readonly<Record<string, string>> = {
  'GET /health/live': 'for orchestrators',
  'GET /health/ready': 'for orchestrators',
  'GET /metrics': 'for Prometheus, never through the edge',
  'GET /openapi.json': 'the API document itself',
  'edge GET /': 'a page that leads to the others',
  'edge GET /health': 'the health of all services',
  'edge GET /operations': 'what the services answer an operator; each decides who may see it',
  'edge GET /docs': 'the API document for people, and what its page is made of',
};

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Routes that a service serves and says nothing of, as `billing POST /refunds`; and ways through the edge that lead nowhere. */
export function undocumentedRoutes(services: readonly Served[]): string[] {
  const documented = new Map(services.map((service) => [service.name, service.openApi().paths]));
  const everywhere = [...documented.values()].flatMap((paths) => Object.keys(paths));
  const leadsSomewhere = (door: string) => everywhere.some((path) => path === door || path.startsWith(`${door}/`));
  const isKnown = (service: string, method: string, path: string) =>
    `${method} ${path}` in besideTheApi ||
    `${service} ${method} ${path}` in besideTheApi ||
    methods.some((known) => known.toUpperCase() === method && documented.get(service)?.[path]?.[known]) ||
    (service === 'edge' &&
      (method === 'OPTIONS' || path.startsWith('/docs/') || leadsSomewhere(path.replace(/\/\*$/, ''))));
  return services.flatMap(({ name, app }) =>
    routesOf(app)
      .filter(({ method, path }) => !isKnown(name, method, path))
      .map(({ method, path }) => `${name} ${method} ${path}`),
  );
}

/** Routes without an access mark: nobody can call them. */
export function closedRoutes(services: readonly Served[]): string[] {
  return services.flatMap(({ name, openApi }) =>
    Object.entries(openApi().paths).flatMap(([path, operations]) =>
      methods
        .filter((method) => isClosed(operations[method]))
        .map((method) => `${name} ${method.toUpperCase()} ${path}`),
    ),
  );
}

const isClosed = (operation: object | undefined): boolean =>
  operation !== undefined && 'x-access' in operation && operation['x-access'] === 'closed';
