import { nobodysName } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database, where } from '@lyceum/store';
import type { Media } from './media.js';

@Injectable()
export class MediaStore extends Aggregates<Media> {
  constructor(database: Database) {
    super(database, {
      collection: 'media',
      fields: {
        ownerId: { type: String, required: true },
        fileName: String,
        kind: String,
        contentType: String,
        size: Number,
        state: {
          status: String,
          expiresAt: Date,
          key: String,
          etag: String,
          readyAt: Date,
          reason: String,
          rejectedAt: Date,
        },
      },
      personal: { owner: 'ownerId', fields: { fileName: nobodysName } },
      indexes: [{ keys: { 'state.expiresAt': 1 }, where: { 'state.status': 'awaiting' } }],
    });
  }

  /** Uploads that were allowed and did not come in time, oldest first. */
  overdue(before: Date, limit: number): Promise<Media[]> {
    return this.find(
      { 'state.status': 'awaiting', 'state.expiresAt': where({ $lt: before }) },
      { sort: ['state.expiresAt'], limit },
    );
  }
}
