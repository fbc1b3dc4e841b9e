import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, HEAD, PUT, POST, DELETE';
const EXPOSED =
  'ETag, Content-Length, Content-Range, Accept-Ranges, Last-Modified, Content-Disposition, x-amz-request-id, x-amz-checksum-crc32, x-amz-checksum-sha256';

/** Puts the CORS headers for an allowed origin on any answer, errors too, so that a page can read them. */
export function allowOrigin(message: IncomingMessage, response: ServerResponse, origins: readonly string[]): boolean {
  const { origin } = message.headers;
  if (origins.length > 0)
    response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
  if (!origin || !(origins.includes('*') || origins.includes(origin))) return false;
  response.setHeader('access-control-allow-origin', origins.includes('*') ? '*' : origin);
  if (!origins.includes('*')) response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-expose-headers', EXPOSED);
  return true;
}

/** Answers a preflight; returns whether it was allowed. Nothing is signed here: browsers send preflights bare. */
export function answerPreflight(message: IncomingMessage, response: ServerResponse, allowed: boolean): boolean {
  const method = message.headers['access-control-request-method'];
  if (!allowed || !method || !METHODS.split(', ').includes(method)) return false;
  const headers = message.headers['access-control-request-headers'];
  if (headers) response.setHeader('access-control-allow-headers', headers);
  response.setHeader('access-control-max-age', '3000');
  response.writeHead(200, { 'content-length': 0 }).end();
  return true;
}
