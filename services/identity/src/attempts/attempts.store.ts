import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Aggregates, Contention, Database } from '@lyceum/store';
import { refusals } from '../refusals.js';
import {
  type Attempts,
  PER_ACCOUNT,
  PER_ADDRESS,
  PER_ASKING,
  type Patience,
  begin,
  forget,
  takeBack,
} from './attempts.js';

/** What an attempt counts against. */
export interface Target {
  readonly email: string;
  readonly address: string;
  /** Whether the account has been signed in to from that address: then strangers' failures do not slow it down. */
  readonly familiar: boolean;
}

@Injectable()
export class AttemptsStore extends Aggregates<Attempts> {
  constructor(
    database: Database,
    private readonly clock: Clock,
  ) {
    super(database, {
      collection: 'attempts',
      fields: { failures: Number, blockedUntil: Date, expiresAt: Date },
      indexes: [{ keys: { expiresAt: 1 }, expireAfterSeconds: 86_400 }],
    });
  }

  /** Counts an attempt; throws `identity.too-many-attempts` when it comes too early. */
  async begin(target: Target): Promise<void> {
    await this.note(addressKey(target), PER_ADDRESS);
    await this.note(accountKey(target), PER_ACCOUNT);
  }

  /** Counts that somebody at a network address asks for a mail; throws `identity.too-many-attempts` when it is too often. */
  async ask(address: string): Promise<void> {
    await this.note(keyOf('asking', networkOf(address)), PER_ASKING);
  }

  /** Counts an attempt to prove a second factor; throws `identity.too-many-attempts` when it comes too early. */
  async beginCode(accountId: string): Promise<void> {
    await this.note(keyOf('codes', accountId), PER_ACCOUNT);
  }

  async codeAccepted(accountId: string): Promise<void> {
    await this.change(keyOf('codes', accountId), (current) => forget(counted(current), this.clock.now()));
  }

  /** What is counted for an account goes; what strangers did at their own addresses stays counted for an hour. */
  async forget({ id, email }: { readonly id: string; readonly email: string }): Promise<void> {
    await Promise.all([this.remove(keyOf('account', email)), this.remove(keyOf('codes', id))]);
  }

  async succeeded(target: Target): Promise<void> {
    const now = this.clock.now();
    await Promise.all([
      this.change(accountKey(target), (current) => forget(counted(current), now)),
      this.change(addressKey(target), (current) => takeBack(counted(current), now)),
    ]);
  }

  private async note(id: string, patience: Patience): Promise<void> {
    try {
      await this.change(id, (current) => begin(id, current, patience, this.clock.now()));
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
  familiar ? keyOf('account', email, networkOf(address)) : keyOf('account', email);

const addressKey = ({ address }: Target): string => keyOf('address', networkOf(address));

/** The address itself, or for IPv6 the /64 that one subscriber has to himself. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace('::ffff:', '');
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - groups.length - last.length;
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
