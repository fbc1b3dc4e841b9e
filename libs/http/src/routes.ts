import { METHOD_METADATA } from '@nestjs/common/constants.js';
import type { Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { RouteHandler } from './access.js';

/** A route as the server knows it, whoever registered it. */
export interface ServedRoute {
  readonly method: string;
  /** In the spelling of the API document: `/courses/{courseId}`. */
  readonly path: string;
}

const served = new WeakMap<FastifyInstance, ServedRoute[]>();

/** Writes down what is registered from here on. */
export function watchRoutes(fastify: FastifyInstance): void {
  const routes: ServedRoute[] = [];
  served.set(fastify, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    // HEAD comes with every GET, and is guarded as that is
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push({ method: each, path });
  });
}

/** What the server of an application really serves, for comparing it with what is documented. */
export const routesOf = (app: NestFastifyApplication): readonly ServedRoute[] =>
  served.get(app.getHttpAdapter().getInstance()) ?? [];

/** The name of a route in the API document. */
export const operationIdOf = (controller: string, method: string): string =>
  `${controller.replace(/Controller$/, '')}.${method}`;

/** Every route of an application's controllers by its {@link operationIdOf}. Throws when two have the same one. */
export function handlersOf(app: NestFastifyApplication): Map<string, RouteHandler> {
  const found = new Map<string, RouteHandler>();
  const scanner = new MetadataScanner();
  for (const { controllers } of app.get(ModulesContainer).values())
    for (const { metatype } of controllers.values()) {
      const controller = metatype as Type;
      const methods = controller.prototype as Record<string, RouteHandler['handler']>;
      for (const name of scanner.getAllMethodNames(methods)) {
        const handler = methods[name];
        if (!handler || !Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
        const id = operationIdOf(controller.name, name);
        if (found.has(id)) throw new Error(`Two routes are called ${id}: name one of the controllers differently`);
        found.set(id, { handler, controller });
      }
    }
  return found;
}
