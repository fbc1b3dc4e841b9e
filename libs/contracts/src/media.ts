import { z } from 'zod';
import { defineEvent } from './event.js';
import { Id, Instant } from './values.js';

export const MediaKind = z.enum(['image', 'video', 'document', 'resource']);
export type MediaKind = z.infer<typeof MediaKind>;

export const mediaReady = defineEvent(
  'media.ready.v1',
  'An uploaded file is what it claims to be and can be used.',
  z.object({
    mediaId: Id,
    ownerId: Id,
    kind: MediaKind,
    contentType: z.string(),
    size: z.int().positive().describe('in bytes'),
    fileName: z.string(),
    readyAt: Instant,
  }),
  { personal: { of: 'ownerId', fields: ['fileName'] } },
);

export const mediaRejected = defineEvent(
  'media.rejected.v1',
  'An uploaded file was not what it claimed to be and has been thrown away.',
  z.object({ mediaId: Id, ownerId: Id, fileName: z.string(), reason: z.string(), rejectedAt: Instant }),
  { personal: { of: 'ownerId', fields: ['fileName'] } },
);
