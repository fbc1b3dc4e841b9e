import { Injectable } from '@nestjs/common';
import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { type Erasure, inPages } from '@lyceum/store';
import { Entitlements } from './projections/entitlements.js';
import { BucketAway } from './storage/bucket.js';
import { type Disposal, DisownedFiles } from './uploads/disowned-files.js';
import type { Media } from './uploads/media.js';
import { MediaStore } from './uploads/media.store.js';

/** The files that somebody has uploaded, and the courses that let somebody see those of others. */
@Injectable()
export class MediaPersonalData extends PersonalData {
  constructor(
    private readonly media: MediaStore,
    private readonly files: DisownedFiles,
    private readonly entitlements: Entitlements,
  ) {
    super();
  }

  override async *collect(userId: string): AsyncIterable<Section> {
    for await (const items of inPages((page) => this.media.ofOwner(userId, page)))
      yield { name: 'files', title: 'Files that you have uploaded', records: items.map(exported) };
    for await (const items of inPages((page) => this.entitlements.ofLearner(userId, page)))
      yield {
        name: 'courses-you-have',
        title: 'Courses whose files you may or might see',
        records: items.map(({ courseId, active }) => ({ courseId, active })),
      };
  }

  override async erase(userId: string, { erasedAt }: Erasure): Promise<Erased> {
    const courses = await this.entitlements.eraseLearner(userId);
    const count: Record<Disposal | 'later', number> = { gone: 0, needed: 0, expected: 0, later: 0 };
    for await (const items of inPages((page) => this.media.ofOwner(userId, page)))
      for (const media of items) count[await this.disown(media, erasedAt)] += 1;
    return {
      erased: [
        { what: 'uploaded files', count: count.gone },
        { what: 'notes of who may see the files of a course', count: courses },
      ],
      kept: [...(count.needed > 0 ? [keptForLearners] : []), ...(count.expected > 0 ? [keptUntilOver] : [])],
      ...(count.later > 0 ? { waitsFor: 'the bucket' } : {}),
    };
  }

  /** A bucket that does not answer makes the erasure wait, and no message fail. */
  private async disown(media: Media, erasedAt: Date): Promise<Disposal | 'later'> {
    try {
      return await this.files.disown(media, erasedAt);
    } catch (error) {
      if (error instanceof BucketAway) return 'later';
      throw error;
    }
  }
}

const keptForLearners = {
  what: 'files in published courses, without the names that you gave them',
  why: 'others have these courses; each file goes when the last of them has left',
};
const keptUntilOver = {
  what: 'the number of an upload that was begun',
  why: 'its upload address still works for a while, and what comes must be thrown away',
};

function exported({ id, fileName, kind, contentType, size, state }: Media): Record<string, unknown> {
  const about = { mediaId: id, fileName, kind, contentType, bytes: size, status: state.status };
  switch (state.status) {
    case 'awaiting':
      return { ...about, expiresAt: state.expiresAt };
    case 'rejected':
      return { ...about, reason: state.reason, rejectedAt: state.rejectedAt };
    case 'ready':
      return {
        ...about,
        readyAt: state.readyAt,
        etag: state.etag,
        download: `GET /media/${id}/delivery, signed in as yourself, answers with an address that works for some minutes`,
      };
  }
}
