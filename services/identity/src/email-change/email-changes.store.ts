import { nobodysAddress } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database, where } from '@lyceum/store';
import type { EmailChange } from './email-change.js';

const uniqueWhereThere = (field: string) => ({
  keys: { [field]: 1 as const },
  unique: true,
  where: { [field]: { $exists: true } },
});

@Injectable()
export class EmailChangesStore extends Aggregates<EmailChange> {
  constructor(database: Database) {
    super(database, {
      collection: 'email_changes',
      fields: {
        standing: {
          status: { type: String, required: true, enum: ['asked', 'confirmed', 'stopped'] },
          oldEmail: String,
          newEmail: String,
          proofHash: String,
          stopHash: String,
          at: { type: Date, required: true },
        },
        asked: { type: [Date], required: true },
        forgetAt: { type: Date, required: true },
      },
      personal: {
        owner: 'id',
        fields: { 'standing.oldEmail': nobodysAddress, 'standing.newEmail': nobodysAddress },
      },
      indexes: [
        uniqueWhereThere('standing.proofHash'),
        uniqueWhereThere('standing.stopHash'),
        { keys: { forgetAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  byProof(proofHash: string): Promise<EmailChange | undefined> {
    return this.findOne({ 'standing.proofHash': proofHash });
  }

  byStop(stopHash: string): Promise<EmailChange | undefined> {
    return this.findOne({ 'standing.stopHash': stopHash });
  }

  /** Removes what is left of wishes that are over. Says how many; fewer than `limit` when there are no more. */
  removeExpired(now: Date, limit: number): Promise<number> {
    return this.removeSome({ forgetAt: where({ $lte: now }) }, limit);
  }
}
