import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Clock } from '@lyceum/kernel';
import type { FastifyRequest } from 'fastify';
import { accessOf } from './access.js';
import { type Caller, rememberCaller } from './caller.js';
import { refusals } from './refusals.js';
import { SERVICE_NAME, type ScopeDemand, demandScope, scopeDemandOf } from './scopes.js';
import { demandProof, stepUpOf } from './step-up.js';
import { TokenVerifier } from './tokens.js';

/** Closed by default: a route without `@Public()` or `@Roles()` answers 403 to everyone. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly clock: Clock,
    @Inject(SERVICE_NAME) private readonly service: string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true; // events come from the bus, not from a caller
    const route = { handler: context.getHandler(), controller: context.getClass() };
    const access = accessOf(this.reflector, route);
    if (!access) throw refusals.routeClosed();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request);
    const scope = scopeDemandOf(this.reflector, route, { service: this.service, method: request.method });
    if (access.kind === 'public') {
      const caller = token && (await this.visitorOf(token, scope));
      if (caller) rememberCaller(request, caller);
      return true;
    }
    if (!token) throw refusals.notSignedIn();
    const caller = await this.tokens.verify(token);
    demandScope(caller, scope);
    if (!access.roles.some((role) => caller.roles.includes(role))) throw refusals.notAllowed();
    if (access.verified && !caller.verified) throw refusals.emailNotVerified();
    const demand = stepUpOf(this.reflector, route);
    if (demand) demandProof(caller, demand, this.clock.now());
    rememberCaller(request, caller);
    return true;
  }

  /** Who looks at a public route; nobody when the token does not hold, or is not for this. */
  private async visitorOf(token: string, scope: ScopeDemand): Promise<Caller | undefined> {
    try {
      const caller = await this.tokens.verify(token);
      demandScope(caller, scope);
      return caller;
    } catch {
      return undefined;
    }
  }
}

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
