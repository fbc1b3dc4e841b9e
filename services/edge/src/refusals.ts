import { httpRefusals } from '@lyceum/http';

/** The gateway has no rules of its own: it refuses only what every service may refuse. */
export const refusals = {
  invalidRequest: httpRefusals.invalidRequest,
  apiKeyRefused: httpRefusals.apiKeyRefused,
  bodyTooLarge: httpRefusals.bodyTooLarge,
  tooManyRequests: httpRefusals.tooManyRequests,
  upstreamUnavailable: httpRefusals.upstreamUnavailable,
  upstreamTimeout: httpRefusals.upstreamTimeout,
  unavailable: httpRefusals.unavailable,
};
