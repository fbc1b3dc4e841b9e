import { SetMetadata, applyDecorators } from '@nestjs/common';
import type { Role } from '@lyceum/contracts';
import { ApiExtension } from '@nestjs/swagger';

/** Who may call a route. A route without a mark is closed to everyone. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'roles'; readonly roles: readonly Role[]; readonly verified: boolean };

export const ACCESS = Symbol('access');

/** Open to visitors. */
export const Public = (): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS, { kind: 'public' } satisfies Access), ApiExtension('x-access', 'public'));

const allRoles: readonly Role[] = ['STUDENT', 'INSTRUCTOR', 'ADMIN'];

/** Open to callers with one of `roles`; without any, to everyone who is signed in. */
export const Roles = (...roles: Role[]): MethodDecorator & ClassDecorator => restricted(roles, false);

/** Like {@link Roles}, and the e-mail address must have been proven: for buying, enrolling, publishing. */
export const VerifiedRoles = (...roles: Role[]): MethodDecorator & ClassDecorator => restricted(roles, true);

function restricted(roles: readonly Role[], verified: boolean): MethodDecorator & ClassDecorator {
  const allowed = roles.length > 0 ? roles : allRoles;
  return applyDecorators(
    SetMetadata(ACCESS, { kind: 'roles', roles: allowed, verified } satisfies Access),
    ApiExtension('x-access', allowed.join(', ') + (verified ? ' (verified)' : '')),
  );
}
