import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DECORATORS } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { refusals } from './refusals.js';

const JSON_ONLY = ['application/json'];

/**
 * A route takes bodies of the media types that its document names: JSON, unless `@ApiConsumes()` says otherwise. A page of another
 * site can send forms and plain text without asking anybody; JSON it cannot.
 */
@Injectable()
export class MediaTypeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { body, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
    if (body === undefined || body === null || type === '') return true;
    const marked = [context.getHandler(), context.getClass()];
    const consumed =
      this.reflector.getAllAndOverride<readonly string[] | undefined>(DECORATORS.API_CONSUMES, marked) ?? JSON_ONLY;
    if (!consumed.includes(type.trim())) throw refusals.unsupportedMediaType();
    return true;
  }
}
