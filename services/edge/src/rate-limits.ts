import { once } from 'node:events';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { TokenVerifier, bearerToken } from '@lyceum/http';
import { Log } from '@lyceum/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from './config.js';
import { refusals } from './refusals.js';

const MINUTE = 60;

/**
 * Counts requests by address, by account, and by address for sign-in. On Redis the instances count together; while
 * Redis is away each counts alone in memory, and no request waits for it.
 */
@Injectable()
export class RateLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly byAddress: RateLimiterAbstract;
  private readonly byAccount: RateLimiterAbstract;
  private readonly bySignIn: RateLimiterAbstract;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly tokens: TokenVerifier,
    private readonly log: Log,
  ) {
    if (config.REDIS_URL) this.redis = this.connect(config.REDIS_URL);
    this.byAddress = this.limiter('address', config.RATE_LIMIT_ADDRESS);
    this.byAccount = this.limiter('account', config.RATE_LIMIT_ACCOUNT);
    this.bySignIn = this.limiter('sign-in', config.RATE_LIMIT_SIGN_IN);
  }

  /** Gives Redis a moment, so that from the first request on the instances count together. */
  async onModuleInit(): Promise<void> {
    if (!this.redis || this.redis.status === 'ready') return;
    await once(this.redis, 'ready', { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  }

  /** Counts a request. Throws `http.too-many-requests` with `retryAfterSeconds` when a limit is reached. */
  async count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.url.startsWith('/health') || request.url.startsWith('/webhooks/')) return;
    await this.consume(this.byAddress, request.ip, reply);
    if (request.url.startsWith('/auth/')) await this.consume(this.bySignIn, request.ip, reply);
    const account = await this.accountOf(request);
    if (account) await this.consume(this.byAccount, account, reply);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.redis?.status === 'ready') await this.redis.quit();
    else this.redis?.disconnect();
  }

  /** Only a token that verifies names an account: a forged one must not use up somebody else's limit. */
  private async accountOf(request: FastifyRequest): Promise<string | undefined> {
    const token = bearerToken(request);
    if (!token) return undefined;
    return this.tokens.verify(token).then(
      (caller) => caller.id,
      () => undefined,
    );
  }

  private async consume(limiter: RateLimiterAbstract, key: string, reply: FastifyReply): Promise<void> {
    try {
      this.tell(reply, limiter, await limiter.consume(key));
    } catch (outcome) {
      if (!(outcome instanceof RateLimiterRes)) throw outcome;
      this.tell(reply, limiter, outcome);
      throw refusals.tooManyRequests(undefined, { retryAfterSeconds: Math.ceil(outcome.msBeforeNext / 1_000) });
    }
  }

  // draft-ietf-httpapi-ratelimit-headers; the limit checked last is the one told
  private tell(
    reply: FastifyReply,
    limiter: RateLimiterAbstract,
    { remainingPoints, msBeforeNext }: RateLimiterRes,
  ): void {
    void reply.header('ratelimit-policy', `"${limiter.keyPrefix}";q=${limiter.points};w=${MINUTE}`);
    void reply.header('ratelimit', `"${limiter.keyPrefix}";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1_000)}`);
  }

  private limiter(keyPrefix: string, points: number): RateLimiterAbstract {
    const memory = new RateLimiterMemory({ keyPrefix, points, duration: MINUTE });
    if (!this.redis) return memory;
    return new RateLimiterRedis({
      storeClient: this.redis,
      keyPrefix: `lyceum:rate:${keyPrefix}`,
      points,
      duration: MINUTE,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
    });
  }

  private connect(url: string): Redis {
    const redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 500,
      connectTimeout: 2_000,
      retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
    });
    let away = false;
    redis.on('error', (error: Error) => {
      if (!away) this.log.warn('Redis is away; each instance counts its own rate limits', { reason: error.message });
      away = true;
    });
    redis.on('ready', () => {
      if (away) this.log.info('Redis is back');
      away = false;
    });
    return redis;
  }
}
