import { applyDecorators } from '@nestjs/common';
import { type RefusalKind } from '@lyceum/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiExtension, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from './problem.js';
import { refusals } from './refusals.js';

const REFUSALS = 'x-refusals';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type ComponentSchema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

interface Documented {
  [REFUSALS]?: RefusalKind[];
  'x-access'?: string;
  requestBody?: unknown;
  parameters?: unknown[];
  responses: Record<string, unknown>;
}

/** Documents the refusals that a route answers with beside those of its access mark and of validation. */
export const Refuses = (...kinds: RefusalKind[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiExtension(
      REFUSALS,
      kinds.map(({ code, status, title }) => ({ code, status, title })),
    ),
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
      if (operation) describeRefusals(operation);
    }
  return document;
}

// zod writes what OpenAPI 3.0 reads; only the two libraries' types for it differ
const problemSchema = JSON.parse(JSON.stringify(z.toJSONSchema(Problem, { target: 'openapi-3.0' }))) as ComponentSchema;

function describeRefusals(operation: Documented): void {
  const access = operation['x-access'] ?? 'closed';
  const kinds: RefusalKind[] = [...(operation[REFUSALS] ?? [])];
  if (operation.requestBody || operation.parameters?.length) kinds.unshift(refusals.invalidRequest);
  if (access === 'closed') kinds.push(refusals.routeClosed);
  else if (access !== 'public') kinds.push(refusals.notSignedIn, refusals.tokenRefused, refusals.notAllowed);
  if (access.endsWith('(verified)')) kinds.push(refusals.emailNotVerified);
  for (const [status, sameStatus] of Map.groupBy(kinds, (kind) => kind.status)) {
    operation.responses[String(status)] = {
      description: sameStatus.map(({ code, title }) => `\`${code}\` ${title}`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  delete operation[REFUSALS];
}
