import { Reflector } from '@nestjs/core';
import type { RefusalKind } from '@lyceum/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { type Access, type RouteHandler, accessOf } from './access.js';
import { Problem } from './problem.js';
import { refusals } from './refusals.js';
import { refusedBy } from './refuses.js';
import { handlersOf, operationIdOf } from './routes.js';
import { SERVICE_NAME, type ScopeDemand, scopeDemandOf } from './scopes.js';
import { type StepUpDemand, stepUpOf } from './step-up.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type ComponentSchema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

interface Documented {
  operationId?: string;
  'x-access'?: string;
  'x-scope'?: string;
  'x-step-up'?: string;
  requestBody?: unknown;
  parameters?: unknown[];
  security?: Record<string, string[]>[];
  responses: Record<string, unknown>;
}

/** How somebody shows who they are: by an access token, or at the edge by an API key, as a bearer token or in a header of its own. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
} as const;

/** The OpenAPI 3.0 document of a service: its routes, who may call them and how they refuse. */
export function openApiOf(app: NestFastifyApplication, about: { title: string; description: string }): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion('1.0')
    .addBearerAuth(securitySchemes.bearer, 'bearer')
    .addApiKey(securitySchemes.apiKey, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: operationIdOf,
  });
  const reflector = app.get(Reflector);
  const handlers = handlersOf(app);
  const service = app.get<string>(SERVICE_NAME);
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
  for (const path of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = path[method] as Documented | undefined;
      const route = handlers.get(operation?.operationId ?? '');
      // what stands in the document is what the guard goes by: both read the same marks
      if (operation && route) describe(operation, marksOf(reflector, route, { service, method }));
    }
  return document;
}

// zod writes what OpenAPI 3.0 reads; only the two libraries' types for it differ
const problemSchema = JSON.parse(JSON.stringify(z.toJSONSchema(Problem, { target: 'openapi-3.0' }))) as ComponentSchema;

interface Marks {
  readonly access: Access | undefined;
  readonly stepUp: StepUpDemand | undefined;
  readonly scope: ScopeDemand;
  readonly refuses: readonly RefusalKind[];
}

const marksOf = (reflector: Reflector, route: RouteHandler, served: Parameters<typeof scopeDemandOf>[2]): Marks => ({
  access: accessOf(reflector, route),
  stepUp: stepUpOf(reflector, route),
  scope: scopeDemandOf(reflector, route, served),
  refuses: refusedBy(reflector, route),
});

function describe(operation: Documented, { access, stepUp, scope, refuses }: Marks): void {
  operation['x-access'] = textOf(access);
  if (stepUp) operation['x-step-up'] = `${stepUp.level ?? 'aal1'}, ${stepUp.withinMinutes} min`;
  if (access?.kind === 'public') delete operation.security;
  else operation.security = [{ bearer: [] }];
  if (access?.kind === 'roles') operation['x-scope'] = scope.signedInOnly ? 'none' : scope.scope;
  if (access?.kind === 'roles' && !scope.signedInOnly) operation.security?.push({ apiKey: [] });
  const kinds = [...refuses, ...impliedRefusals(operation, access, scope)];
  const byCode = new Map(kinds.map((kind) => [kind.code, kind]));
  for (const [status, sameStatus] of Map.groupBy(byCode.values(), (kind) => kind.status)) {
    operation.responses[String(status)] = {
      description: sameStatus.map(({ code, title }) => `\`${code}\` ${title}`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
}

function textOf(access: Access | undefined): string {
  if (!access) return 'closed';
  if (access.kind === 'public') return 'public';
  return access.roles.join(', ') + (access.verified ? ' (verified)' : '');
}

function impliedRefusals(
  { requestBody, parameters }: Documented,
  access: Access | undefined,
  { signedInOnly }: ScopeDemand,
): RefusalKind[] {
  const kinds: RefusalKind[] = [];
  if (requestBody || parameters?.length) kinds.push(refusals.invalidRequest);
  if (requestBody) kinds.push(refusals.malformedBody, refusals.bodyTooLarge, refusals.unsupportedMediaType);
  if (!access) return [...kinds, refusals.routeClosed];
  if (access.kind === 'public') return kinds;
  kinds.push(refusals.notSignedIn, refusals.tokenRefused, refusals.notAllowed);
  kinds.push(signedInOnly ? refusals.signedInOnly : refusals.scopeMissing);
  if (access.verified) kinds.push(refusals.emailNotVerified);
  return kinds;
}
