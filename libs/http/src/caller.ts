import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { Role } from '@lyceum/contracts';
import type { FastifyRequest } from 'fastify';
import { refusals } from './refusals.js';
import type { Proof } from './step-up.js';

/** Who makes the request, as the verified access token says. */
export interface Caller {
  readonly id: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
  /** Whether the e-mail address has been proven. */
  readonly verified: boolean;
  /** When and how well the caller has proven who they are; absent when the token does not say. */
  readonly proof?: Proof | undefined;
  /** What the token is limited to, when it only acts for the caller: that of an API key. Absent for somebody who has signed in. */
  readonly scopes?: readonly string[] | undefined;
}

const callers = new WeakMap<object, Caller>();

export const rememberCaller = (request: FastifyRequest, caller: Caller): void => void callers.set(request, caller);

/** The caller of a request, or undefined for a visitor. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

export const isAdmin = (caller: Caller | undefined): boolean => caller?.roles.includes('ADMIN') ?? false;

/** The signed-in caller; on a `@Public()` route use {@link Visitor} instead. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw refusals.notSignedIn();
  return caller;
});

/** The caller of a `@Public()` route: undefined for somebody who is not signed in. */
export const Visitor = createParamDecorator((_: unknown, context: ExecutionContext): Caller | undefined =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
