import { hash } from 'node:crypto';
import { CONFIG } from '@lyceum/host';
import {
  API_KEY_EXCHANGE_PATH,
  API_KEY_PREFIX,
  EndedSessions,
  ExchangedApiKey,
  bearerToken,
  readApiKey,
} from '@lyceum/http';
import { Log, Metrics } from '@lyceum/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import type { Config } from './config.js';
import { ExchangedTokens } from './exchanged-tokens.js';
import { RateLimits } from './rate-limits.js';
import { refusals } from './refusals.js';
import { upstreamOf } from './routes.js';

const MOST_KEYS = 10_000;
/** Identity is asked while a client waits. */
const PATIENCE_MS = 3_000;
/** After identity could not answer nobody asks for so long: those who try again and again would use up what they may ask. */
const REST_MS = 1_000;
const HEADER = 'x-api-key';

/**
 * Puts into the place of an API key the access token that identity gives for it: the services know nothing but tokens, and verify
 * them themselves (ADR 10). A key that is used often is exchanged once a minute, and once for all who come with it at the same time.
 */
@Injectable()
export class ApiKeys {
  private readonly known: ExchangedTokens;
  private readonly asking = new Map<string, Promise<string>>();
  private readonly url: string;
  private readonly exchanges: Counter<'outcome'>;
  private restsUntil = 0;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly ended: EndedSessions,
    private readonly limits: RateLimits,
    private readonly log: Log,
    { registry }: Metrics,
  ) {
    this.known = new ExchangedTokens(() => performance.now(), MOST_KEYS);
    this.url = upstreamOf('identity', config) + API_KEY_EXCHANGE_PATH;
    this.exchanges = new Counter({
      name: 'lyceum_edge_api_key_exchanges_total',
      help: 'API keys that identity was asked about, by outcome (exchanged, refused, unavailable)',
      labelNames: ['outcome'],
      registers: [registry],
    });
    // a count that begins at 1 has not grown in the eyes of Prometheus
    for (const outcome of ['exchanged', 'refused', 'unavailable']) this.exchanges.inc({ outcome }, 0);
  }

  /**
   * Exchanges the key that a request carries, if it does. Throws `http.api-key-refused`, `http.invalid-request` for a request with two
   * credentials, `http.too-many-requests` for an address that has tried too many keys, and `http.unavailable` while identity is away.
   */
  async exchange(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = keyOf(request);
    if (key === undefined) return;
    const token = await this.tokenFor(key, request, reply);
    const { headers } = request.raw; // from here on nobody has seen the key
    headers.authorization = `Bearer ${token}`;
    Reflect.deleteProperty(headers, HEADER);
  }

  private async tokenFor(key: string, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    if (!readApiKey(key)) throw refusals.apiKeyRefused();
    const digest = hash('sha256', key, 'base64');
    const known = this.known.find(digest);
    if (known === 'refused') throw refusals.apiKeyRefused();
    if (known && !this.ended.has(known.sessionId)) return known.accessToken;
    const asking =
      this.asking.get(digest) ?? this.ask(key, digest, request, reply).finally(() => this.asking.delete(digest));
    this.asking.set(digest, asking);
    return asking;
  }

  private async ask(key: string, digest: string, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    if (performance.now() < this.restsUntil) throw unavailable();
    await this.limits.countExchange(request, reply);
    const answer = await this.answerTo(key, { 'x-request-id': request.id, 'x-forwarded-for': request.ip });
    this.exchanges.inc({ outcome: answer === 'refused' ? 'refused' : 'exchanged' });
    if (answer === 'refused') {
      this.known.forget(digest);
      this.known.keepRefusal(digest);
      throw refusals.apiKeyRefused();
    }
    this.known.keep(digest, answer, answer.expiresIn * 1_000);
    return answer.accessToken;
  }

  private async answerTo(key: string, about: Record<string, string>): Promise<ExchangedApiKey | 'refused'> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...about },
        body: JSON.stringify({ key }),
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (response.ok) return ExchangedApiKey.parse(await response.json());
      await response.body?.cancel();
      if (response.status === 401) return 'refused';
      throw new Error(`identity answers ${response.status}`);
    } catch (error) {
      // whoever holds a good key must not be told that it is none
      this.log.warn('an API key could not be exchanged', { reason: String(error) });
      this.exchanges.inc({ outcome: 'unavailable' });
      this.restsUntil = performance.now() + REST_MS;
      throw unavailable();
    }
  }
}

const unavailable = () =>
  refusals.unavailable('API keys cannot be checked at the moment', { retryAfterSeconds: REST_MS / 1_000 });

function keyOf(request: FastifyRequest): string | undefined {
  const given = request.headers[HEADER];
  if (given === undefined) {
    const bearer = bearerToken(request);
    return bearer?.startsWith(API_KEY_PREFIX) ? bearer : undefined;
  }
  if (request.headers.authorization !== undefined)
    throw refusals.invalidRequest('It has two credentials, X-Api-Key and Authorization: which one is meant?');
  return String(given);
}
