import { HttpException } from '@nestjs/common';
import { Refusal, type RefusalMaker } from '@lyceum/kernel';
import { Busy, Contention, InvalidCursor, VersionMismatch } from '@lyceum/store';
import { z } from 'zod';
import { refusals } from './refusals.js';

/** RFC 9457 problem details, as every error of the platform is answered. */
export const Problem = z
  .object({
    type: z.string().describe('URI of the kind of problem'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('stable; see the list of refusals'),
    detail: z.string().optional(),
    instance: z.string().optional().describe('the request id'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('what is wrong where, for http.invalid-request'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem> & Record<string, unknown>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The problem document of a refusal. */
export function problemOf(refusal: Refusal, instance?: string): Problem {
  return {
    ...refusal.members,
    type: `urn:lyceum:problem:${refusal.code}`,
    title: refusal.kind.title,
    status: refusal.status,
    code: refusal.code,
    ...(refusal.detail ? { detail: refusal.detail } : {}),
    ...(instance ? { instance } : {}),
  };
}

const byStatus: Readonly<Record<number, RefusalMaker>> = {
  400: refusals.invalidRequest,
  401: refusals.notSignedIn,
  403: refusals.notAllowed,
  404: refusals.notFound,
  405: refusals.methodNotAllowed,
  413: refusals.bodyTooLarge,
  415: refusals.unsupportedMediaType,
  503: refusals.unavailable,
};

/** What an error means to the caller. Anything unexpected is `http.internal` without detail: the log has the rest. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof VersionMismatch) return refusals.staleEdit();
  if (error instanceof InvalidCursor) return refusals.invalidCursor();
  if (error instanceof Busy || error instanceof Contention) return refusals.unavailable();
  if (error instanceof HttpException) return byStatus[error.getStatus()]?.() ?? refusals.internal();
  if (hasStatus(error)) {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refusals.bodyTooLarge();
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refusals.unsupportedMediaType();
    if (error.statusCode === 400) return refusals.malformedBody(error.message);
    return byStatus[error.statusCode]?.() ?? refusals.internal();
  }
  return refusals.internal();
}

/** Errors of Fastify and its plugins. */
function hasStatus(error: unknown): error is Error & { code?: string; statusCode: number } {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}
