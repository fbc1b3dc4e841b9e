import { SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { z } from 'zod';
import type { RouteHandler } from './access.js';
import type { Caller } from './caller.js';
import { refusals } from './refusals.js';
import { stepUpOf } from './step-up.js';

/** What a scope opens: the routes of one service, or for administrators those by which operators look after all of them. */
export const scopeAreas = [
  'identity',
  'catalog',
  'billing',
  'enrollment',
  'progress',
  'media',
  'notify',
  'operations',
] as const;
export type ScopeArea = (typeof scopeAreas)[number];

/** What a token that acts for somebody may do (RFC 8693, 4.2). Neither includes the other. */
export const Scope = z.enum(scopeAreas.flatMap((area) => [`${area}:read`, `${area}:write`] as const));
export type Scope = z.infer<typeof Scope>;

/** Injection token of the name of the service whose routes are guarded: the area of their scopes. */
export const SERVICE_NAME = Symbol('service name');

const SCOPED_AS = Symbol('scoped as');
const SIGNED_IN_ONLY = Symbol('signed in only');

/** The scopes of these routes are those of another area than the service that has them. */
export const ScopedAs = (area: ScopeArea): MethodDecorator & ClassDecorator => SetMetadata(SCOPED_AS, area);

/**
 * Beside `@Roles()`: closed to tokens that only act for somebody, such as those of API keys, whatever their scope. For everything
 * about credentials: whoever has found a key must not make more of it than it is. What is under `@StepUp()` is closed to them anyway.
 */
export const SignedInOnly = (): MethodDecorator & ClassDecorator => SetMetadata(SIGNED_IN_ONLY, true);

/** What a route asks of a token that is limited to scopes. */
export interface ScopeDemand {
  readonly scope: string;
  /** Whether no scope is enough. */
  readonly signedInOnly: boolean;
}

/** The guard and the API document both ask here. Reading (GET, HEAD) changes nothing, everything else may. */
export function scopeDemandOf(
  reflector: Reflector,
  route: RouteHandler,
  { service, method }: { readonly service: string; readonly method: string },
): ScopeDemand {
  const marked = [route.handler, route.controller];
  const area = reflector.getAllAndOverride<ScopeArea | undefined>(SCOPED_AS, marked) ?? service;
  const isMarked = reflector.getAllAndOverride<true | undefined>(SIGNED_IN_ONLY, marked) ?? false;
  return {
    scope: `${area}:${/^(GET|HEAD)$/i.test(method) ? 'read' : 'write'}`,
    signedInOnly: isMarked || stepUpOf(reflector, route) !== undefined,
  };
}

/** Throws `http.signed-in-only` or `http.scope-missing` for a caller whose token is limited to scopes that do not cover the route. */
export function demandScope({ scopes }: Caller, { scope, signedInOnly }: ScopeDemand): void {
  if (scopes === undefined) return; // somebody who has signed in may do what their roles permit
  if (signedInOnly) throw refusals.signedInOnly();
  if (!scopes.includes(scope)) throw refusals.scopeMissing(undefined, { scope });
}
