import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { type Caller, httpRefusals, isAdmin } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import type { Config } from '../config.js';
import { CourseMediaProjection } from '../projections/course-media.js';
import { Entitlements } from '../projections/entitlements.js';
import { refusals } from '../refusals.js';
import { MediaBucket } from '../storage/bucket.js';
import { type Media, nameOf } from '../uploads/media.js';
import { MediaStore } from '../uploads/media.store.js';

export interface Delivery {
  readonly url: string;
  readonly expiresAt: Date;
}

@Injectable()
export class DeliveryService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly store: MediaStore,
    private readonly courses: CourseMediaProjection,
    private readonly entitlements: Entitlements,
    private readonly bucket: MediaBucket,
    private readonly clock: Clock,
  ) {}

  /**
   * A signed URL for who may see the file. A file that is not there is refused like one that the caller may not see, so
   * that ids cannot be probed.
   */
  async deliver(mediaId: string, caller: Caller | undefined): Promise<Delivery> {
    const media = await this.store.get(mediaId);
    if (media?.state.status !== 'ready' || !(await this.maySee(media, caller)))
      throw caller ? refusals.notEntitled() : httpRefusals.notSignedIn();
    const ttl = this.config.DELIVERY_TTL_SECONDS;
    const as = { contentType: media.contentType, fileName: nameOf(media), saved: media.kind === 'resource' };
    const url = await this.bucket.downloadUrl(media.state.key, as, ttl);
    return { url, expiresAt: new Date(this.clock.now().getTime() + ttl * 1_000) };
  }

  private async maySee(media: Media, caller: Caller | undefined): Promise<boolean> {
    if (caller && (caller.id === media.ownerId || isAdmin(caller))) return true;
    if (await this.courses.isOpen(media.id)) return true;
    return caller !== undefined && this.entitlements.toAny(caller.id, await this.courses.coursesWith(media.id));
  }
}
