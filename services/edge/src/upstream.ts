import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pool } from 'undici';
import { Passage } from './passage.js';

export interface Asked {
  readonly headers: string[];
  readonly body: Readable | null;
}

/** A service behind the edge. Its connections are kept and used again, each for one request at a time. */
export class Upstream {
  private readonly pool: Pool;

  /** For the header `host`. */
  readonly host: string;

  /** @param timeoutMs until the service must begin to answer */
  constructor(url: string, timeoutMs: number) {
    const { origin, host } = new URL(url);
    this.host = host;
    this.pool = new Pool(origin, {
      connections: 1_000, // live streams hold one each
      pipelining: 1,
      connect: { timeout: 2_000 },
      headersTimeout: timeoutMs,
      bodyTimeout: 0, // live streams may be quiet for as long as they like
    });
  }

  /** Sends a request on, once, and the answer back. `failed` is called instead of an answer when there is none. */
  pass(request: FastifyRequest, reply: FastifyReply, asked: Asked, failed: (error: Error) => void): void {
    const { method, url: path } = request;
    this.pool.dispatch({ method, path, ...asked }, new Passage(request, reply, failed));
  }

  /** Ends what is still under way. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
