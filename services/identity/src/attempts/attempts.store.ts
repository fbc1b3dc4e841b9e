import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Aggregates, Contention, Database, where } from '@lyceum/store';
import { Pseudonyms } from '../audit/pseudonyms.js';
import { refusals } from '../refusals.js';
import {
  type Attempts,
  PER_ACCOUNT,
  PER_ADDRESS,
  PER_ASKING,
  PER_NETWORK,
  PER_TOKEN,
  type Patience,
  type Tried,
  begin,
  forget,
  takeBack,
} from './attempts.js';
import { addressOf, networkOf } from './network.js';

/** What an attempt counts against. */
export interface Target {
  readonly email: string;
  readonly address: string;
  /** Whether the account has been signed in to from that address: then strangers' failures do not slow it down. */
  readonly familiar: boolean;
  /** Whose account it is; undefined when there is none. */
  readonly userId: string | undefined;
}

@Injectable()
export class AttemptsStore extends Aggregates<Attempts> {
  constructor(
    database: Database,
    private readonly clock: Clock,
    private readonly pseudonyms: Pseudonyms,
  ) {
    super(database, {
      collection: 'attempts',
      fields: { failures: Number, blockedUntil: Date, expiresAt: Date },
      indexes: [{ keys: { expiresAt: 1 }, expireAfterSeconds: 86_400 }],
    });
  }

  /** Counts an attempt; throws `identity.too-many-attempts` when it comes too early. */
  async begin(target: Target): Promise<void> {
    for (const [place, patience] of placesOf(target)) await this.note(place, patience);
    const network = this.pseudonyms.ofNetwork(target.address);
    await this.note(accountKey(target), PER_ACCOUNT, { what: 'password', userId: target.userId, network });
  }

  /** Counts that somebody at an address asks for a mail; throws `identity.too-many-attempts` when it is too often. */
  async ask(address: string): Promise<void> {
    await this.note(keyOf('asking', addressOf(address)), PER_ASKING);
    await this.note(keyOf('asking', networkOf(address)), PER_NETWORK);
  }

  /** Counts that somebody at an address presents a token of a mail; throws `identity.too-many-attempts` when it comes too early. */
  async beginToken(address: string): Promise<void> {
    await this.note(keyOf('tokens', addressOf(address)), PER_TOKEN);
    await this.note(keyOf('tokens', networkOf(address)), PER_NETWORK);
  }

  async tokenHeld(address: string): Promise<void> {
    for (const place of [addressOf(address), networkOf(address)]) await this.takeBack(keyOf('tokens', place));
  }

  /** Counts an attempt to prove a second factor; throws `identity.too-many-attempts` when it comes too early. */
  async beginCode(accountId: string): Promise<void> {
    await this.note(keyOf('codes', accountId), PER_ACCOUNT, { what: 'code', userId: accountId });
  }

  async codeAccepted(accountId: string): Promise<void> {
    await this.change(keyOf('codes', accountId), (current) => forget(counted(current), this.clock.now()));
  }

  /** What is counted for an account goes; what strangers did at their own addresses stays counted for an hour. */
  async forget({ id, email }: { readonly id: string; readonly email: string }): Promise<void> {
    await Promise.all([this.remove(keyOf('account', email)), this.remove(keyOf('codes', id))]);
  }

  async succeeded(target: Target): Promise<void> {
    await Promise.all([
      this.change(accountKey(target), (current) => forget(counted(current), this.clock.now())),
      ...placesOf(target).map(([place]) => this.takeBack(place)),
    ]);
  }

  /** Removes what is forgotten anyway. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ expiresAt: where({ $lte: now }) }, limit);
  }

  private async takeBack(id: string): Promise<void> {
    await this.change(id, (current) => takeBack(counted(current), this.clock.now()));
  }

  private async note(id: string, patience: Patience, tried?: Tried): Promise<void> {
    try {
      await this.change(id, (current) => begin(id, current, patience, this.clock.now(), tried));
    } catch (error) {
      if (error instanceof Contention) throw refusals.tooManyAttempts(undefined, { retryAfterSeconds: 1 });
      throw error;
    }
  }
}

function counted(current: Attempts | undefined): Attempts {
  if (!current) throw new Error('An attempt was not counted before it succeeded');
  return current;
}

// hashed: a list of who signs in from where is nobody's business
const keyOf = (...parts: string[]): string => createHash('sha256').update(parts.join('\n')).digest('base64url');

const accountKey = ({ email, address, familiar }: Target): string =>
  familiar ? keyOf('account', email, addressOf(address)) : keyOf('account', email);

/** The owner, where the owner is known, does not pay for neighbours. */
function placesOf({ address, familiar }: Target): [id: string, patience: Patience][] {
  const own: [string, Patience] = [keyOf('address', addressOf(address)), PER_ADDRESS];
  return familiar ? [own] : [own, [keyOf('network', networkOf(address)), PER_NETWORK]];
}
