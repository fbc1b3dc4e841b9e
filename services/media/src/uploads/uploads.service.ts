import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { MediaBucket, type UploadUrl } from '../storage/bucket.js';
import { HEAD_BYTES, TAIL_BYTES, wrongWith } from './inspection.js';
import { type Limits, type Media, type Wish, accept, allowUpload, mediaKey, quarantineKey, reject } from './media.js';
import { MediaStore } from './media.store.js';

const MEGABYTE = 1_048_576;

export interface AllowedUpload extends UploadUrl {
  readonly mediaId: string;
  readonly expiresAt: Date;
}

@Injectable()
export class UploadsService {
  private readonly limits: Limits;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly store: MediaStore,
    private readonly bucket: MediaBucket,
    private readonly clock: Clock,
  ) {
    this.limits = {
      image: config.MAX_IMAGE_MB * MEGABYTE,
      video: config.MAX_VIDEO_MB * MEGABYTE,
      document: config.MAX_DOCUMENT_MB * MEGABYTE,
      resource: config.MAX_RESOURCE_MB * MEGABYTE,
    };
  }

  async begin(ownerId: string, wish: Wish): Promise<AllowedUpload> {
    const id = newId();
    const ttl = this.config.UPLOAD_TTL_SECONDS;
    const expiresAt = new Date(this.clock.now().getTime() + ttl * 1_000);
    const media = await this.store.change(id, () => allowUpload(id, ownerId, wish, this.limits, expiresAt));
    const target = await this.bucket.uploadUrl(quarantineKey(id), media.contentType, media.size, ttl);
    return { mediaId: id, expiresAt, ...target };
  }

  /** Checks what was uploaded and makes it usable. Repeating it is harmless, also after a crash in its middle. */
  async complete(id: string, ownerId: string): Promise<Media> {
    const media = await this.own(id, ownerId);
    if (media.state.status === 'ready') return media;
    if (media.state.status === 'rejected') throw refusals.typeMismatch(media.state.reason);
    const from = quarantineKey(id);
    const file = await this.bucket.stat(from);
    if (!file) throw media.state.expiresAt < this.clock.now() ? refusals.uploadExpired() : refusals.notUploaded();
    if (file.size !== media.size) {
      await this.throwAway(media, `has ${file.size} bytes, not ${media.size}`);
      throw refusals.sizeMismatch(undefined, { declared: media.size, found: file.size });
    }
    const wrong = await this.inspect(media, file.etag);
    if (wrong) {
      await this.throwAway(media, wrong);
      throw refusals.typeMismatch(`The file ${wrong}`);
    }
    const key = mediaKey(id, newId());
    // the copy is made of what was checked, or not at all: who overwrites the file meanwhile gains nothing
    if (!(await this.bucket.copy(from, key, file.etag, media.contentType))) throw refusals.changedMeanwhile();
    const ready = await this.store.change(id, (current = media) =>
      accept(current, { key, etag: file.etag }, this.clock.now()),
    );
    const mine = ready.state.status === 'ready' && ready.state.key === key;
    await this.bucket.remove(mine ? from : key); // somebody else's check was faster: its copy is the one that counts
    return ready;
  }

  /** A file of one's own. */
  async own(id: string, ownerId: string): Promise<Media> {
    const media = await this.store.get(id);
    if (media?.ownerId !== ownerId) throw refusals.notFound();
    return media;
  }

  /** Gives up on uploads whose time was over before `before`. @returns how many there were */
  async giveUpOverdue(before: Date): Promise<number> {
    const overdue = await this.store.overdue(before, 100);
    for (const media of overdue) await this.throwAway(media, 'was never uploaded or never completed');
    return overdue.length;
  }

  private async inspect(media: Media, etag: string): Promise<string | undefined> {
    const key = quarantineKey(media.id);
    const head = await this.bucket.read(key, etag, 0, Math.min(HEAD_BYTES, media.size) - 1);
    const tail = await this.bucket.read(key, etag, Math.max(0, media.size - TAIL_BYTES), media.size - 1);
    if (!head || !tail) throw refusals.changedMeanwhile();
    return wrongWith(media.contentType, head, tail);
  }

  private async throwAway(media: Media, reason: string): Promise<void> {
    await this.store.change(media.id, (current = media) => reject(current, reason, this.clock.now()));
    await this.bucket.remove(quarantineKey(media.id));
  }
}
