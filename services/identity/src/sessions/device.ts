import type { FastifyRequest } from 'fastify';
import type { Device } from './session.js';

/** What a request tells about the device that it comes from. */
export const deviceOf = (request: FastifyRequest): Device => ({
  userAgent: (request.headers['user-agent'] ?? 'unknown').slice(0, 300),
  address: request.ip,
});
