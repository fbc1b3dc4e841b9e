import { defineRefusals } from '@lyceum/kernel';

/** The refusals that every service shares. */
export const refusals = defineRefusals('http', {
  invalidRequest: { status: 400, title: 'The request is not valid' },
  invalidCursor: { status: 400, title: 'The cursor is not one that this list gave out' },
  malformedBody: { status: 400, title: 'The body cannot be read' },
  notSignedIn: { status: 401, title: 'Sign in first' },
  tokenRefused: { status: 401, title: 'The access token is not valid' },
  notAllowed: { status: 403, title: 'Your role does not permit this' },
  routeClosed: { status: 403, title: 'This route is closed' },
  emailNotVerified: { status: 403, title: 'Verify your e-mail address first' },
  notFound: { status: 404, title: 'There is nothing here' },
  methodNotAllowed: { status: 405, title: 'The method is not allowed here' },
  requestTimeout: { status: 408, title: 'The request took too long to arrive' },
  requestInProgress: { status: 409, title: 'The same request is still being worked on' },
  staleEdit: { status: 412, title: 'It has been changed since you read it' },
  bodyTooLarge: { status: 413, title: 'The body is too large' },
  urlTooLong: { status: 414, title: 'A part of the URL is too long' },
  unsupportedMediaType: { status: 415, title: 'The media type is not supported' },
  idempotencyKeyReused: { status: 422, title: 'The idempotency key was used for another request' },
  preconditionRequired: { status: 428, title: 'Say which version you edit' },
  tooManyRequests: { status: 429, title: 'Too many requests' },
  headersTooLarge: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  upstreamUnavailable: { status: 502, title: 'The service behind this route does not answer' },
  unavailable: { status: 503, title: 'Not available right now' },
  upstreamTimeout: { status: 504, title: 'The service behind this route takes too long' },
});
