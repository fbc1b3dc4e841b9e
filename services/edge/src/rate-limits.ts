import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { RedisLink, TokenVerifier, bearerToken } from '@lyceum/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Accounts } from './accounts.js';
import type { Config } from './config.js';
import { Limit } from './limit.js';
import { refusals } from './refusals.js';

/**
 * Counts requests by address, by account, and by address for sign-in and for API keys that must be looked at. On Redis the instances count together; while
 * Redis is away each counts alone in memory, from nothing, and no request waits for it.
 */
@Injectable()
export class RateLimits {
  private readonly byAddress: Limit;
  private readonly byAccount: Limit;
  private readonly bySignIn: Limit;
  private readonly byExchange: Limit;
  private readonly accounts: Accounts;

  constructor(@Inject(CONFIG) config: Config, tokens: TokenVerifier, redis: RedisLink) {
    this.accounts = new Accounts(tokens);
    this.byAddress = new Limit('address', config.RATE_LIMIT_ADDRESS, redis);
    this.byAccount = new Limit('account', config.RATE_LIMIT_ACCOUNT, redis);
    this.bySignIn = new Limit('sign-in', config.RATE_LIMIT_SIGN_IN, redis);
    this.byExchange = new Limit('api-key', config.RATE_LIMIT_API_KEYS, redis);
  }

  /** Counts a request by where it comes from. Throws `http.too-many-requests` with `retryAfterSeconds` when a limit is reached. */
  async countAddress(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (isUncounted(request)) return;
    await this.consume(this.byAddress, request.ip, reply);
    if (request.url.startsWith('/auth/')) await this.consume(this.bySignIn, request.ip, reply);
  }

  /** Counts that an address comes with an API key that nothing is known of, be it guessed or good. Throws like {@link countAddress}. */
  async countExchange(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.consume(this.byExchange, request.ip, reply);
  }

  /** Counts a request by whose it is, by a session or by an API key. Throws like {@link countAddress}. */
  async countAccount(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (isUncounted(request)) return;
    const token = bearerToken(request);
    const account = token && (await this.accounts.of(token));
    if (account) await this.consume(this.byAccount, account, reply);
  }

  // draft-ietf-httpapi-ratelimit-headers; the limit checked last is the one told
  private async consume(limit: Limit, key: string, reply: FastifyReply): Promise<void> {
    const { allowed, remaining, resetMs } = await limit.count(key);
    const seconds = Math.ceil(resetMs / 1_000);
    void reply.header('ratelimit-policy', `"${limit.name}";q=${limit.points};w=60`);
    void reply.header('ratelimit', `"${limit.name}";r=${remaining};t=${seconds}`);
    if (!allowed) throw refusals.tooManyRequests(undefined, { retryAfterSeconds: seconds });
  }
}

const isUncounted = ({ url }: FastifyRequest): boolean => url.startsWith('/health') || url.startsWith('/webhooks/');
