import { z } from 'zod';
import { Envelope, defineEvent } from './event.js';
import { Id } from './values.js';

/**
 * What services tell each other so that one of them can make a projection anew from another's log. These are no events of the
 * business: each is put into one service's own queue, nothing else is bound to them, and they appear in no log.
 */
const about = {
  rebuildId: Id.describe('the run; what belongs to an earlier one is dropped'),
  projection: z.string().min(1).max(200).describe('of the service that asks'),
  type: z.string().min(1).max(200).describe('of the events that are wanted'),
  part: z.int().positive().describe('1 for the first'),
};

export const partAsked = defineEvent(
  'replay.part-asked.v1',
  'A service that makes a projection anew has asked for the next part of the log of one event type.',
  z.object({
    ...about,
    asker: z.string().min(1).max(100).describe('the service whose queue the part goes to'),
    after: z.string().max(100).optional().describe('`next` of the part before'),
  }),
);

export const partRead = defineEvent(
  'replay.part-read.v1',
  'A publisher has read a part of its log for a service that asked for it.',
  z.object({
    ...about,
    events: z.array(Envelope),
    next: z.string().max(100).optional().describe('where the following part begins; absent in the last one'),
  }),
);

/** The messages of the replay protocol. */
export const replayMessages = [partAsked, partRead] as const;
