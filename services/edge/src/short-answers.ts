import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Up to this many bytes an answer is taken whole. */
const SHORT = 65_536;

/** Whether the answer of a service is short enough to be held: then it costs no stream, and one that breaks off becomes a refusal. */
export function isShort(reply: FastifyReply, payload: unknown): payload is Readable {
  if (!(payload instanceof Readable)) return false;
  const length = Number(reply.getHeader('content-length'));
  return length > 0 && length <= SHORT;
}

/** All of it. Rejects when it breaks off. */
export function whole(body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    body.on('error', reject);
  });
}

/** Takes back what was said of an answer that will not be given. */
export function withdraw(reply: FastifyReply): void {
  for (const name of ['content-length', 'content-encoding', 'etag', 'last-modified', 'location', 'set-cookie'])
    reply.removeHeader(name);
}
