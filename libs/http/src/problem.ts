import { HttpException } from '@nestjs/common';
import { Refusal, type RefusalMaker } from '@lyceum/kernel';
import { Busy, Contention, InvalidCursor, VersionMismatch } from '@lyceum/store';
import { z } from 'zod';
import { refusals } from './refusals.js';

/** RFC 9457 problem details, as every error of the platform is answered. */
export const Problem = z.looseObject({
  type: z.string().describe('URI of the kind of problem'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string().describe('stable; see the list of refusals'),
  detail: z.string().optional(),
  instance: z.string().optional().describe('the request id'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('what is wrong where, for http.invalid-request'),
});
export type Problem = z.infer<typeof Problem>;

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
  401: refusals.notSignedIn,
  403: refusals.notAllowed,
  404: refusals.notFound,
  405: refusals.methodNotAllowed,
  408: refusals.requestTimeout,
  413: refusals.bodyTooLarge,
  414: refusals.urlTooLong,
  415: refusals.unsupportedMediaType,
  429: refusals.tooManyRequests,
  431: refusals.headersTooLarge,
  503: refusals.unavailable,
};

/** What an error means to the caller. Anything unexpected is `http.internal` without detail: the log has the rest. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof VersionMismatch) return refusals.staleEdit();
  if (error instanceof InvalidCursor) return refusals.invalidCursor();
  if (error instanceof Busy || error instanceof Contention || isDatabaseAway(error)) return refusals.unavailable();
  // Nest wraps what Fastify throws
  if (error instanceof HttpException)
    return isOfServer(error.cause) ? ofServer(error.cause) : ofStatus(error.getStatus());
  if (isOfServer(error)) return ofServer(error);
  return refusals.internal();
}

// Whoever is told 4xx has made the mistake: a status without a kind of its own is never a bug of ours.
function ofStatus(status: number): Refusal {
  const kind = byStatus[status] ?? (status >= 400 && status < 500 ? refusals.invalidRequest : refusals.internal);
  return kind();
}

type ServerError = Error & { code?: string; statusCode: number };

/** Errors of Fastify and its plugins. */
function isOfServer(error: unknown): error is ServerError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

function ofServer({ code, statusCode, message }: ServerError): Refusal {
  if (statusCode !== 400) return ofStatus(statusCode);
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_INVALID_URL')
    return refusals.invalidRequest('The URL is not well formed');
  return refusals.malformedBody(message);
}

const away = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoServerSelectionError',
  'MongoTopologyClosedError',
  'MongooseServerSelectionError',
]);

// MongoDB's codes: InterruptedAtShutdown, PrimarySteppedDown, NotWritablePrimary, InterruptedDueToReplStateChange, OutOfDiskSpace
const unable = new Set<unknown>([11_600, 189, 10_107, 11_602, 14_031]);

/** The driver has no server to talk to, or the server cannot do it now: trying later may succeed. */
const isDatabaseAway = (error: unknown): boolean =>
  error instanceof Error && (away.has(error.name) || ('code' in error && unable.has(error.code)));
