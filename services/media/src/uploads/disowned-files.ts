import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { inPages } from '@lyceum/store';
import { CourseMediaProjection } from '../projections/course-media.js';
import { Entitlements } from '../projections/entitlements.js';
import { MediaBucket } from '../storage/bucket.js';
import { type Media, checkedFiles, disown, isOver, quarantineKey } from './media.js';
import { MediaStore } from './media.store.js';

/** `gone`; `needed` by learners of a course; `expected`: an upload URL may still be used. */
export type Disposal = 'gone' | 'needed' | 'expected';

/** The files of people who were erased: nameless, and thrown away as soon as nobody else needs them. */
@Injectable()
export class DisownedFiles {
  constructor(
    private readonly store: MediaStore,
    private readonly bucket: MediaBucket,
    private readonly courses: CourseMediaProjection,
    private readonly entitlements: Entitlements,
    private readonly clock: Clock,
  ) {}

  /** Takes the owner's name for it away, then the file itself if it can go. May be repeated, also after a crash half-way. */
  async disown(media: Media, erasedAt: Date): Promise<Disposal> {
    return this.dispose(await this.store.change(media.id, (current = media) => disown(current, erasedAt)));
  }

  /** Throws away what nobody needs any more: the last learner may have left, or an upload's time may be over. */
  async sweep(goOn: () => boolean): Promise<void> {
    for await (const items of inPages((page) => this.store.disowned(page)))
      for (const media of items) {
        if (!goOn()) return;
        await this.dispose(media);
      }
  }

  private async dispose(media: Media): Promise<Disposal> {
    if (await this.isNeeded(media)) return 'needed';
    const { id } = media;
    await this.bucket.remove(quarantineKey(id));
    await this.bucket.removeAll(checkedFiles(id));
    // until then something may come under its key, which must still be known
    if (!isOver(media, this.clock.now())) return 'expected';
    await this.store.remove(id);
    return 'gone';
  }

  /** While a course with it is on offer somebody may just be buying it. */
  private async isNeeded({ id, state }: Media): Promise<boolean> {
    if (state.status !== 'ready') return false;
    const courses = await this.courses.showing(id);
    return courses.some(({ offered }) => offered) || this.entitlements.areIn(courses.map((course) => course.id));
  }
}
