import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Versioned } from '@lyceum/store';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What `If-Match` says: the versions of which one must be the current one. */
export type IfMatch = readonly number[] | undefined;

/** The versions named by `If-Match`; undefined when it is absent or `*`. A tag that is not one of ours matches nothing. */
export const ExpectedVersions = createParamDecorator((_: unknown, context: ExecutionContext): IfMatch => {
  const given = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  return given === undefined || given.trim() === '*' ? undefined : versionsIn(given);
});

/** Documents the header that {@link ExpectedVersions} reads. */
export const IfMatchHeader = () =>
  ApiHeader({ name: 'If-Match', required: false, description: 'the ETag that was read: 412 when it has changed' });

function versionsIn(header: string): number[] {
  return header.split(',').flatMap((tag) => {
    const version = /^\s*"v(\d{1,15})"\s*$/.exec(tag)?.[1];
    return version ? [Number(version)] : [];
  });
}

export const versionTag = (version: number): string => `"v${version}"`;

/** The state, whose version goes out as the ETag. */
export function tagged<State>({ state, version }: Versioned<State>, reply: FastifyReply): State {
  void reply.header('etag', versionTag(version));
  return state;
}

/** Whether the client has this already (RFC 9110, weak comparison). */
function knows(request: FastifyRequest, tag: string): boolean {
  const given = request.headers['if-none-match'];
  if (given === undefined) return false;
  return given.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}

/** Sends the tag and how long the answer may be kept; answers 304 without a body when the client has it already. */
export function answerTagged<Body>(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { tag, cache }: { tag: string; cache: string },
  body: () => Body,
): Body | undefined {
  void reply.header('etag', tag).header('cache-control', cache);
  if (!knows(request, tag)) return body();
  void reply.code(304);
  return undefined;
}
