import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Aggregates, Database, where } from '@lyceum/store';
import { hashOf, newOneTimeToken } from '../accounts/one-time-token.js';
import { type PasskeyChallenge, type Purpose, issue, spend } from './passkey-challenge.js';

@Injectable()
export class PasskeyChallengesStore extends Aggregates<PasskeyChallenge> {
  constructor(
    database: Database,
    private readonly clock: Clock,
  ) {
    super(database, {
      collection: 'passkey_challenges',
      fields: {
        purpose: { kind: { type: String, required: true, enum: ['add', 'prove'] }, accountId: String },
        status: { type: String, required: true, enum: ['open', 'spent'] },
        expiresAt: { type: Date, required: true },
      },
      indexes: [{ keys: { expiresAt: 1 }, expireAfterSeconds: 3_600 }],
    });
  }

  /** 32 random bytes in base64url. */
  async issue(purpose: Purpose): Promise<string> {
    const text = newOneTimeToken();
    await this.change(hashOf(text), () => issue(hashOf(text), purpose, this.clock.now()));
    return text;
  }

  async idsOf(accountId: string): Promise<string[]> {
    return (await this.find({ 'purpose.accountId': accountId })).map(({ id }) => id);
  }

  async spend(text: string, purpose: Purpose): Promise<void> {
    await this.change(hashOf(text), (current) => spend(current, purpose, this.clock.now()));
  }

  /** Removes challenges that nobody can meet any more. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ expiresAt: where({ $lte: now }) }, limit);
  }
}
