import type { MediaKind } from '@lyceum/contracts';

export interface FileKind {
  readonly kind: MediaKind;
  readonly extensions: readonly string[];
  /** `text`: has no signature, must be clean UTF-8; `mp3`: may begin with a tag. */
  readonly looks: 'signature' | 'text';
}

const office = 'application/vnd.openxmlformats-officedocument';

/** Content types that may be uploaded. */
export const fileKinds: Readonly<Record<string, FileKind>> = {
  'image/png': { kind: 'image', extensions: ['png'], looks: 'signature' },
  'image/jpeg': { kind: 'image', extensions: ['jpg', 'jpeg'], looks: 'signature' },
  'video/mp4': { kind: 'video', extensions: ['mp4'], looks: 'signature' },
  'video/vnd.avi': { kind: 'video', extensions: ['avi'], looks: 'signature' },
  'application/pdf': { kind: 'document', extensions: ['pdf'], looks: 'signature' },
  [`${office}.wordprocessingml.document`]: { kind: 'document', extensions: ['docx'], looks: 'signature' },
  [`${office}.presentationml.presentation`]: { kind: 'resource', extensions: ['pptx'], looks: 'signature' },
  [`${office}.spreadsheetml.sheet`]: { kind: 'resource', extensions: ['xlsx'], looks: 'signature' },
  'application/zip': { kind: 'resource', extensions: ['zip'], looks: 'signature' },
  'audio/mpeg': { kind: 'resource', extensions: ['mp3'], looks: 'signature' },
  'text/plain': { kind: 'resource', extensions: ['txt'], looks: 'text' },
  'text/csv': { kind: 'resource', extensions: ['csv'], looks: 'text' },
  'text/vtt': { kind: 'resource', extensions: ['vtt'], looks: 'text' },
};

const aliases: Readonly<Record<string, string>> = {
  'video/x-msvideo': 'video/vnd.avi',
  'video/avi': 'video/vnd.avi',
  'image/jpg': 'image/jpeg',
};

/** The registered name of a content type, without parameters, in lower case. */
export function canonicalType(contentType: string): string {
  const bare = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return aliases[bare] ?? bare;
}

/** A name that is safe in headers and on disks: the last path part, without control characters, at most 150 characters. */
export function safeFileName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replaceAll(/[\p{Cc}"<>|:*?]/gu, '')
    .replace(/^\.+/, '')
    .trim();
  return clean.slice(-150) || 'file';
}
