import { z } from 'zod';
import { defineEvent } from './event.js';
import { userErased } from './identity.js';
import { Id } from './values.js';

/**
 * What services tell identity, and identity a single service, about exports and erasures. Like the messages of `replay.ts` each is
 * put into one service's own queue and stands in no log: parts of an export hold everything about somebody.
 */
export const ExportedSection = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,60}$/)
    .describe('of the file that it becomes; the same name again goes on with it'),
  title: z.string().min(1).max(200),
  records: z.array(z.record(z.string(), z.unknown())),
});
export type ExportedSection = z.infer<typeof ExportedSection>;

export const partCollected = defineEvent(
  'privacy.part-collected.v1',
  'A service has collected a part of what it holds about somebody who asked for it.',
  z.object({
    exportId: Id,
    userId: Id,
    service: z.string().min(1).max(100),
    run: Id.describe('one collection; parts of two, after a repetition, do not mix'),
    index: z.int().nonnegative().describe('0 for the first'),
    sections: z.array(ExportedSection),
    last: z.boolean(),
  }),
  { personal: { of: 'userId', fields: ['sections'] } },
);

export const exportAsked = defineEvent(
  'privacy.export-asked.v1',
  'A service that has not sent its part of an export is asked again.',
  z.object({ exportId: Id, userId: Id }),
  { personal: { of: 'userId' } },
);

export const erasureAsked = defineEvent(
  'privacy.erasure-asked.v1',
  'A service that has not sent its receipt for an erasure is asked again.',
  userErased.schema,
  { personal: { of: 'userId' } },
);

/** The messages about exports and erasures that go from queue to queue. */
export const privacyMessages = [partCollected, exportAsked, erasureAsked] as const;
