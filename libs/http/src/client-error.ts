import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { refusals } from './refusals.js';

/** Answers what never became a request: headers too large, a request that arrives too slowly, bytes that are not HTTP. */
export function answerClientError({ code }: Error & { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const refusal =
    code === 'HPE_HEADER_OVERFLOW'
      ? refusals.headersTooLarge()
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? refusals.requestTimeout()
        : refusals.invalidRequest('This is not HTTP');
  const body = JSON.stringify(problemOf(refusal));
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  else socket.destroy();
}
