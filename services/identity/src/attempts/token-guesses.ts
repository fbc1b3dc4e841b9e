import { Refuses } from '@lyceum/http';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, concatMap } from 'rxjs';
import { refusals } from '../refusals.js';
import { AttemptsStore } from './attempts.store.js';

/** Counts tokens that do not hold, by where they come from. */
@Injectable()
class TokenGuesses implements NestInterceptor {
  constructor(private readonly attempts: AttemptsStore) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const { ip } = http.getRequest<FastifyRequest>();
    await this.attempts.beginToken(ip);
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        // pages tell also by their status that a token does not hold
        if (http.getResponse<FastifyReply>().statusCode < 400) await this.attempts.tokenHeld(ip);
        return answer;
      }),
    );
  }
}

/** For routes that take the token of a mail: whoever comes with wrong ones is slowed down. */
export const CountsTokenGuesses = () =>
  applyDecorators(UseInterceptors(TokenGuesses), Refuses(refusals.tooManyAttempts));
