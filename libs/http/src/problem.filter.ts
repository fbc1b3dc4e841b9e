import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { Log } from '@lyceum/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem.js';
import type { Refusal } from '@lyceum/kernel';
import { refusals } from './refusals.js';

/** The one place where an error becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error; // an event handler's error belongs to the bus, which tries again
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.log);
  }
}

/** What answering needs of a request and a reply, whichever server they belong to. */
export type Answered = Pick<FastifyRequest, 'id' | 'method' | 'url'> & { routeOptions: { url?: string | undefined } };
export interface Answering {
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload: unknown): unknown;
}

/** Answers `error` as problem+json; logs it when it was not expected. */
export function answerProblem(error: unknown, request: Answered, reply: Answering, log: Log): void {
  const refusal = refusalOf(error);
  if (refusal.status >= 500) log.error(`${request.method} ${request.routeOptions.url ?? request.url} failed`, error);
  if (reply.sent) return;
  const retryAfter = refusal.members['retryAfterSeconds'];
  if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter));
  const challenge = challengeOf(refusal);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  reply.code(refusal.status);
  reply.header('cache-control', 'no-store');
  reply.header('content-type', PROBLEM_TYPE);
  reply.send(problemOf(refusal, request.id));
}

/** RFC 6750, and RFC 9470 for a token that is good but not fresh or strong enough. */
function challengeOf({ status, code, members }: Refusal): string | undefined {
  if (code === refusals.scopeMissing.code)
    return `Bearer error="insufficient_scope", scope="${String(members['scope'])}"`;
  if (status !== 401) return undefined;
  if (code === refusals.tokenRefused.code || code === refusals.apiKeyRefused.code)
    return 'Bearer error="invalid_token"';
  if (code !== refusals.stepUpRequired.code) return 'Bearer';
  const { acrValues, maxAgeSeconds } = members;
  return `Bearer error="insufficient_user_authentication", acr_values="${String(acrValues)}", max_age="${String(maxAgeSeconds)}"`;
}
