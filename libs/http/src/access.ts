import { type ExecutionContext, SetMetadata, type Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Role } from '@lyceum/contracts';

/** Who may call a route. A route without a mark is closed to everyone. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'roles'; readonly roles: readonly Role[]; readonly verified: boolean };

export const ACCESS = Symbol('access');

/** Open to visitors. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

const allRoles: readonly Role[] = ['STUDENT', 'INSTRUCTOR', 'ADMIN'];

/** Open to callers with one of `roles`; without any, to everyone who is signed in. */
export const Roles = (...roles: Role[]): MethodDecorator & ClassDecorator => restricted(roles, false);

/** Like {@link Roles}, and the e-mail address must have been proven: for buying, enrolling, publishing. */
export const VerifiedRoles = (...roles: Role[]): MethodDecorator & ClassDecorator => restricted(roles, true);

function restricted(roles: readonly Role[], verified: boolean): MethodDecorator & ClassDecorator {
  const allowed = roles.length > 0 ? roles : allRoles;
  return SetMetadata(ACCESS, { kind: 'roles', roles: allowed, verified } satisfies Access);
}

/** What serves a route: a method of a controller, which may have inherited it. */
export interface RouteHandler {
  readonly handler: ReturnType<ExecutionContext['getHandler']>;
  readonly controller: Type;
}

/** The mark that counts for a route: its own before that of its controller. The guard and the API document both ask here. */
export const accessOf = (reflector: Reflector, { handler, controller }: RouteHandler): Access | undefined =>
  reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]);
