import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { endToEnd } from './forwarding.js';

/** Up to this many bytes an answer is taken whole. */
const SHORT = 65_536;

/** The client has gone before it was answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * One answer on its way from a service to the client. A short one is taken whole: that costs no stream, and one that breaks off
 * becomes a refusal. Everything else is streamed, as fast as the client reads. When the client goes, the service hears it.
 */
export class Passage implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private chunks: Buffer[] | undefined;
  private stream: Readable | undefined;

  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly failed: (error: Error) => void,
  ) {
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) this.controller?.abort(new ClientGone());
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.reply.raw.destroyed) controller.abort(new ClientGone());
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return; // only announces the answer
    this.status = status;
    this.headers = headers;
    if (this.isShort()) {
      this.chunks = [];
      return;
    }
    this.stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new ClientGone()); // which changes nothing at the end of the answer
        done(error);
      },
    });
    this.answer(this.stream);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.chunks) this.chunks.push(chunk);
    else if (this.stream?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    if (this.stream) this.stream.push(null);
    else if (this.chunks?.length === 0) this.answer(undefined);
    else this.answer(this.chunks?.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks ?? []));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.stream) this.stream.destroy(error);
    else this.failed(error);
  }

  private isShort(): boolean {
    if (this.request.method === 'HEAD' || this.status === 204 || this.status === 304) return true;
    const length = this.headers['content-length'];
    return length !== undefined && Number(length) <= SHORT;
  }

  private answer(body: Buffer | Readable | undefined): void {
    const { reply, headers } = this;
    void reply.code(this.status);
    for (const [name, value] of endToEnd(headers)) {
      const varies = name === 'vary' ? reply.getHeader('vary') : undefined; // what CORS has said stays true
      void reply.header(name, varies === undefined ? value : `${String(varies)}, ${String(value)}`);
    }
    // the rest of a body that the service did not want would be taken for the connection's next request
    if (!this.request.raw.complete) void reply.header('connection', 'close');
    void reply.send(body);
  }
}
