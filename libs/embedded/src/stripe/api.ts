import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Books } from './books.js';
import type { Endpoint } from './endpoints.js';
import type { Faults } from './faults.js';
import { readForm } from './form.js';
import { newId } from './ids.js';
import { StripeRefusal, invalid } from './refusal.js';

interface ApiOptions {
  books: Books;
  secretKey: string;
  apiVersion: string;
  endpoints: Endpoint[];
  faults(): Faults;
  log: (message: string) => void;
}

interface Answer {
  status: number;
  body: object;
  replayed?: boolean;
}

/** Puts Stripe's API on `server`: authentication, versions, request ids, idempotency and the error shapes. */
export function serveApi(server: FastifyInstance, options: ApiOptions): void {
  const { books, apiVersion } = options;
  const keysInUse = new Map<string, FastifyRequest>();
  let posts = 0;

  const release = (request: FastifyRequest) => {
    const key = idempotencyKey(request);
    if (key !== undefined && keysInUse.get(key) === request) keysInUse.delete(key);
  };

  const serve = async (api: FastifyInstance) => {
    api.addHook('onRequest', async (request, reply) => {
      void reply.header('request-id', newId('req_', 14));
      void reply.header('stripe-version', request.headers['stripe-version'] ?? apiVersion);
      authenticate(request, options.secretKey);
      // from the headers on: a second request with this key is refused even while the first one's body is on its way
      const key = idempotencyKey(request);
      if (key === undefined) return;
      void reply.header('idempotency-key', key);
      if (keysInUse.has(key)) throw inUse(key);
      keysInUse.set(key, request);
      reply.raw.once('close', () => release(request));
    });
    api.addHook('onSend', async (request) => release(request));
    api.setErrorHandler((error, _request, reply) => {
      const { status, body } = asAnswer(error, options.log);
      return reply.code(status).send(body);
    });
    api.setNotFoundHandler((request, reply) => {
      const url = `${request.method}: ${request.url.split('?')[0] ?? ''}`;
      const body = { type: 'invalid_request_error', message: `Unrecognized request URL (${url}).` };
      return reply.code(404).send({ error: body });
    });

    for (const endpoint of options.endpoints)
      api.route({
        method: endpoint.method,
        url: endpoint.path.slice(prefix.length),
        handler: async (request, reply) => {
          const { apiDelayMs, apiLoseEvery } = options.faults();
          if (apiDelayMs) await new Promise((resolve) => setTimeout(resolve, apiDelayMs));
          const answer = carryOut(books, endpoint, request, String(reply.getHeader('request-id')));
          if (request.method === 'POST') posts += 1;
          if (apiLoseEvery && request.method === 'POST' && posts % apiLoseEvery === 0) {
            reply.hijack();
            request.raw.socket.destroy();
            return;
          }
          if (answer.replayed) void reply.header('idempotent-replayed', 'true');
          return reply.code(answer.status).send(answer.body);
        },
      });
  };
  void server.register(serve, { prefix });

  function carryOut(at: Books, endpoint: Endpoint, request: FastifyRequest, requestId: string): Answer {
    const text = endpoint.method === 'GET' ? (request.url.split('?')[1] ?? '') : formText(request);
    const key = idempotencyKey(request);
    const path = request.url.split('?')[0] ?? '';
    const fingerprint = createHash('sha256').update(`${path}\n${text}`).digest('base64');
    const earlier = key === undefined ? undefined : at.get('replay', key);
    if (key !== undefined && earlier && Date.now() - earlier.at < keptForMs) {
      if (earlier.fingerprint !== fingerprint) throw reused(key, earlier.path === path ? undefined : earlier.path);
      return { status: earlier.status, body: earlier.body, replayed: true };
    }
    // a request that fails validation leaves no trace: its key may be used again
    const run = endpoint.prepare(readForm(text));
    const cause = { id: requestId, idempotency_key: key ?? null };
    const ids = request.params as Record<string, string>;
    const remember = ({ status, body }: Answer) =>
      key === undefined ? undefined : { id: key, fingerprint, path, status, body, at: Date.now() };
    try {
      return at.change((change) => {
        const answer = { status: 200, body: run(change, ids) };
        const replay = remember(answer);
        if (replay) change.put('replay', replay);
        return answer;
      }, cause);
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error;
      const answer = asAnswer(error, options.log);
      const replay = remember(answer);
      if (replay) at.change((change) => change.put('replay', replay));
      return answer;
    }
  }
}

const prefix = '/v1';
const keptForMs = 24 * 60 * 60 * 1000;

function authenticate(request: FastifyRequest, secretKey: string): void {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const basic = scheme?.toLowerCase() === 'basic';
  const given = basic ? (Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] ?? '') : credentials;
  if (given === '')
    throw unauthorised(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  if (!timingSafeEqual(digest(given), digest(secretKey)))
    throw unauthorised(`Invalid API Key provided: ${given.slice(0, 8)}${'*'.repeat(8)}${given.slice(-4)}`);
}

function unauthorised(message: string): StripeRefusal {
  return new StripeRefusal(401, { type: 'invalid_request_error', message });
}

function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || typeof key !== 'string' || key === '') return undefined;
  if (key.length > 255) throw invalid('Idempotency key length must not exceed 255 characters.');
  return key;
}

function inUse(key: string): StripeRefusal {
  return new StripeRefusal(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}

function reused(key: string, otherPath: string | undefined): StripeRefusal {
  const only = otherPath
    ? `for the same endpoint they were first used for ('${otherPath}')`
    : 'with the same parameters they were first used with';
  return new StripeRefusal(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used ${only}. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function formText(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

function asAnswer(error: unknown, log: (message: string) => void): Answer {
  if (error instanceof StripeRefusal) return { status: error.status, body: { error: error.body } };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500)
    return { status, body: { error: { type: 'invalid_request_error', message: (error as Error).message } } };
  log(`request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return {
    status: 500,
    body: { error: { type: 'api_error', message: 'An unknown error occurred in the Stripe simulator.' } },
  };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
