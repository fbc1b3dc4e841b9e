import type { OnApplicationShutdown, OnModuleInit, Provider } from '@nestjs/common';
import {
  EndedSessions,
  EndedSessionsFeed,
  RedisEndedSessions,
  RedisLink,
  RemoteEndedSessions,
  TokenVerifier,
  VerificationKeys,
} from '@lyceum/http';
import { Log, Metrics } from '@lyceum/telemetry';
import type { BaseConfig } from './config.js';
import { Repeating } from './repeating.js';
import type { ServiceDefinition } from './service.js';

const FOLLOW_MS = 500;

/** What the instances of all services share: who is who, which sessions have ended, and Redis where there is one. */
export function sharedParts(service: ServiceDefinition, base: BaseConfig, redis: RedisLink): Provider[] {
  const expected = { issuer: base.JWT_ISSUER, audience: base.JWT_AUDIENCE };
  const { JWKS_URL } = base;
  const isRemote = JWKS_URL && service.remoteKeys !== false;
  return [
    { provide: RedisLink, useValue: redis },
    ...(isRemote ? [{ provide: EndedSessionsFeed, useFactory: () => new RemoteEndedSessions(JWKS_URL) }] : []),
    {
      provide: EndedSessions,
      useFactory: (feed: EndedSessionsFeed, log: Log, metrics: Metrics) => {
        const shared = redis.isConfigured && isRemote ? [new RedisEndedSessions(redis)] : [];
        return new EndedSessions([...shared, feed], log, metrics);
      },
      inject: [EndedSessionsFeed, Log, Metrics],
    },
    {
      provide: TokenVerifier,
      useFactory: (keys: VerificationKeys, ended: EndedSessions) => {
        ended.onKeyWithdrawn((kid) => keys.withdraw(kid));
        return new TokenVerifier(keys, expected, ended);
      },
      inject: [VerificationKeys, EndedSessions],
    },
    {
      provide: Following,
      useFactory: (ended: EndedSessions, log: Log) => new Following(ended, redis, log),
      inject: [EndedSessions, Log],
    },
  ];
}

/** Keeps the list of ended sessions up to date while the service runs. */
class Following implements OnModuleInit, OnApplicationShutdown {
  private readonly rounds: Repeating;

  constructor(
    private readonly ended: EndedSessions,
    private readonly redis: RedisLink,
    log: Log,
  ) {
    const failed = (error: unknown) => log.error('ended sessions cannot be followed', error);
    this.rounds = new Repeating(FOLLOW_MS, () => ended.follow(), failed);
  }

  async onModuleInit(): Promise<void> {
    await this.ended.follow(); // so that the first request finds the list
    this.rounds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    await this.redis.close();
  }
}
