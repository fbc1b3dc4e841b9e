import { nobodysName } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest, where } from '@lyceum/store';
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
        ownerErasedAt: Date,
      },
      personal: { owner: 'ownerId', fields: { fileName: nobodysName } },
      indexes: [
        { keys: { 'state.expiresAt': 1 }, where: { 'state.status': 'awaiting' } },
        { keys: { ownerId: 1, _id: 1 } },
        { keys: { ownerErasedAt: 1, _id: 1 }, where: { ownerErasedAt: { $exists: true } } },
      ],
    });
  }

  /** Oldest first, page by page. */
  ofOwner(ownerId: string, page: PageRequest): Promise<Page<Media>> {
    return this.page({ ownerId }, { ...page, sort: 'id' });
  }

  /** Files whose owners were erased, page by page. */
  disowned(page: PageRequest): Promise<Page<Media>> {
    return this.page({ ownerErasedAt: where({ $exists: true }) }, { ...page, sort: 'ownerErasedAt' });
  }

  /** Uploads that were allowed and did not come in time, oldest first. */
  overdue(before: Date, limit: number): Promise<Media[]> {
    return this.find(
      { 'state.status': 'awaiting', 'state.expiresAt': where({ $lt: before }) },
      { sort: ['state.expiresAt'], limit },
    );
  }
}
