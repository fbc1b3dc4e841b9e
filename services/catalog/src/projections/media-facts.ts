import { Injectable } from '@nestjs/common';
import { type EventOf, mediaReady, mediaRejected } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';
import type { MediaFact } from '../publishing/checks.js';

interface MediaRow {
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
    super(database, { collection: 'media_facts', fields: { fact: { type: Object, required: true } }, indexes: [] });
  }

  ready({ aggregateversion, data: { mediaId, ownerId, kind } }: EventOf<typeof mediaReady>): Promise<boolean> {
    return this.put(aggregateversion, { id: mediaId, fact: { status: 'ready', ownerId, kind } });
  }

  rejected({ aggregateversion, data: { mediaId, ownerId, reason } }: EventOf<typeof mediaRejected>): Promise<boolean> {
    return this.put(aggregateversion, { id: mediaId, fact: { status: 'rejected', ownerId, reason } });
  }
}
