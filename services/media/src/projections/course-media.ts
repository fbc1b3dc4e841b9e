import { Injectable } from '@nestjs/common';
import { type EventOf, courseArchived, coursePublished } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

export interface CourseMedia {
  readonly id: string;
  /** Whether visitors may see the public files now. */
  readonly offered: boolean;
  /** Thumbnail and previews. */
  readonly open: readonly string[];
  /** For those who are enrolled. */
  readonly closed: readonly string[];
}

/** Which files each course's current edition shows, and to whom. */
@Injectable()
export class CourseMediaProjection extends Projection<CourseMedia> {
  readonly feeds = [
    from(coursePublished, (event) => this.published(event)),
    from(courseArchived, (event) => this.archived(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'course_media',
      fields: { offered: Boolean, open: [String], closed: [String] },
      indexes: [{ keys: { open: 1 } }, { keys: { closed: 1 } }],
    });
  }

  /** What an edition shows and whether it is offered are two facts: an archive that is heard of first hides no file from learners. */
  async published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<unknown> {
    const open = new Set([data.thumbnailMediaId]);
    const closed = new Set<string>();
    for (const lecture of data.sections.flatMap((section) => section.lectures)) {
      const files = [...(lecture.mediaId ? [lecture.mediaId] : []), ...lecture.resourceMediaIds];
      for (const file of files) (lecture.preview ? open : closed).add(file);
    }
    const files = { open: [...open], closed: [...closed] };
    await this.patch(data.courseId, 'edition', aggregateversion, files);
    return this.patch(data.courseId, 'offer', aggregateversion, { offered: true });
  }

  /** Visitors lose it; those who are enrolled keep it. */
  archived({ data, aggregateversion }: EventOf<typeof courseArchived>): Promise<unknown> {
    return this.patch(data.courseId, 'offer', aggregateversion, { offered: false });
  }

  async isOpen(mediaId: string): Promise<boolean> {
    return (await this.findOne({ open: mediaId, offered: true })) !== undefined;
  }

  /** The courses that show the file to those who are enrolled. */
  async coursesWith(mediaId: string): Promise<string[]> {
    return (await this.showing(mediaId)).map((course) => course.id);
  }

  /** The courses whose current edition contains the file. */
  async showing(mediaId: string): Promise<CourseMedia[]> {
    const [closed, open] = await Promise.all([this.find({ closed: mediaId }), this.find({ open: mediaId })]);
    return [...closed, ...open];
  }
}
