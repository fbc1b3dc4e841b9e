import { nobodysName } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { Aggregates, Database, type Page, where } from '@lyceum/store';
import type { Session } from './session.js';

const forgotten: Session['device'] = { userAgent: 'erased', address: 'erased' };

@Injectable()
export class SessionsStore extends Aggregates<Session> {
  constructor(database: Database) {
    super(database, {
      collection: 'sessions',
      fields: {
        accountId: { type: String, required: true },
        device: { userAgent: String, address: String },
        authentication: { at: Date, methods: [String] },
        startedAt: { type: Date, required: true },
        lastSeenAt: { type: Date, required: true },
        expiresAt: { type: Date, required: true },
        endsAt: { type: Date, required: true },
        announced: Boolean,
        state: {
          status: { type: String, required: true, enum: ['active', 'ended'] },
          tokenHash: String,
          spent: { type: { _id: false, hash: String, at: Date, successor: String }, default: undefined },
          at: Date,
          because: String,
        },
      },
      shape: 2,
      // until then there was nothing but passwords
      upgrades: { 2: (stored) => ({ ...stored, authentication: { at: stored['startedAt'], methods: ['pwd'] } }) },
      personal: {
        owner: 'accountId',
        fields: { 'device.userAgent': nobodysName, 'device.address': '0.0.0.0' },
        lookUps: { 'device.address': 'whole' },
      },
      indexes: [
        { keys: { accountId: 1, lastSeenAt: -1, _id: -1 } },
        { keys: { accountId: 1, 'device.address': 1 } },
        { keys: { 'state.at': 1, _id: 1 } },
        { keys: { endsAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  /** Those that can still be used, the latest used first. */
  active(accountId: string, now: Date, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    const filter = { accountId, 'state.status': 'active', expiresAt: where({ $gt: now }) };
    return this.page(filter, { ...page, sort: '-lastSeenAt' });
  }

  countActive(accountId: string, now: Date): Promise<number> {
    return this.count({ accountId, 'state.status': 'active', expiresAt: where({ $gt: now }) });
  }

  /** All that can still be used and, where a time is given, had begun by then. */
  allActive(accountId: string, now: Date, begunBy?: Date): Promise<Session[]> {
    const begun = begunBy ? { startedAt: where({ $lte: begunBy }) } : {};
    return this.find({ accountId, 'state.status': 'active', expiresAt: where({ $gt: now }), ...begun });
  }

  /** Where the account is and was used lately: the latest hundred, ended ones too. */
  remembered(accountId: string): Promise<Session[]> {
    return this.find({ accountId }, { sort: ['-lastSeenAt', '-_id'], limit: 100 });
  }

  /** When the account was last used, as far as any session remembers. */
  async lastSeen(accountId: string): Promise<Date | undefined> {
    const [latest] = await this.find({ accountId }, { sort: ['-lastSeenAt', '-_id'], limit: 1 });
    return latest?.lastSeenAt;
  }

  /** Those that were ended at `since` or later, in the order of that. */
  endedSince(since: Date, page: { limit: number; after?: string | undefined }): Promise<Page<Session>> {
    return this.page({ 'state.at': where({ $gte: since }) }, { ...page, sort: 'state.at' });
  }

  /** All that are still there, also those that have ended. */
  ofAccount(accountId: string): Promise<Session[]> {
    return this.find({ accountId }, { sort: ['startedAt'] });
  }

  /**
   * Takes the devices out of the sessions of an account that is no more. The sessions stay until they would have ended anyhow: other
   * services learn from them whose tokens hold no longer. Says how many there were.
   */
  async forgetDevices(accountId: string): Promise<number> {
    const known = (await this.ofAccount(accountId)).filter(({ device }) => device.userAgent !== forgotten.userAgent);
    for (const { id } of known)
      await this.change(id, (session): Change<Session> => {
        if (!session) throw new Error(`the session ${id} has gone`);
        if (session.device.userAgent === forgotten.userAgent) return unchanged(session);
        const { state } = session;
        const bare = state.status === 'active' ? { status: 'active' as const, tokenHash: state.tokenHash } : state;
        return changed({ ...session, device: forgotten, state: bare });
      });
    return known.length;
  }

  /** Whether the account has been signed in to from an address lately. */
  async knows(accountId: string, address: string): Promise<boolean> {
    return (await this.findOne({ accountId, 'device.address': address })) !== undefined;
  }

  /** Removes sessions that could not go on any longer, ended or not. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ endsAt: where({ $lte: now }) }, limit);
  }
}
