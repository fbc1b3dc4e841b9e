import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Clock } from '@lyceum/kernel';
import type { FastifyRequest } from 'fastify';
import { accessOf } from './access.js';
import { rememberCaller } from './caller.js';
import { refusals } from './refusals.js';
import { demandProof, stepUpOf } from './step-up.js';
import { TokenVerifier } from './tokens.js';

/** Closed by default: a route without `@Public()` or `@Roles()` answers 403 to everyone. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true; // events come from the bus, not from a caller
    const route = { handler: context.getHandler(), controller: context.getClass() };
    const access = accessOf(this.reflector, route);
    if (!access) throw refusals.routeClosed();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request);
    if (access.kind === 'public') {
      if (token)
        await this.tokens.verify(token).then(
          (caller) => rememberCaller(request, caller),
          () => undefined,
        );
      return true;
    }
    if (!token) throw refusals.notSignedIn();
    const caller = await this.tokens.verify(token);
    if (!access.roles.some((role) => caller.roles.includes(role))) throw refusals.notAllowed();
    if (access.verified && !caller.verified) throw refusals.emailNotVerified();
    const demand = stepUpOf(this.reflector, route);
    if (demand) demandProof(caller, demand, this.clock.now());
    rememberCaller(request, caller);
    return true;
  }
}

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
