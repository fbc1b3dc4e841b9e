import { applyDecorators } from '@nestjs/common';
import { type RefusalKind } from '@lyceum/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiExtension, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from './problem.js';
import { refusals } from './refusals.js';

const REFUSAL = 'x-refusal-';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type ComponentSchema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

interface Documented {
  'x-access'?: string;
  requestBody?: unknown;
  parameters?: unknown[];
  security?: Record<string, string[]>[];
  responses: Record<string, unknown>;
}

/** Documents the refusals that a route answers with beside those of its access mark and of validation. */
export const Refuses = (...kinds: RefusalKind[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    // one extension each: several marks of a route, and of its controller, add up
    ...kinds.map(({ code, status, title }) => ApiExtension(REFUSAL + code, { code, status, title })),
  );

/** The OpenAPI 3.0 document of a service: its routes, who may call them and how they refuse. */
export function openApiOf(app: NestFastifyApplication, about: { title: string; description: string }): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion('1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
  for (const path of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = path[method] as Documented | undefined;
      if (operation) describeAccess(operation);
    }
  return document;
}

// zod writes what OpenAPI 3.0 reads; only the two libraries' types for it differ
const problemSchema = JSON.parse(JSON.stringify(z.toJSONSchema(Problem, { target: 'openapi-3.0' }))) as ComponentSchema;

function describeAccess(operation: Documented): void {
  const access = (operation['x-access'] ??= 'closed');
  if (access === 'public') delete operation.security;
  else operation.security = [{ bearer: [] }];
  const kinds = [...declaredRefusals(operation), ...impliedRefusals(operation, access)];
  for (const [status, sameStatus] of Map.groupBy(kinds, (kind) => kind.status)) {
    operation.responses[String(status)] = {
      description: sameStatus.map(({ code, title }) => `\`${code}\` ${title}`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
}

/** Takes the marks of {@link Refuses} out of the operation. */
function declaredRefusals(operation: Documented): RefusalKind[] {
  const marks = Object.entries(operation).filter(([name]) => name.startsWith(REFUSAL));
  for (const [name] of marks) Reflect.deleteProperty(operation, name);
  return marks.map(([, kind]) => kind as RefusalKind);
}

function impliedRefusals({ requestBody, parameters }: Documented, access: string): RefusalKind[] {
  const kinds: RefusalKind[] = [];
  if (requestBody || parameters?.length) kinds.push(refusals.invalidRequest);
  if (requestBody) kinds.push(refusals.malformedBody, refusals.bodyTooLarge, refusals.unsupportedMediaType);
  if (access === 'closed') return [...kinds, refusals.routeClosed];
  if (access !== 'public') kinds.push(refusals.notSignedIn, refusals.tokenRefused, refusals.notAllowed);
  if (access.endsWith('(verified)')) kinds.push(refusals.emailNotVerified);
  return kinds;
}
