import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Aggregates, Database, where } from '@lyceum/store';
import type { Account } from '../accounts/account.js';
import { hashOf, newOneTimeToken } from '../accounts/one-time-token.js';
import type { Authentication } from '../sessions/authentication.js';
import { type SignInChallenge, challenge, meet, tryOnce } from './sign-in-challenge.js';

@Injectable()
export class SignInChallengesStore extends Aggregates<SignInChallenge> {
  constructor(
    database: Database,
    private readonly clock: Clock,
  ) {
    super(database, {
      collection: 'sign_in_challenges',
      fields: {
        accountId: { type: String, required: true },
        authentication: { at: Date, methods: [String] },
        passwordChangedAt: Date,
        status: { type: String, required: true, enum: ['open', 'met'] },
        tries: { type: Number, required: true },
        expiresAt: { type: Date, required: true },
      },
      indexes: [{ keys: { expiresAt: 1 }, expireAfterSeconds: 3_600 }],
    });
  }

  /** For somebody who has proven the first factor: the token that stands for it. */
  async issue({ id: accountId, passwordChangedAt }: Account, authentication: Authentication): Promise<string> {
    const token = newOneTimeToken();
    const id = hashOf(token);
    await this.change(id, () => challenge({ id, accountId, authentication, passwordChangedAt }, this.clock.now()));
    return token;
  }

  async idsOf(accountId: string): Promise<string[]> {
    return (await this.find({ accountId })).map(({ id }) => id);
  }

  /** Counts a try. Throws `identity.challenge-refused` for a token that does not hold (any more). */
  begin(token: string): Promise<SignInChallenge> {
    return this.change(hashOf(token), (current) => tryOnce(current, this.clock.now()));
  }

  /** Of several at once only one comes through; the others throw `identity.challenge-refused`. */
  async meet(id: string): Promise<void> {
    await this.change(id, (current) => meet(current, this.clock.now()));
  }

  /** Removes challenges that nobody can meet any more. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ expiresAt: where({ $lte: now }) }, limit);
  }
}
