import { Injectable } from '@nestjs/common';
import { type EventOf, mediaReady, mediaRejected } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Projection, from } from '@lyceum/store';
import type { MediaFact } from '../publishing/checks.js';

export interface MediaRow {
  readonly id: string;
  readonly fact: MediaFact;
}

/** Which files exist, whose they are and what they turned out to be. */
@Injectable()
export class MediaFacts extends Projection<MediaRow> {
  readonly feeds = [
    from(mediaReady, (event) => this.ready(event)),
    from(mediaRejected, (event) => this.rejected(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'media_facts',
      fields: { fact: { type: Object, required: true } },
      indexes: [{ keys: { 'fact.ownerId': 1, _id: 1 } }],
    });
  }

  ready({ aggregateversion, data: { mediaId, ownerId, kind } }: EventOf<typeof mediaReady>): Promise<boolean> {
    return this.putAbout(ownerId, aggregateversion, { id: mediaId, fact: { status: 'ready', ownerId, kind } });
  }

  rejected({ aggregateversion, data: { mediaId, ownerId, reason } }: EventOf<typeof mediaRejected>): Promise<boolean> {
    return this.putAbout(ownerId, aggregateversion, { id: mediaId, fact: { status: 'rejected', ownerId, reason } });
  }

  ofOwner(ownerId: string, page: PageRequest): Promise<Page<MediaRow>> {
    return this.page({ 'fact.ownerId': ownerId }, page);
  }

  eraseOwner(ownerId: string): Promise<number> {
    return this.eraseAll({ 'fact.ownerId': ownerId });
  }
}
