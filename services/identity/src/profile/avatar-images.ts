import { Injectable } from '@nestjs/common';
import { type EventOf, mediaReady } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

interface AvatarImage {
  readonly id: string;
  readonly ownerId: string;
}

/** The images that are ready, and whose they are. Nothing is kept of other files. */
@Injectable()
export class AvatarImages extends Projection<AvatarImage> {
  readonly feeds = [from(mediaReady, (event) => this.ready(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'avatar_images',
      fields: { ownerId: { type: String, required: true } },
      indexes: [],
    });
  }

  /** Says how many there were. */
  async forgetOwner(ownerId: string): Promise<number> {
    const theirs = await this.find({ ownerId });
    await Promise.all(theirs.map(({ id }) => this.erase(id)));
    return theirs.length;
  }

  async ready({ aggregateversion, data: { mediaId, ownerId, kind } }: EventOf<typeof mediaReady>): Promise<void> {
    if (kind === 'image') await this.put(aggregateversion, { id: mediaId, ownerId });
  }
}
