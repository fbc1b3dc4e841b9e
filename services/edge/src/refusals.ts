import { httpRefusals } from '@lyceum/http';

/** The gateway has no rules of its own: it refuses only what every service may refuse. */
export const refusals = {
  invalidRequest: httpRefusals.invalidRequest,
  bodyTooLarge: httpRefusals.bodyTooLarge,
  tooManyRequests: httpRefusals.tooManyRequests,
  upstreamUnavailable: httpRefusals.upstreamUnavailable,
  upstreamTimeout: httpRefusals.upstreamTimeout,
};
