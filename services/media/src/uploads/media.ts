import { type MediaKind, mediaReady, mediaRejected } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import { canonicalType, fileKinds, safeFileName } from './file-kinds.js';

export type MediaState =
  | { readonly status: 'awaiting'; readonly expiresAt: Date }
  | { readonly status: 'ready'; readonly key: string; readonly etag: string; readonly readyAt: Date }
  | { readonly status: 'rejected'; readonly reason: string; readonly rejectedAt: Date };

/** An uploaded file, or one that is about to be. */
export interface Media {
  readonly id: string;
  readonly ownerId: string;
  readonly fileName: string;
  readonly kind: MediaKind;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  readonly state: MediaState;
  /** When its owner was erased: it has no name of its own any more, and stays only while others need it. */
  readonly ownerErasedAt?: Date | undefined;
}

export interface Wish {
  readonly fileName: string;
  readonly contentType: string;
  readonly size: number;
}

/** Largest size of each kind, in bytes. */
export type Limits = Readonly<Record<MediaKind, number>>;

/** Where the client may write: nobody reads from here. */
export const quarantineKey = (id: string): string => `quarantine/${id}`;
/** Where a checked file lies; the part after the id is new for each check. */
export const mediaKey = (id: string, check: string): string => `${checkedFiles(id)}${check}`;
/** What all checked copies of a file begin with: a check that crashed may have left one that nobody refers to. */
export const checkedFiles = (id: string): string => `media/${id}/`;

/** Allows an upload. Refuses a type that is not allowed and a size beyond the limit of its kind. */
export function allowUpload(id: string, ownerId: string, wish: Wish, limits: Limits, expiresAt: Date): Change<Media> {
  const contentType = canonicalType(wish.contentType);
  const fileName = safeFileName(wish.fileName);
  const known = fileKinds[contentType];
  const extension = /\.([a-z\d]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (!known) throw refusals.typeNotAllowed(undefined, { contentType, allowed: Object.keys(fileKinds) });
  if (!known.extensions.includes(extension))
    throw refusals.typeNotAllowed(`A file of type ${contentType} is named *.${known.extensions.join(' or *.')}`);
  const maxBytes = limits[known.kind];
  if (wish.size > maxBytes) throw refusals.tooLarge(undefined, { maxBytes });
  return changed({
    id,
    ownerId,
    fileName,
    kind: known.kind,
    contentType,
    size: wish.size,
    state: { status: 'awaiting', expiresAt },
  });
}

/** The file has been checked and lies at `key`. A second check of the same file changes nothing. */
export function accept(media: Media, file: { key: string; etag: string }, at: Date): Change<Media> {
  if (media.state.status !== 'awaiting') return unchanged(media);
  const { id: mediaId, ownerId, kind, contentType, size, fileName } = media;
  const ready = mediaReady({ mediaId, ownerId, kind, contentType, size, fileName, readyAt: at.toISOString() });
  return changed({ ...media, state: { status: 'ready', ...file, readyAt: at } }, [ready]);
}

/** Its owner is no more: the name that the owner gave it goes. */
export function disown(media: Media, at: Date): Change<Media> {
  if (media.ownerErasedAt) return unchanged(media);
  return changed({ ...media, fileName: '', ownerErasedAt: at });
}

/** What its owner has called it; `video.mp4`, what it is, once the owner is no more. */
export function nameOf({ kind, contentType, fileName, ownerErasedAt }: Media): string {
  if (!ownerErasedAt) return fileName;
  const [extension] = fileKinds[contentType]?.extensions ?? [];
  return extension ? `${kind}.${extension}` : kind;
}

/** Whether nothing can be uploaded for it any more. */
export const isOver = ({ state }: Media, now: Date): boolean => state.status !== 'awaiting' || state.expiresAt < now;

/** The file was not what it claimed to be, or never came. */
export function reject(media: Media, reason: string, at: Date): Change<Media> {
  if (media.state.status !== 'awaiting') return unchanged(media);
  const { id: mediaId, ownerId, fileName } = media;
  const rejected = mediaRejected({ mediaId, ownerId, fileName, reason, rejectedAt: at.toISOString() });
  return changed({ ...media, state: { status: 'rejected', reason, rejectedAt: at } }, [rejected]);
}
