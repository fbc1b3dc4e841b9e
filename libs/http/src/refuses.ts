import type { Reflector } from '@nestjs/core';
import type { RefusalKind } from '@lyceum/kernel';
import type { RouteHandler } from './access.js';

const REFUSES = Symbol('refuses');

/** Documents the refusals that a route answers with beside those of its access mark and of validation. */
export const Refuses =
  (...kinds: RefusalKind[]): MethodDecorator & ClassDecorator =>
  (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const marked: object = descriptor ? (descriptor.value as object) : target;
    // several marks of a route, and of its controller, add up
    const before = (Reflect.getOwnMetadata(REFUSES, marked) ?? []) as RefusalKind[];
    Reflect.defineMetadata(REFUSES, [...before, ...kinds], marked);
  };

export const refusedBy = (reflector: Reflector, { handler, controller }: RouteHandler): RefusalKind[] =>
  [handler, controller].flatMap((marked) => reflector.get<RefusalKind[] | undefined>(REFUSES, marked) ?? []);
