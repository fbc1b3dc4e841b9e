import { type Envelope, peopleIn, withoutPeople } from '@lyceum/contracts';
import { type Native, type Stored, storable } from './shape.js';

/** The data of an event without what it tells about a person, or undefined when there is nothing to blank. */
function blanked({ type, data }: Pick<Envelope, 'type' | 'data'>, personId: string): unknown {
  if (!peopleIn({ type, data }).includes(personId)) return undefined;
  const event = { type, data };
  const without = withoutPeople(event, (id) => id === personId);
  return without === event ? undefined : storable(without.data, type);
}

/**
 * Blanks what a collection's outboxes and timers tell about a person. They are changed where they lie, each by itself: the relay
 * takes entries out and the timers are fired beside that.
 */
export async function blankWaiting(documents: Native, personId: string): Promise<number> {
  let count = 0;
  const waiting = { $or: [{ pendingSince: { $exists: true } }, { nextDue: { $exists: true } }] };
  const found = documents.find(waiting, { projection: { outbox: 1, timers: 1 } }).batchSize(100);
  for await (const { _id, outbox = [], timers = [] } of found)
    count += await blankOne(documents, { _id, outbox, timers }, personId);
  return count;
}

async function blankOne(
  documents: Native,
  { _id, outbox = [], timers = [] }: Pick<Stored, '_id' | 'outbox' | 'timers'>,
  personId: string,
): Promise<number> {
  let count = 0;
  for (const entry of outbox) {
    const data = blanked(entry, personId);
    if (data === undefined) continue;
    await documents.updateOne({ _id, 'outbox.id': entry.id }, { $set: { 'outbox.$.data': data } });
    count += 1;
  }
  for (const timer of timers) {
    const data = blanked(timer, personId);
    if (data === undefined) continue;
    await documents.updateOne(
      { _id, 'timers.key': timer.key },
      { $set: { 'timers.$.data': data }, $inc: { version: 1 } },
    );
    count += 1;
  }
  return count;
}
