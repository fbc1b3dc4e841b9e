import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { normalised } from './password-policy.js';
import { BoundedQueue } from './bounded-queue.js';

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default), 46 MiB, one pass, one lane. */
const parameters = { memoryCost: 47_104, timeCost: 1, parallelism: 1 };

const busy = () => refusals.tooBusy(undefined, { retryAfterSeconds: 2 });

@Injectable()
export class PasswordHasher implements OnModuleInit {
  private readonly queue: BoundedQueue;
  private readonly capacity: number;
  private admitted = 0;
  private nobodys = '';

  constructor(@Inject(CONFIG) config: Config) {
    // on two cores one hash at a time halves the slowest answers of other routes during a flood, and costs a sixth of the sign-ins
    const atOnce = config.PASSWORD_HASHES_AT_ONCE ?? Math.max(1, availableParallelism() - 1);
    this.capacity = atOnce + config.PASSWORD_HASHES_WAITING;
    this.queue = new BoundedQueue({
      atOnce,
      waiting: config.PASSWORD_HASHES_WAITING,
      refuse: busy,
    });
  }

  async onModuleInit(): Promise<void> {
    this.nobodys = await this.hash(randomBytes(32).toString('base64url'));
  }

  /**
   * Runs a request that will need a hash. Throws `identity.too-busy` when too many are under way: at once, before the request
   * has cost the database anything.
   */
  async admit<T>(request: () => Promise<T>): Promise<T> {
    if (this.admitted >= this.capacity) throw busy();
    this.admitted += 1;
    try {
      return await request();
    } finally {
      this.admitted -= 1;
    }
  }

  /** Throws `identity.too-busy` when too many wait already; so does {@link matches}. */
  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(normalised(password), parameters));
  }

  /** Whether the password is the one; without a hash (nobody has that address) it takes as long and says no. */
  async matches(password: string, hashed: string | undefined): Promise<boolean> {
    const same = await this.queue.run(() => verify(hashed ?? this.nobodys, normalised(password)));
    return same && hashed !== undefined;
  }

  /** Whether a hash was made with other parameters than today's. */
  isOutdated(hashed: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(hashed);
    return (
      memoryCost !== parameters.memoryCost || timeCost !== parameters.timeCost || parallelism !== parameters.parallelism
    );
  }
}
