import type { RedisLink } from '@lyceum/http';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type Lease, granted, isUsedUp, nextTake, noLease } from './lease.js';

const MINUTE = 60;
/** So many keys have a lease; one that is given up is counted all the same. */
const LEASES = 10_000;

/** How a key stands after one more request. */
export interface Counted {
  readonly allowed: boolean;
  /** What the limit leaves. */
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * So many requests a minute for each key, counted together or, while Redis is away, by this instance alone. Requests of a key that
 * asks often are counted in Redis several at once and ahead, and counted down here: together never more than the limit pass, and
 * what an instance has counted ahead for nothing is at most a fiftieth of the limit, and at most 20.
 */
export class Limit {
  private readonly alone: RateLimiterMemory;
  private together: RateLimiterRedis | undefined;
  private readonly leases = new Map<string, Lease>();

  constructor(
    readonly name: string,
    readonly points: number,
    private readonly redis: RedisLink,
  ) {
    this.alone = new RateLimiterMemory({ keyPrefix: name, points, duration: MINUTE });
  }

  async count(key: string): Promise<Counted> {
    const lease = this.leaseOf(key);
    for (;;) {
      if (lease.held > 0) {
        lease.held -= 1;
        return told(lease, true);
      }
      if (isUsedUp(lease)) return told(lease, false);
      if (!(await this.renew(key, lease))) return this.countAlone(key);
    }
  }

  /** Counts ahead, once for all who wait. False while Redis is away. */
  private async renew(key: string, lease: Lease): Promise<boolean> {
    if (!this.redis.isUp) return false;
    lease.waiting += 1;
    lease.renewal ??= this.countAhead(key, lease);
    return lease.renewal.finally(() => (lease.waiting -= 1));
  }

  private async countAhead(key: string, lease: Lease): Promise<boolean> {
    const take = nextTake(lease, this.points);
    const asked = performance.now();
    try {
      const { consumedPoints, msBeforeNext } = await this.redis.run((storeClient) => {
        const { name, points } = this;
        this.together ??= new RateLimiterRedis({ keyPrefix: `rate:${name}`, points, duration: MINUTE, storeClient });
        return outcome(this.together.consume(key, take));
      });
      lease.held = granted(take, consumedPoints, this.points);
      lease.remaining = Math.max(0, this.points - consumedPoints);
      lease.taken = take;
      lease.until = asked + msBeforeNext;
      return true;
    } catch {
      return false;
    } finally {
      lease.renewal = undefined;
    }
  }

  private async countAlone(key: string): Promise<Counted> {
    const { consumedPoints, remainingPoints, msBeforeNext } = await outcome(this.alone.consume(key));
    return { allowed: consumedPoints <= this.points, remaining: remainingPoints, resetMs: msBeforeNext };
  }

  private leaseOf(key: string): Lease {
    const known = this.leases.get(key);
    if (known && known.until > performance.now()) return known;
    const lease = noLease();
    this.leases.delete(key); // so that the oldest stand first
    this.leases.set(key, lease);
    const [oldest] = this.leases.size > LEASES ? this.leases.keys() : [];
    if (oldest !== undefined) this.leases.delete(oldest);
    return lease;
  }
}

const told = ({ held, remaining, until }: Lease, allowed: boolean): Counted => ({
  allowed,
  remaining: remaining + held,
  resetMs: Math.max(0, until - performance.now()),
});

/** The library rejects with the count when it is too high, and with an Error when it cannot count. */
const outcome = (counting: Promise<RateLimiterRes>): Promise<RateLimiterRes> =>
  counting.catch((reason: unknown) => {
    if (reason instanceof RateLimiterRes) return reason;
    throw reason;
  });
